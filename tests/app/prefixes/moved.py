"""Two logs over real stores, between which a prefix moves, and who asks for its handles meanwhile."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from fastapi import FastAPI
from fastapi.testclient import TestClient
from tests.ledger.world import World, core, root

from tallystick.app import problems
from tallystick.app.prefixes.carrying import carry, write_folder
from tallystick.app.prefixes.coming import arrive
from tallystick.app.prefixes.proving import Wanted
from tallystick.app.prefixes.sending import Scribe
from tallystick.identity import (
    CreateHandles,
    HandleRecord,
    HandleValue,
    LeavePrefix,
    RegisterOrganisation,
    minting,
    prefix_router,
    resolve,
    router,
)
from tallystick.ledger import Body, View, log_verifier, public_reader

prefix, other_origin = "99.100.1", "log.example/b/simulated"
a_url, b_url = "http://a.example", "http://b.example"
holder_there = "99/O-HOLDER0000000"
said_nothing = lambda _done, _total: None


@dataclass
class Reading:
    view: View
    reader: Any = public_reader


def client_of(world: World, url: str) -> TestClient:
    def reading() -> Iterator[Reading]:
        with world.reader.open() as snapshot:
            yield Reading(snapshot.view)

    app = FastAPI()
    problems.install(app)
    app.include_router(router(reading))
    app.include_router(prefix_router(reading, lambda _prefix, _first, _last: {}))
    return TestClient(app, base_url=url, follow_redirects=False)


@dataclass
class Two:
    """Two logs, and a question that follows referrals between their servers as any HTTP client does."""

    a: World
    b: World

    def __post_init__(self) -> None:
        self.clients = {a_url: client_of(self.a, a_url), b_url: client_of(self.b, b_url)}

    def ask(self, url: str, handle: str) -> Any:
        answer = self.clients[url].get(f"/api/handles/{handle}")
        if answer.status_code == 307:
            there, _, path = answer.headers["location"].removeprefix("http://").partition("/")
            answer = self.clients[f"http://{there}"].get(f"/{path}")
        return answer

    def prefix(self, url: str) -> Any:
        return self.clients[url].get(f"/api/prefixes/{prefix}").json()

    def scribe(self, world: World, author: str) -> Scribe:
        return Scribe(world.author(author), lambda said: list(world.ledger.append(said)))


def register(world: World, by: str, handle: str) -> None:
    body = RegisterOrganisation(
        organisation=handle, name={"en": "Holder"}, scheme="none", capacities=("supplier",)
    )
    world.add(by, "identity.organisation.register/1", body)
    world.add_key(by, handle)


def create(world: World, author: str, *handles: str, value: str = "x") -> None:
    values = (HandleValue(index=1, type="NAME", data=value),)
    body = CreateHandles(handles=tuple(HandleRecord(handle=h, values=values) for h in handles))
    world.add(author, "identity.handle.create/1", body)


def code(world: World, author: str, entry_type: str, body: Body) -> str:
    (answer,) = world.ledger.append([world.write(author, entry_type, body)])
    return answer.problem.code if answer.problem else answer.outcome


def leave(world: World, there: World, author: str = core, url: str = b_url, **more: Any) -> int:
    body = LeavePrefix(prefix=prefix, origin=there.origin, address=url, log_key=vkey(there), **more)
    return world.add(author, "identity.prefix.leave/1", body).index


def vkey(world: World) -> str:
    with world.reader.open() as snapshot:
        return log_verifier(snapshot.view).encode()


def carried(two: Two, folder: Path, kept: minting.Folder | None = None) -> Wanted:
    carry(two.a.reader, two.scribe(two.a, core), prefix, said_nothing, kept)
    two.a.ledger.seal()
    with two.a.reader.open() as snapshot:
        write_folder(snapshot, prefix, folder, said_nothing, kept)
    return Wanted(holder_there, "enterprise", vkey(two.a), a_url)


def come(two: Two, folder: Path, wanted: Wanted, home: Path | None = None) -> None:
    arrive(two.b.reader, two.scribe(two.b, root), prefix, folder, wanted, said_nothing, home)
    two.b.ledger.seal()


def record(world: World, handle: str) -> Any:
    with world.reader.open() as snapshot:
        return resolve(snapshot.view, handle)


class Readers:
    """Threads that ask for every handle, again and again, of A and of B once it is known there.

    `failed`: answers that are none. An error in a thread is raised where the readers end.
    """

    def __init__(self, two: Two, handles: list[str]) -> None:
        self.two, self.handles = two, handles
        self.failed: list[str] = []
        self.asked = [0, 0]
        self.b_knows, self._stop = threading.Event(), threading.Event()
        self._pool = ThreadPoolExecutor(len(self.asked))
        self._runs: list[Future[None]] = []

    def __enter__(self) -> Self:
        self._runs = [self._pool.submit(self._run, number) for number in range(len(self.asked))]
        return self

    def __exit__(self, *_: object) -> None:
        # Each goes round once more, so that the last state was asked by each.
        before = list(self.asked)
        while any(now - then < 2 for now, then in zip(self.asked, before, strict=True)):
            if wait(self._runs, timeout=0.01).done:
                break
        self._stop.set()
        self._pool.shutdown()
        for run in self._runs:
            run.result()

    def _run(self, number: int) -> None:
        while not self._stop.is_set():
            self._round()
            self.asked[number] += 1

    def _round(self) -> None:
        for url in (a_url, b_url) if self.b_knows.is_set() else (a_url,):
            for handle in self.handles:
                answer = self.two.ask(url, handle)
                if (answer.status_code, answer.json().get("handle")) != (200, handle):
                    self.failed.append(f"{url} {handle}: {answer.text}")
