"""Records over HTTP, found by handle and by any name; each reader sees what is for it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from fastapi import FastAPI, Request
from fastapi.testclient import TestClient
from tests.identity.claims.says import also_mine, done, mine, populated, say, sgtin, theirs
from tests.ledger.world import core, node, supplier

from tallystick.app import problems
from tallystick.identity import Licence, RegisterContent, codes, names_router
from tallystick.ledger import Reader, View, auditor_reader, public_reader

aas = "https://example.com/aas?id=7%2F8#a"
digest = "ab" * 32


@dataclass
class Reading:
    view: View
    reader: Reader


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    home = tmp_path_factory.mktemp("names")
    world = populated(f"sqlite:///{home / 'log.sqlite3'}", home)
    done(say(world, core, "name.claim", handle=mine))
    done(say(world, core, "name.claim", handle=mine, scheme="aas", code=aas))
    own = {"scheme": "own", "code": f"{core}#secretname", "readers": (supplier,)}
    done(say(world, core, "name.claim", handle=mine, **own))
    done(say(world, supplier, "name.contest", handle=theirs, reason="copied"))
    done(say(world, core, "relation.add", source=mine, kind="contains", target=also_mine))
    content = RegisterContent(
        handle=mine, what="drawing", sha256=digest, size=7, media_type="image/svg+xml",
        licence=Licence(spdx="CC-BY-4.0"),
    )  # fmt: skip
    world.add(core, "identity.content.register/1", content)

    def reading(request: Request) -> Iterator[Reading]:
        who = request.headers.get("as")
        named = {None: public_reader, "auditor": auditor_reader}
        with world.reader.open() as snapshot:
            yield Reading(snapshot.view, named[who] if who in named else Reader.party(str(who)))

    app = FastAPI()
    problems.install(app)
    app.include_router(names_router(reading))
    with TestClient(app, raise_server_exceptions=False) as made:
        yield made


def get(client: TestClient, path: str, who: str | None = None) -> Any:
    """As a server does, the path is decoded once; Starlette's own client decodes it twice."""

    async def ask() -> Any:
        transport = httpx.ASGITransport(client.app)
        async with httpx.AsyncClient(transport=transport, base_url="http://node") as asking:
            return await asking.get(path, headers={"as": who} if who else {})

    return asyncio.run(ask())


def test_a_record_is_found_by_handle_and_by_any_name(client: TestClient) -> None:
    told = get(client, f"/v1/records/{mine.lower()}").json()
    assert told["handle"] == mine
    assert [one["scheme"] for one in told["names"]] == ["aas", "sgtin"]
    assert told["relations"][0]["target"] == also_mine
    assert told["contents"][0]["licence"] == {"spdx": "CC-BY-4.0"}
    assert told["contents"][0]["proof"] == f"/v1/bundles/entries/{told['contents'][0]['since']}"
    for scheme, text in (("sgtin", sgtin), ("sgtin", "(01) 9506000134352(21)SN-1"), ("aas", aas)):
        answer = get(client, f"/api/names/{scheme}/{quote(text, safe='')}")
        assert answer.status_code == 200, answer.text
        found = answer.json()
        assert found.pop("found_by")["handle"] == mine
        assert found == told
    assert get(client, f"/v1/contents/{digest.upper()}").json() == told["contents"]


def test_percent_encoding_is_undone_once(client: TestClient) -> None:
    """A slash and an encoded slash are two codes; so is what is encoded twice."""
    for text in (aas.replace("%2F", "/"), aas.replace("%", "%25")):
        answer = get(client, f"/api/names/aas/{quote(text, safe='')}")
        assert (answer.status_code, answer.json()["code"]) == (404, "name-unknown")


def test_private_names_and_contests_are_for_their_parties(client: TestClient) -> None:
    secret = f"/api/names/own/{quote(f'{core}#secretname', safe='')}"
    for who in (None, "99.100/O-STRANGER00000", node):
        answer = get(client, secret, who)
        assert (answer.status_code, answer.json()["code"]) == (404, "name-unknown")
        assert mine not in answer.text
        assert "secretname" not in get(client, f"/v1/records/{mine}", who).text
    for who in (core, supplier, "auditor"):
        assert get(client, secret, who).json()["handle"] == mine
    for who, count in (
        (None, 0),
        ("99.100/O-STRANGER00000", 0),
        (core, 1),
        (supplier, 1),
        (node, 1),
    ):
        assert len(get(client, "/v1/contests", who).json()) == count
        assert len(get(client, f"/v1/records/{mine}", who).json()["contests"]) == count
    assert len(get(client, f"/v1/contests?organisation={quote(core)}", "auditor").json()) == 1


@pytest.mark.parametrize(
    ("path", "status", "expected"),
    [("/v1/records/99.100.1/NONE", 404, "record-unknown"),
     ("/api/names/isbn/1", 422, "scheme-unknown"),
     ("/api/names/gtin/09506000134353", 422, "code-refused"),
     ("/api/names/gtin/%EF%BC%9909506000134352", 422, "code-refused"),
     ("/api/names/gtin/", 422, "code-refused"),
     ("/api/names/gtin/" + "0" * 501, 422, "code-refused"),
     ("/api/names/gtin/04006381333931", 404, "name-unknown")],
)  # fmt: skip
def test_bad_questions(client: TestClient, path: str, status: int, expected: str) -> None:
    answer = get(client, path)
    assert (answer.status_code, answer.json()["code"]) == (status, expected)


def test_the_table_of_schemes_is_data_in_both_languages(client: TestClient) -> None:
    told = get(client, "/v1/schemes").json()
    assert [one["scheme"] for one in told] == list(codes.schemes)
    for one in told:
        for texts in (one["title"], one["form"], one["check"]):
            assert set(texts) == {"en", "zh"}
