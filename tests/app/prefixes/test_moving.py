"""A prefix moves from one log to another: no resolution fails, no identifier changes, nothing is issued twice."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from tests import postgres
from tests.ledger.world import Seeded, World, core, node, root, supplier

from tallystick.app import problems
from tallystick.app.prefixes import carrying
from tallystick.app.prefixes.carrying import carry, write_folder
from tallystick.app.prefixes.coming import Wanted, arrive
from tallystick.app.prefixes.sending import Scribe
from tallystick.identity import (
    AddDevice,
    CreateHandles,
    DelegatePrefix,
    DeleteHandle,
    HandleRecord,
    HandleValue,
    LeavePrefix,
    RegisterOrganisation,
    RenewHandle,
    WriteHandle,
    prefix_router,
    resolve,
    router,
    versions,
)
from tallystick.identity.prefixes.errors import MoveRefused
from tallystick.ledger import Body, TallystickError, View, log_verifier, public_reader

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


@contextmanager
def _second(request: pytest.FixtureRequest, engine: str, folder: Path) -> Iterator[str]:
    if engine == "sqlite":
        yield f"sqlite:///{folder / 'b.sqlite'}"
        return
    server: postgres.Server = request.getfixturevalue("postgres_server")
    with server.fresh_database() as url:
        yield url


@pytest.fixture(autouse=True)
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(carrying, "records_at_once", 20)


@pytest.fixture
def two(request: pytest.FixtureRequest, database_url: str, tmp_path: Path) -> Iterator[Two]:
    a = World(database_url, tmp_path / "a")
    a.populate()
    with _second(request, database_url.partition(":")[0], tmp_path) as url:
        b = World(url, tmp_path / "b", origin=other_origin, random=Seeded("b"))
        register(b, root, holder_there)
        yield Two(a, b)


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


def leave(world: World, author: str = core, origin: str = other_origin, url: str = b_url) -> int:
    body = LeavePrefix(prefix=prefix, origin=origin, address=url)
    return world.add(author, "identity.prefix.leave/1", body).index


def vkey(world: World) -> str:
    with world.reader.open() as snapshot:
        return log_verifier(snapshot.view).encode()


def carried(two: Two, folder: Path) -> Wanted:
    carry(two.a.reader, two.scribe(two.a, core), prefix, said_nothing)
    two.a.ledger.seal()
    with two.a.reader.open() as snapshot:
        write_folder(snapshot, prefix, folder, said_nothing)
    return Wanted(holder_there, "enterprise", vkey(two.a), a_url)


def come(two: Two, folder: Path, wanted: Wanted) -> None:
    arrive(two.b.reader, two.scribe(two.b, root), prefix, folder, wanted, said_nothing)
    two.b.ledger.seal()


def record(world: World, handle: str) -> Any:
    with world.reader.open() as snapshot:
        return resolve(snapshot.view, handle)


class Readers:
    """Threads that ask for every handle, again and again, of A and of B once it is known there."""

    def __init__(self, two: Two, handles: list[str]) -> None:
        self.two, self.handles = two, handles
        self.failed: list[str] = []
        self.asked = [0, 0]
        self.b_knows, self._stop = threading.Event(), threading.Event()
        self._threads = [threading.Thread(target=self._run, args=(n,)) for n in range(2)]

    def __enter__(self) -> Self:
        for one in self._threads:
            one.start()
        return self

    def __exit__(self, *_: object) -> None:
        # Each goes round once more, so that the last state was asked by each.
        before = list(self.asked)
        while any(now - then < 2 for now, then in zip(self.asked, before, strict=True)):
            if not all(one.is_alive() for one in self._threads):
                break
        self._stop.set()
        for one in self._threads:
            one.join()

    def _run(self, number: int) -> None:
        while not self._stop.is_set():
            urls = (a_url, b_url) if self.b_knows.is_set() else (a_url,)
            for url in urls:
                for handle in self.handles:
                    answer = self.two.ask(url, handle)
                    told = answer.json()
                    if (answer.status_code, told.get("handle")) != (200, handle):
                        self.failed.append(f"{url} {handle}: {answer.text}")
            self.asked[number] += 1


def test_a_prefix_moves_under_load(two: Two, tmp_path: Path) -> None:
    handles = [f"{prefix}/SN-{n:03d}" for n in range(30)] + [f"{prefix}/电池"]
    create(two.a, core, *handles)
    two.a.add(
        core, "identity.handle.write/1",
        WriteHandle(handle=handles[0], values=(HandleValue(index=2, type="NOTE", data="later"),)),
    )  # fmt: skip
    create(two.a, core, f"{prefix}/GONE")
    two.a.add(
        core, "identity.handle.delete/1", DeleteHandle(handle=f"{prefix}/GONE", reason="retired")
    )
    child = DelegatePrefix(prefix=f"{prefix}.5", holder=supplier, role="enterprise")
    two.a.add(core, "identity.prefix.delegate/1", child)
    asked = [handles[0], handles[17], handles[-1], f"{prefix}/scanner-1"]
    with Readers(two, asked) as readers:
        leave(two.a)
        again = CreateHandles(handles=(HandleRecord(handle=f"{prefix}/NEW", values=()),))
        assert code(two.a, core, "identity.handle.create/1", again) == "prefix-elsewhere"
        wanted = carried(two, tmp_path / "out")
        scribe = two.scribe(two.b, root)
        seen: list[int] = []

        def tick(done: int, _total: int) -> None:
            readers.b_knows.set()
            seen.append(done)

        arrive(two.b.reader, scribe, prefix, tmp_path / "out", wanted, tick)
        readers.b_knows.set()
        two.b.ledger.seal()
    assert readers.failed == []
    assert min(readers.asked) >= 2
    # 32 records of handles, the scanner, and the prefix below: in two batches, the last one first.
    assert seen == [14, 34]
    for handle in handles:
        here, there = record(two.a, handle), record(two.b, handle)
        assert (here.handle, here.values) == (there.handle, there.values)
        assert there.owner == holder_there
    assert two.ask(a_url, handles[1]).json()["home"] == b_url
    assert two.prefix(a_url)["state"] == "elsewhere"
    told = two.prefix(b_url)
    assert (told["state"], told["from"]["origin"]) == ("active", two.a.origin)
    # Nothing is issued twice: neither here nor there, not even what was deleted or delegated before.
    for handle in (*handles[:2], f"{prefix}/gone", f"{prefix}/scanner-1"):
        body = CreateHandles(handles=(HandleRecord(handle=handle, values=()),))
        assert code(two.b, holder_there, "identity.handle.create/1", body) == "already-registered"
        assert code(two.a, core, "identity.handle.create/1", body) != "accepted"
    below = DelegatePrefix(prefix=f"{prefix}.5", holder=holder_there, role="enterprise")
    delegate = "identity.prefix.delegate/1"
    assert code(two.b, holder_there, delegate, below) == "already-registered"
    # What was not is issued there, and found from here.
    create(two.b, holder_there, f"{prefix}/NEW")
    assert two.ask(a_url, f"{prefix}/NEW").json()["handle"] == f"{prefix}/NEW"
    renewed = RenewHandle(handle=f"{prefix}/GONE")
    two.b.add(holder_there, "identity.handle.renew/1", renewed)
    with two.b.reader.open() as snapshot:
        told = [
            ("deleted" in one, "from" in one) for one in versions(snapshot.view, f"{prefix}/GONE")
        ]
    assert told == [(False, False), (True, True)]
    # The same scanner goes on under its own name, and nobody else gets it.
    scanner = f"{prefix}/scanner-1"
    device = AddDevice(device=scanner, organisation=holder_there, purpose="scanner")
    two.b.add(holder_there, "identity.device.add/1", device)
    for world in (two.a, two.b):
        world.ledger.seal()
        assert world.audit().refused == 0


def test_every_step_may_be_stopped_and_run_again(two: Two, tmp_path: Path) -> None:
    create(two.a, core, *(f"{prefix}/SN-{n:03d}" for n in range(45)))
    leave(two.a)

    class Stopped(Exception):
        pass

    def stopping(after: int, world: World, author: str) -> Scribe:
        whole = two.scribe(world, author)
        left = [after]

        def append(said: Any) -> Any:
            if left[0] == 0:
                raise Stopped
            left[0] -= 1
            return whole.append(said)

        return Scribe(whole.author, append)

    for _ in range(8):
        try:
            carry(two.a.reader, stopping(1, two.a, core), prefix, said_nothing)
        except Stopped:
            continue
        break
    wanted = carried(two, tmp_path / "out")
    first = sorted((tmp_path / "out").iterdir())
    with two.a.reader.open() as snapshot:
        write_folder(snapshot, prefix, tmp_path / "again", said_nothing)
    for path in first[:-1]:
        assert path.read_bytes() == (tmp_path / "again" / path.name).read_bytes()
    for _ in range(8):
        try:
            scribe = stopping(1, two.b, root)
            arrive(two.b.reader, scribe, prefix, tmp_path / "out", wanted, said_nothing)
        except Stopped:
            continue
        break
    with two.b.reader.open() as snapshot:
        size = snapshot.size()
    arrive(two.b.reader, stopping(0, two.b, root), prefix, tmp_path / "out", wanted, said_nothing)
    with two.b.reader.open() as snapshot:
        assert snapshot.size() == size
    assert two.prefix(b_url)["state"] == "active"
    assert record(two.b, f"{prefix}/SN-044") is not None


def test_a_prefix_comes_home_again_and_no_old_proof_brings_it_back(
    two: Two, tmp_path: Path
) -> None:
    handle = f"{prefix}/SN-1"
    create(two.a, core, handle, value="from A")
    leave(two.a)
    wanted = carried(two, tmp_path / "out")
    come(two, tmp_path / "out", wanted)
    changed = WriteHandle(handle=handle, values=(HandleValue(index=1, type="NAME", data="from B"),))
    two.b.add(holder_there, "identity.handle.write/1", changed)
    leave(two.b, holder_there, two.a.origin, a_url)
    with pytest.raises(MoveRefused, match="brought it here before"):
        come(two, tmp_path / "out", wanted)
    carry(two.b.reader, two.scribe(two.b, holder_there), prefix, said_nothing)
    two.b.ledger.seal()
    with two.b.reader.open() as snapshot:
        write_folder(snapshot, prefix, tmp_path / "back", said_nothing)
    home = Wanted(core, "enterprise", vkey(two.b), b_url)
    arrive(two.a.reader, two.scribe(two.a, node), prefix, tmp_path / "back", home, said_nothing)
    back = record(two.a, handle)
    assert (back.owner, back.values[0].value) == (core, "from B")
    with two.a.reader.open() as snapshot:
        assert [one["values"][0]["data"] for one in versions(snapshot.view, handle)] == [
            "from B", "from A",
        ]  # fmt: skip
    create(two.a, core, f"{prefix}/SN-2")


@pytest.mark.parametrize("what", ["other key", "record", "batch", "proof", "prefix"])
def test_what_is_not_as_it_was_carried_is_refused(
    tmp_path: Path, what: str, request: pytest.FixtureRequest
) -> None:
    a = World(f"sqlite:///{tmp_path / 'a.sqlite'}", tmp_path / "a")
    a.populate()
    b = World(f"sqlite:///{tmp_path / 'b.sqlite'}", tmp_path / "b", origin=other_origin)
    register(b, root, holder_there)
    two, folder = Two(a, b), tmp_path / "out"
    create(a, core, f"{prefix}/SN-1")
    leave(a)
    wanted = carried(two, folder)
    file = folder / "batch-000000.json"
    asked = prefix
    if what == "other key":
        wanted = Wanted(holder_there, "enterprise", vkey(b), a_url)
    elif what == "record":
        file.write_bytes(file.read_bytes().replace(b'\\"x\\"', b'\\"y\\"'))
    elif what == "batch":
        file.unlink()
    elif what == "proof":
        path = folder / "proof.tally"
        path.write_bytes(path.read_bytes().replace(b"log.example/b", b"log.example/c"))
    else:
        asked = "99.100.2"
    with pytest.raises(TallystickError) as caught:
        arrive(b.reader, two.scribe(b, root), asked, folder, wanted, said_nothing)
    wanted_codes = {
        "other key": "bundle-wrong-log-key", "record": "prefix-folder-refused",
        "batch": "prefix-folder-refused", "proof": "bundle-crc-fails",
        "prefix": "prefix-folder-refused",
    }  # fmt: skip
    assert caught.value.code == wanted_codes[what]
    assert record(b, f"{prefix}/SN-1") is None
