"""The Handle API over a log in which everybody may log in as anybody: the header `who` is the identity."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI, Request
from fastapi.testclient import TestClient
from tests.ledger.world import World, core, node, supplier

from tallystick.app import problems
from tallystick.identity import (
    AddDevice,
    Administrator,
    AuthenticationNeeded,
    HandleAccess,
    Said,
    router,
    speaker,
)
from tallystick.ledger import Answer, Reader, View, public_reader

prefix = "99.100.1"
user = f"301:{prefix}/USER-1"
other = f"301:{prefix}/USER-2"
stranger = "301:99.100.2/USER-3"


@dataclass
class Reading:
    view: View
    reader: Reader


@dataclass
class WorldPen:
    world: World
    author: str
    organisation: str

    def write(self, said: Any) -> list[Answer]:
        made = [self.world.write(self.author, one.type, one.body) for one in said]
        return self.world.ledger.append(made)


@dataclass
class Api:
    """Asks as `who`; answers (HTTP status, body)."""

    world: World
    client: TestClient

    def ask(
        self, method: str, path: str, body: Any = None, *, who: str | None = user, **query: Any
    ) -> tuple[int, Any]:
        headers = {"who": who} if who else {}
        answer = self.client.request(method, path, json=body, params=query, headers=headers)
        return answer.status_code, answer.json()

    def code(self, method: str, path: str, body: Any = None, **more: Any) -> tuple[int, int]:
        """HTTP status and response code."""
        status, told = self.ask(method, path, body, **more)
        return status, told["responseCode"]

    def put(self, suffix: str, *values: Any, **query: Any) -> tuple[int, int]:
        return self.code("PUT", f"/api/handles/{prefix}/{suffix}", list(values), **query)

    def values(self, suffix: str, **query: Any) -> dict[int, Any]:
        """Data by index."""
        _, told = self.ask("GET", f"/api/handles/{prefix}/{suffix}", **query)
        return {value["index"]: value["data"]["value"] for value in told["values"]}


def text(index: int, data: str = "x", **more: Any) -> dict[str, Any]:
    return {"index": index, "type": "NAME", "data": data, **more}


def admin(index: int, handle: str, key_index: int, permissions: str) -> dict[str, Any]:
    value = {"handle": handle, "index": key_index, "permissions": permissions}
    return {"index": index, "type": "HS_ADMIN", "data": {"format": "admin", "value": value}}


@pytest.fixture(scope="session")
def populated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a log with its users, to be copied."""
    home = tmp_path_factory.mktemp("handles")
    made = World(f"sqlite:///{home / 'log.sqlite'}", home)
    made.populate()
    for identity, owner in ((user, core), (other, core), (stranger, supplier)):
        device = identity.partition(":")[2]
        body = AddDevice(device=device, organisation=owner, purpose="service")
        made.add(node, "identity.device.add/1", body)
        made.add_key(node, device)
    made.ledger.seal()
    made.store.close()
    return home


def copied(populated: Path, to: Path) -> World:
    shutil.copytree(populated, to)
    return World(f"sqlite:///{to / 'log.sqlite'}", to, existing=True)


@pytest.fixture
def world(populated: Path, tmp_path: Path) -> World:
    return copied(populated, tmp_path / "log")


@pytest.fixture
def api(world: World) -> Iterator[Api]:
    yield from served(world)


@pytest.fixture(scope="module")
def still(populated: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    """One for many tests that leave it as it is, or write each another handle."""
    yield from served(copied(populated, tmp_path_factory.mktemp("still") / "log"))


def served(world: World) -> Iterator[Api]:
    def identifying(request: Request) -> str | None:
        return request.headers.get("who")

    def organisation(identity: str) -> str:
        with world.reader.open() as snapshot:
            return speaker(snapshot.view, identity.partition(":")[2]).organisation

    def administering(request: Request) -> Administrator:
        who = identifying(request)
        if who is None:
            raise AuthenticationNeeded
        return Administrator(who, WorldPen(world, who.partition(":")[2], organisation(who)))

    def reading(request: Request) -> Iterator[Reading]:
        who = identifying(request)
        with world.reader.open() as snapshot:
            yield Reading(snapshot.view, Reader.party(organisation(who)) if who else public_reader)

    app = FastAPI()
    problems.install(app)
    app.include_router(router(reading, HandleAccess(identifying, administering)))
    with TestClient(app, raise_server_exceptions=False) as client:
        yield Api(world, client)


__all__ = ["Api", "Said", "admin", "other", "prefix", "stranger", "text", "user"]
