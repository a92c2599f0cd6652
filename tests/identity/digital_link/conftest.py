"""A log with records under GS1 keys, and the resolver over it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from fastapi import FastAPI, Request
from fastapi.testclient import TestClient
from tests.ledger.world import World, core, supplier

from tallystick.app import problems
from tallystick.identity import (
    ClaimName,
    CreateHandles,
    HandleRecord,
    HandleValue,
    codes,
    digital_link,
)
from tallystick.ledger import Reader, Snapshot, View, canonical, public_reader

shop = "https://id.example"
gtin = "/01/09521234543213"


def link(rel: str, href: str, **more: Any) -> str:
    title = more.pop("title", rel)
    return canonical.encode({"rel": rel, "href": href, "title": title, **more}).decode()


def linked(*told: str, first: int = 10, **more: Any) -> list[HandleValue]:
    return [
        HandleValue(index=first + at, type="TALLYSTICK.LINK", data=one, format="json", **more)
        for at, one in enumerate(told)
    ]


def record(name: str, key: str, *values: HandleValue) -> HandleRecord:
    stated = HandleValue(index=1, type="TALLYSTICK.GS1", data=key)
    return HandleRecord(handle=f"99.100.1/{name}", values=(stated, *values))


def text(index: int, kind: str, data: str, **more: Any) -> HandleValue:
    return HandleValue(index=index, type=kind, data=data, **more)


places = (
    '<locations><location id="0" href="https://a.example/cn" country="cn"/>'
    '<location id="1" href="https://a.example/hidden" weight="0"/>'
    '<location id="2" href="https://a.example/all" weight="2"/></locations>'
)


def records() -> tuple[HandleRecord, ...]:
    many = [
        link("gs1:pip", "https://a.example/en?x=1#top", hreflang=["en"], default=True),
        link("gs1:pip", "https://a.example/zh", hreflang=["zh", "zh-TW"], default=True, fwqs=False),
        link("gs1:certificationInfo", "https://a.example/cert.pdf", type="application/pdf"),
        link("gs1:certificationInfo", "https://a.example/cert", type="text/html"),
        link("gs1:certificationInfo", "https://a.example/vet", type="text/html", context=["vet"]),
        link("gs1:recallStatus", "https://a.example/r1"),
        link("gs1:recallStatus", "https://a.example/r2"),
        link("https://schema.example/voc/manual", "https://a.example/manual"),
    ]
    return (
        record("KIND", gtin, text(2, "NAME", "电池"), *linked(*many)),
        record("LOT", f"{gtin}/10/L1", *linked(link("gs1:dpp", "https://a.example/dpp"))),
        record("ONE", f"{gtin}/21/S%2F1", text(3, "URL", "https://a.example/one")),
        record("GATE", "/414/9521234543206", text(3, "10320/loc", places)),
        record("PLAIN", "/8004/9521234-1"),
        record("JS", "/8004/9521234-2", text(3, "URL", "javascript:alert(1)")),
        record(
            "MINE", "/8004/9521234-3", *linked(link("gs1:pip", "https://a.example/secret"), permissions="1100")
        ),
        HandleRecord(
            handle="99.100.1/SECRET",
            values=(text(1, "TALLYSTICK.GS1", "/8004/9521234-4", permissions="1100"),),
        ),
        record("PAY", "/415/9521234543213/8020/R-1"),
        record("STATED", "/8004/9521234-8"),
        *(HandleRecord(handle=f"99.100.1/{name}", values=()) for name in ("CLAIMED", "HIDDEN", "OTHER")),
    )  # fmt: skip


#: (handle, scheme, code, private): claims, which come before what records state of themselves.
claims = (
    ("CLAIMED", "sgtin", "09521234543213(21)C-1", False),
    ("HIDDEN", "giai", "9521234-9", True),
    ("OTHER", "digital-link", "/8013/1987654Ad4X4bL5ttr2310c2K", False),
    ("OTHER", "digital-link", "/01/09521234543213/10/L9/21/S9", False),
    ("OTHER", "gln", "9521234543213", False),
    ("CLAIMED", "giai", "9521234-8", False),
)


@dataclass
class Reading:
    snapshot: Snapshot
    reader: Reader

    @property
    def view(self) -> View:
        return self.snapshot.view


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """For tests that change nothing."""
    home = tmp_path_factory.mktemp("resolver")
    world = World(f"sqlite:///{home / 'log.sqlite'}", home)
    world.populate()
    world.add(core, "identity.handle.create/1", CreateHandles(handles=records()))
    for name, scheme, code, private in claims:
        said = ClaimName(
            handle=f"99.100.1/{name}",
            scheme=scheme,
            code=codes.parse(scheme, code).value,
            readers=(supplier,) if private else None,
        )
        world.add(core, "identity.name.claim/1", said)
    yield from serving(world)


def serving(world: World) -> Iterator[TestClient]:
    def reading(request: Request) -> Iterator[Reading]:
        who = request.headers.get("as")
        with world.reader.open() as snapshot:
            yield Reading(snapshot, Reader.party(who) if who else public_reader)

    app = FastAPI()
    problems.install(app)
    for router in digital_link.routers(reading, f"{shop}/", "Tests"):
        app.include_router(router)
    with TestClient(app, raise_server_exceptions=False, follow_redirects=False) as made:
        yield made


Ask = Callable[..., Any]


@pytest.fixture
def ask(client: TestClient) -> Ask:
    def get(path: str, language: str = "", accept: str = "*/*", who: str = "") -> Any:
        headers = {"accept-language": language, "accept": accept}
        return client.get(path, headers={**headers, "as": who} if who else headers)

    return get


def told(answer: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(answer.content)["linkset"]
    return found
