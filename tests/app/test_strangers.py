"""What strangers are answered is what everybody is answered, at once, also many at a time; one's failure is its own."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi import HTTPException, Response
from fastapi.testclient import TestClient
from sqlalchemy import text
from tests.app.captures import lend_keys
from tests.identity.native.rig import handle, leave, populate
from tests.ledger.world import World, core

from tallystick.app.access import Reading
from tallystick.app.bootstrap import Node, rule_set
from tallystick.app.http import create_app
from tallystick.app.settings import Settings
from tallystick.app.strangers import StrangersDesk, turn_requests_max
from tallystick.identity import CreateHandles, HandleRecord, HandleValue
from tallystick.ledger import IndexUnknown, StoreUnusable

paths = [
    f"/api/handles/{handle}",
    f"/api/handles/{handle.lower()}",
    "/api/handles/99.100.1%2FSMALL",
    f"/api/handles/{handle}?index=1&index=4",
    f"/api/handles/{handle}?type=URL.&auth=true",
    f"/api/handles/{handle}?type=URL.&auth",
    f"/api/handles/{handle}?index=3",
    f"/api/handles/{handle}?index=0",
    f"/api/handles/{handle}?index=one",
    f"/api/handles/{handle}?index=99999999999999999999",
    f"/api/handles/{handle}?publicOnly=true&referred=false",
    f"/api/handles/{handle}?publicOnly=maybe",
    f"/api/handles/{handle}?asOf=1",
    f"/api/handles/{handle}?asOf=soon",
    f"/api/handles/{handle}?unknown=1",
    f"/api/handles/{handle}?type=%FF",
    f"/api/handles/{handle}?{'&'.join(['index=1'] * 65)}",
    "/api/handles/99.100.1/none",
    "/api/handles/99.100.1/none?referred=true",
    "/api/handles/99.100.1/a%00b",
    "/api/handles/0.NA/99.100.1",
    f"/api/handles/{core}",
    "/api/handles/nothing",
    "/01/09521234543213/21/1",
    "/01/09521234543213/21/1?linkType=linkset",
    "/01/09521234543210",
    "/00/123",
]


@pytest.fixture
def world(tmp_path: Path, database_url: str) -> World:
    made = World(database_url, tmp_path / "signer", rules=rule_set())
    made.populate()
    populate(made)
    made.ledger.seal()
    return made


@pytest.fixture
def client(world: World, tmp_path: Path, database_url: str) -> Iterator[TestClient]:
    lend_keys(tmp_path / "node")
    node = Node.at(Settings(home=tmp_path / "node", database_url=database_url))
    with TestClient(
        create_app(node, world.ledger), raise_server_exceptions=False, follow_redirects=False
    ) as made:
        yield made


def _told(client: TestClient, path: str, **headers: str) -> tuple[int, dict[str, str], bytes]:
    answer = client.get(path, headers=headers)
    told = {name: value for name, value in answer.headers.items() if name != "x-request-id"}
    return answer.status_code, told, answer.content


def test_they_are_answered_as_whoever_may_be_somebody(world: World, client: TestClient) -> None:
    """A cookie, whatever it says, goes the ordinary way."""
    statuses: set[int] = set()
    for left in (False, True):
        if left:
            leave(world)
        for path in paths:
            found = _told(client, path)
            assert found == _told(client, path, cookie="theme=dark"), path
            statuses.add(found[0])
    assert statuses == {200, 307, 400, 404, 422}


def test_a_change_is_seen_by_whoever_asks_next(world: World, client: TestClient) -> None:
    for number in range(5):
        name = f"99.100.1/NEW-{number}"
        assert client.get(f"/api/handles/{name}").status_code == 404
        value = HandleValue(index=1, type="NAME", data=str(number))
        record = HandleRecord(handle=name, values=(value,))
        world.add(core, "identity.handle.create/1", CreateHandles(handles=(record,)))
        assert client.get(f"/api/handles/{name}").json()["values"][0]["data"]["value"] == str(
            number
        )


@pytest.fixture
def desk(world: World) -> Iterator[StrangersDesk]:
    made = StrangersDesk(world.reader)
    yield made
    made.close()


def _all(desk: StrangersDesk, *works: Callable[[Reading], Response]) -> list[Any]:
    async def ask() -> list[Any]:
        waiting = (desk.read(one, {"handle": ["99.100.1/SMALL"]}) for one in works)
        return await asyncio.gather(*waiting, return_exceptions=True)

    return asyncio.run(ask())


def _size(reading: Reading) -> Response:
    return Response(str(reading.snapshot.size()))


def _fails(reading: Reading) -> Response:
    reading.snapshot.row(10**9)
    raise AssertionError


def _missing(_reading: Reading) -> Response:
    raise HTTPException(404)


def _spoils(reading: Reading) -> Response:
    """What the database refuses, and a server then answers nothing more in the same transaction."""
    reading.snapshot._transaction.connection.execute(text("SELECT nothing FROM nowhere"))
    raise AssertionError


def test_each_gets_its_own_answer_or_error(world: World, desk: StrangersDesk) -> None:
    works = [_size, _fails, _missing, _spoils, _size] * (turn_requests_max // 2)
    with world.reader.open() as snapshot:
        size = str(snapshot.size()).encode()
    kinds = [Response, IndexUnknown, HTTPException, StoreUnusable, Response]
    for number, found in enumerate(_all(desk, *works)):
        assert isinstance(found, kinds[number % 5]), found
        if isinstance(found, Response):
            assert found.body == size
    assert isinstance(_all(desk, _size)[0], Response)


def test_a_store_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    class Gone:
        is_beside = False

        def open(self) -> Any:
            raise StoreUnusable("gone")

    desk = StrangersDesk(Gone())  # type: ignore[arg-type]
    assert [type(one) for one in _all(desk, _size, _size)] == [StoreUnusable] * 2
    desk.close()


def test_documents_that_were_read_ahead_are_those_that_are_there(world: World) -> None:
    names = [handle.upper(), "99.100.1/SMALL", "99.100.1/none", "99.100.1/SMALL", "zz", ""]
    with world.reader.open() as plain, world.reader.open() as ahead:
        for kind in ("handle", "device", "none"):
            ahead.expect({kind: names})
            for name in [*names, *names, "99.100.1/LARGE"]:
                assert ahead.view.get(kind, name) == plain.view.get(kind, name)
        many = [f"99.100.1/N-{number}" for number in range(600)] + names[:2]
        ahead.expect({"handle": many, "device": many})
        assert [name for name in many if ahead.view.get("handle", name)] == names[:2]


@pytest.mark.parametrize(
    ("header", "is_one"),
    [
        ("accept", True),
        ("authorization", False),
        ("cookie", False),
        ("signature", False),
        ("signature-input", False),
    ],
)
def test_whoever_may_be_somebody_is_no_stranger(
    desk: StrangersDesk, header: str, *, is_one: bool
) -> None:
    scope = {"type": "http", "headers": [(header.encode(), b"x")]}
    assert desk.is_one(scope) is is_one
    assert not desk.is_one({**scope, "extensions": {"tls": {}}})
