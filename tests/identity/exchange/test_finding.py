"""Records are found by what they say, page by page, and by those alone who may read it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from fastapi import FastAPI, Request
from fastapi.testclient import TestClient
from tests.identity.test_templates import first, good, publish, say, template, value
from tests.ledger.world import World, core, supplier

from tallystick.app import problems
from tallystick.identity import CreateHandles, DeleteHandle, HandleRecord, exchange, templates
from tallystick.ledger import Reader, View, auditor_reader, public_reader


@dataclass
class Reading:
    view: View
    reader: Reader


@pytest.fixture
def client(tmp_path: Any, database_url: str) -> Iterator[TestClient]:
    world = World(database_url, tmp_path)
    world.populate()
    assert publish(world).accepted
    records = tuple(
        HandleRecord(
            handle=f"99.100.1/P-{n}",
            values=(
                good[0],
                value(11, "SERIAL", f"S-{n}"),
                value(14, "PRICE", f"{4100 + n}"),
                value(15, "RECIPE", "NCM"),
            ),
            template=first,
        )
        for n in range(5)
    )
    plain = HandleRecord(handle="99.100.1/PLAIN", values=(value(1, "MODEL", "BP-7"),))
    closed = value(1, "NOTE", "x", permissions="1100")
    hidden = HandleRecord(handle="99.100.1/HIDDEN", values=(closed,))
    body = CreateHandles(handles=(*records, plain, hidden))
    assert say(world, core, "identity.handle.create/1", body).accepted
    gone = DeleteHandle(handle="99.100.1/P-4", reason="mistake")
    assert say(world, core, "identity.handle.delete/1", gone).accepted

    def reading(request: Request) -> Iterator[Reading]:
        named = {"public": public_reader, "auditor": auditor_reader}
        who = request.headers.get("as", "public")
        with world.reader.open() as snapshot:
            yield Reading(snapshot.view, named.get(who) or Reader.party(who))

    app = FastAPI()
    problems.install(app)
    app.include_router(exchange.router(reading))
    app.include_router(templates.router(reading))
    with TestClient(app, raise_server_exceptions=False) as made:
        yield made


def ask(client: TestClient, who: str = "public", **asked: Any) -> Any:
    answer = client.get("/v1/records", params=asked, headers={"as": who})
    return answer.json() if answer.status_code == 200 else answer.json()["code"]


def names(found: Any) -> list[str]:
    return [one["handle"].partition("/")[2] for one in found["records"]]


def test_records_are_searched_by_value_prefix_and_template(client: TestClient) -> None:
    packs = ["P-0", "P-1", "P-2", "P-3"]
    for asked, expected in (
        ({"type": "SERIAL", "value": "S-2"}, ["P-2"]),
        ({"type": "MODEL", "value": "BP-*"}, [*packs, "PLAIN"]),
        ({"type": "MODEL", "value": "BP-7", "template": first}, packs),
        ({"type": "MODEL", "value": "BP-7", "prefix": "99.100.2"}, []),
        ({"template": first.lower()}, packs),
        ({"template": f"2:{template}"}, []),
        ({"prefix": "99.100.1"}, [*packs, "PLAIN"]),
        ({"prefix": "99.100"}, []),
    ):
        assert names(ask(client, **asked)) == expected, asked
    for wrong in ({}, {"type": "MODEL"}, {"value": "x"}, {"type": "MODEL", "prefix": "99.100.1"}):
        assert ask(client, **wrong) == "search-for-nothing"
    assert client.get("/v1/records", params={"limit": 501}).status_code == 422


def test_private_values_are_found_by_their_readers_alone(client: TestClient) -> None:
    price = {"type": "PRICE", "value": "4102"}
    recipe = {"type": "RECIPE", "value": "*"}
    got = {
        who: (names(ask(client, who, **price)), len(names(ask(client, who, **recipe))))
        for who in ("public", "99.100/O-STRANGER00000", supplier, core)
    }
    assert got == {
        "public": ([], 0), "99.100/O-STRANGER00000": ([], 0), supplier: (["P-2"], 0), core: (["P-2"], 4)
    }  # fmt: skip
    (found,) = ask(client, supplier, **price)["records"]
    assert [one["index"] for one in found["values"]] == [10, 11, 14]
    (shown,) = ask(client, type="SERIAL", value="S-2")["records"]
    assert [one["index"] for one in shown["values"]] == [10, 11]
    assert "HIDDEN" in names(ask(client, core, prefix="99.100.1"))
    answer = client.get("/v1/records", params=price, headers={"as": supplier})
    assert answer.headers["cache-control"] == "private, no-store"


def test_pages_hold_every_record_once(client: TestClient) -> None:
    for asked in ({"prefix": "99.100.1"}, {"type": "MODEL", "value": "BP*"}, {"template": first}):
        whole = names(ask(client, core, **asked))
        pages: list[str] = []
        after = ""
        for _ in range(9):
            told = ask(client, core, **asked, limit=2, after=after)
            pages += names(told)
            after = told.get("next", "")
            if not after:
                break
        assert pages == whole


def test_templates_are_listed_and_shown(client: TestClient) -> None:
    told = client.get("/v1/templates", params={"prefix": "99.100.1"}).json()
    assert [one["reference"] for one in told["templates"]] == [first]
    assert "next" not in told
    beyond = client.get("/v1/templates", params={"prefix": "99.100.1", "after": first}).json()
    assert beyond["templates"] == []
    shown = client.get(f"/v1/templates/{template.lower()}").json()
    assert shown["template"] == template
    assert shown["versions"][0]["fields"][0]["pattern"] == "[A-Z]{2}-[0-9]{1,4}"
    assert client.get(f"/v1/templates/{template}", params={"version": 2}).status_code == 404
    assert client.get("/v1/templates/99.100.1/P-1").json()["code"] == "not-readable"
    assert client.get("/v1/templates", params={"prefix": "9", "after": "x"}).status_code == 422
