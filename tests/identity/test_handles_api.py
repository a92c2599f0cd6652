"""GET /api/handles in the JSON form of Handle.net."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from fastapi import FastAPI, Request
from fastapi.testclient import TestClient
from tests.ledger.world import World, core, key, supplier

from tallystick.app import problems
from tallystick.identity import CreateHandles, HandleRecord, HandleValue, router
from tallystick.ledger import Reader, View, auditor_reader, public_reader

handle = "99.100.1/SN-电池"


@dataclass
class Reading:
    view: View
    reader: Reader


@pytest.fixture
def client(world: World) -> Iterator[TestClient]:
    values = (
        HandleValue(index=1, type="NAME", data="电池包", ttl=60),
        HandleValue(index=2, type="URL.PAGE", data="https://example.com/"),
        HandleValue(index=3, type="NOTE", data="secret", permissions="1100"),
    )
    record = HandleRecord(handle=handle, values=values)
    hidden = HandleRecord(handle="99.100.1/HIDDEN", values=values[2:])
    world.add(core, "identity.handle.create/1", CreateHandles(handles=(record, hidden)))

    def reading(request: Request) -> Iterator[Reading]:
        who = request.headers.get("as")
        named = {None: public_reader, "auditor": auditor_reader}
        with world.reader.open() as snapshot:
            yield Reading(snapshot.view, named[who] if who in named else Reader.party(str(who)))

    app = FastAPI()
    problems.install(app)
    app.include_router(router(reading))
    with TestClient(app, raise_server_exceptions=False) as made:
        yield made


def get(client: TestClient, path: str = handle, who: str | None = None, **query: Any) -> Any:
    headers = {"as": who} if who else {}
    return client.get(f"/api/handles/{path}", params=query, headers=headers)


def indexes(answer: Any) -> list[int]:
    assert answer.status_code == 200
    return [value["index"] for value in answer.json()["values"]]


@pytest.mark.parametrize("path", [handle, handle.lower(), handle.replace("/", "%2F")])
def test_a_handle_resolves_in_any_case(client: TestClient, path: str) -> None:
    answer = get(client, path)
    assert answer.headers["content-type"] == "application/json"
    told = answer.json()
    assert (told["responseCode"], told["handle"]) == (1, handle)
    assert told["values"][0] == {
        "index": 1,
        "type": "NAME",
        "data": {"format": "string", "value": "电池包"},
        "ttl": 60,
        "timestamp": told["values"][0]["timestamp"],
    }


@pytest.mark.parametrize("path", ["99.100.1/none", "99", "99/", "none", "0.NA/98", "99.100.1/%00x"])
def test_an_unknown_handle_is_code_100(client: TestClient, path: str) -> None:
    answer = get(client, path)
    assert (answer.status_code, answer.json()["responseCode"]) == (404, 100)


def test_private_values_are_for_the_owner_and_auditors(client: TestClient) -> None:
    assert indexes(get(client)) == indexes(get(client, who=supplier)) == [1, 2]
    assert indexes(get(client, who=core)) == indexes(get(client, who="auditor")) == [1, 2, 3]
    assert "secret" not in get(client, index=3).text
    assert "secret" not in get(client, type="NOTE").text


def test_filters(client: TestClient) -> None:
    assert indexes(get(client, index=2)) == [2]
    assert indexes(get(client, index=[1, 2])) == [1, 2]
    assert indexes(get(client, type="URL.")) == [2]
    assert indexes(get(client, type="URL.PAGE", index=1)) == [1, 2]
    for nothing in ({"index": 9}, {"type": "URL"}, {"index": 3}, {"type": "NOTE"}):
        answer = get(client, **nothing)
        assert (answer.status_code, answer.json()["responseCode"]) == (200, 200)
    assert get(client, "99.100.1/HIDDEN").json()["responseCode"] == 200
    for bad in ({"index": "x"}, {"index": list(range(65))}):
        answer = get(client, **bad)
        assert answer.status_code == 422
        assert answer.headers["content-type"] == "application/problem+json"


def test_prefixes_parties_and_their_keys_resolve(client: TestClient) -> None:
    told = get(client, "0.na/99.100.1").json()
    assert told["handle"] == "0.NA/99.100.1"
    assert told["values"][0]["data"]["value"] == core
    for path in (core, core.lower()):
        told = get(client, path).json()
        assert told["handle"] == core
        found = {value["type"]: value for value in told["values"]}
        assert found["HS_PUBKEY"]["index"] == 300
        assert found["HS_PUBKEY"]["data"]["value"]["jwk"] == key(f"300:{core}").private.public.jwk()
