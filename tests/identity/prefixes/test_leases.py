"""Leases: quota, expiry, suspension, handing on; what each refuses, and what resolves on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from pydantic import ValidationError
from tests.ledger.world import World, core, node, root, supplier

from tallystick.app import problems
from tallystick.identity import (
    AddDevice,
    CreateHandles,
    DailyCounts,
    DelegatePrefix,
    DeleteHandle,
    HandleRecord,
    HandleValue,
    HandPrefix,
    LeavePrefix,
    LiftPrefix,
    RenewHandle,
    RenewPrefix,
    SuspendPrefix,
    WriteHandle,
    prefix_router,
    resolve,
    router,
)
from tallystick.ledger import Body, Reader, SetClock, View, auditor_reader, public_reader

prefix = "99.100.1"
tomorrow, next_year = "2026-01-06T01:00:00.000Z", "2027-01-01T00:00:00.000Z"


def say(world: World, author: str, name: str, body: Body) -> str:
    """`accepted`, or the code of the refusal."""
    (answer,) = world.ledger.append([world.write(author, f"identity.{name}/1", body)])
    return answer.problem.code if answer.problem else answer.outcome


def create(world: World, *suffixes: str, under: str = prefix, author: str = core) -> str:
    values = (HandleValue(index=1, type="NAME", data="x"),)
    handles = tuple(HandleRecord(handle=f"{under}/{one}", values=values) for one in suffixes)
    return say(world, author, "handle.create", CreateHandles(handles=handles))


def renew(world: World, **lease: Any) -> str:
    return say(world, node, "prefix.renew", RenewPrefix(prefix=prefix, **lease))


def suspend(world: World, author: str = node) -> str:
    return say(world, author, "prefix.suspend", SuspendPrefix(prefix=prefix, reason="unpaid"))


def lift(world: World, author: str = node) -> str:
    return say(world, author, "prefix.lift", LiftPrefix(prefix=prefix))


def later(world: World, time: str) -> None:
    """A block states the time, and what follows it is judged by it."""
    world.clock.set(time)
    world.ledger.seal()


@dataclass
class Reading:
    view: View
    reader: Reader


def client_of(world: World, counts: DailyCounts | None = None) -> TestClient:
    def reading(who: str = "") -> Iterator[Reading]:
        told = {"": public_reader, "auditor": auditor_reader}
        with world.reader.open() as snapshot:
            yield Reading(snapshot.view, told.get(who) or Reader.party(who))

    def statistics(asked: str, first: str, last: str) -> Any:
        with world.store.read() as transaction:
            return transaction.daily.of(asked, first, last)

    app = FastAPI()
    problems.install(app)
    app.include_router(router(reading, counts=counts))
    app.include_router(prefix_router(reading, statistics))
    return TestClient(app, follow_redirects=False)


def test_a_quota_counts_handles_and_nothing_else(world: World) -> None:
    body = DelegatePrefix(prefix=f"{prefix}.5", holder=core, role="enterprise", quota=3)
    assert say(world, core, "prefix.delegate", body) == "accepted"
    under = f"{prefix}.5"
    assert create(world, "A", "B", under=under) == "accepted"
    assert create(world, "C", "D", under=under) == "quota-reached"
    assert create(world, "C", under=under) == "accepted"
    assert create(world, "D", under=under) == "quota-reached"
    # What was deleted and registered again is the same handle, and a refused one costs nothing.
    gone = DeleteHandle(handle=f"{under}/A", reason="mistake")
    assert say(world, core, "handle.delete", gone) == "accepted"
    assert create(world, "D", under=under) == "quota-reached"
    assert say(world, core, "handle.renew", RenewHandle(handle=f"{under}/A")) == "accepted"
    told = client_of(world).get(f"/api/prefixes/{under}").json()
    assert (told["used"], told["quota"], told["state"]) == (3, 3, "active")
    more = RenewPrefix(prefix=under, quota=4)
    assert say(world, core, "prefix.renew", more) == "accepted"
    assert create(world, "D", under=under) == "accepted"
    assert say(world, core, "prefix.renew", RenewPrefix(prefix=under)) == "accepted"
    assert create(world, "E", "F", under=under) == "accepted"
    told = client_of(world).get(f"/api/prefixes/{under}").json()
    assert (told["used"], told["quota"]) == (None, None)


def test_a_prefix_without_quota_has_no_counter(world: World) -> None:
    create(world, "A", "B")
    with world.reader.open() as snapshot:
        assert snapshot.view.get("prefix-used", prefix) is None


def test_at_its_end_a_lease_is_withdrawn_by_ledger_time(world: World) -> None:
    assert renew(world, expires=tomorrow) == "accepted"
    assert create(world, "A") == "accepted"
    later(world, "2026-01-06T00:59:59.999Z")
    assert create(world, "B") == "accepted"
    later(world, tomorrow)
    assert create(world, "C") == "prefix-withdrawn"
    client = client_of(world)
    told = client.get(f"/api/handles/{prefix}/A").json()
    assert (told["responseCode"], told["warning"]) == (1, "prefix-withdrawn")
    assert client.get(f"/api/prefixes/{prefix}").json()["state"] == "withdrawn"
    # Whoever let it lets it again, to the same organisation or to another.
    body = HandPrefix(prefix=prefix, holder=supplier)
    assert say(world, core, "prefix.hand", body) == "not-entitled"
    assert say(world, node, "prefix.hand", body) == "accepted"
    assert renew(world, expires=tomorrow) == "lease-refused"
    assert renew(world, expires=next_year) == "accepted"
    assert create(world, "C", author=supplier) == "accepted"
    assert "warning" not in client.get(f"/api/handles/{prefix}/A").json()


def test_under_a_suspended_prefix_everything_resolves_and_nothing_is_written(
    world: World,
) -> None:
    create(world, "A", "B")
    gone = DeleteHandle(handle=f"{prefix}/B", reason="mistake")
    assert say(world, core, "handle.delete", gone) == "accepted"
    assert suspend(world, core) == "not-entitled"
    assert suspend(world, root) == "not-entitled"
    assert suspend(world) == "accepted"
    assert suspend(world) == "lease-refused"
    value = HandleValue(index=1, type="NAME", data="y")
    device = AddDevice(device=f"{prefix}/scanner-2", organisation=core, purpose="scanner")
    child = DelegatePrefix(prefix=f"{prefix}.5", holder=supplier, role="enterprise")
    leave = LeavePrefix(
        prefix=prefix, origin="log.example/b", address="https://b.example", log_key="b"
    )
    refused: dict[str, Body] = {
        "handle.write": WriteHandle(handle=f"{prefix}/A", values=(value,)),
        "handle.delete": DeleteHandle(handle=f"{prefix}/A", reason="mistake"),
        "handle.renew": RenewHandle(handle=f"{prefix}/B"),
        "device.add": device,
        "prefix.delegate": child,
        "prefix.hand": HandPrefix(prefix=prefix, holder=supplier),
        "prefix.leave": leave,
    }
    assert create(world, "C") == "prefix-suspended"
    for name, body in refused.items():
        assert say(world, core, name, body) == "prefix-suspended", name
    client = client_of(world)
    told = client.get(f"/api/handles/{prefix}/A").json()
    assert (told["responseCode"], told["warning"]) == (1, "prefix-suspended")
    assert "warning" in client.get(f"/api/handles/{prefix}/A", params={"index": 9}).json()
    shown = client.get(f"/api/prefixes/{prefix}").json()
    assert (shown["state"], shown["suspended"]["reason"]) == ("suspended", "unpaid")
    values = client.get(f"/api/handles/0.NA/{prefix}").json()["values"]
    assert ("TALLYSTICK.STATE", "suspended") in [(v["type"], v["data"]["value"]) for v in values]
    # A lease goes on meanwhile, and the prefix below another one is not concerned.
    assert renew(world, expires=next_year) == "accepted"
    assert create(world, "C") == "prefix-suspended"
    assert create(world, "C", under="99.100.2", author=supplier) == "accepted"
    assert lift(world, core) == "not-entitled"
    assert lift(world) == "accepted"
    assert lift(world) == "lease-refused"
    assert create(world, "C") == "accepted"


def test_a_prefix_handed_on_leaves_identifiers_keys_and_history(world: World) -> None:
    create(world, "A")
    body = HandPrefix(prefix=prefix, holder=supplier)
    assert say(world, supplier, "prefix.hand", body) == "not-entitled"
    nobody = HandPrefix(prefix=prefix, holder="99.100/O-NOBODY0000000")
    assert say(world, core, "prefix.hand", nobody) == "unknown-party"
    with world.reader.open() as snapshot:
        before = resolve(snapshot.view, f"{prefix}/A")
        keys = dict(snapshot.view.group("key", f"{prefix}/scanner-1"))
    assert say(world, core, "prefix.hand", body) == "accepted"
    with world.reader.open() as snapshot:
        assert resolve(snapshot.view, f"{prefix}/A") == before
        assert dict(snapshot.view.group("key", f"{prefix}/scanner-1")) == keys
    # The record stays with its owner; new ones are the new holder's.
    value = HandleValue(index=2, type="NOTE", data="mine")
    write = WriteHandle(handle=f"{prefix}/A", values=(value,))
    assert say(world, core, "handle.write", write) == "accepted"
    assert create(world, "B") == "not-entitled"
    assert create(world, "B", author=supplier) == "accepted"


@pytest.mark.parametrize(
    ("author", "name", "body", "code"),
    [
        (node, "prefix.renew", RenewPrefix(prefix="99.100.77"), "prefix-unknown"),
        (node, "prefix.suspend", SuspendPrefix(prefix="99.9", reason="abuse"), "prefix-unknown"),
        (root, "prefix.suspend", SuspendPrefix(prefix="99", reason="abuse"), "lease-refused"),
        (root, "prefix.hand", HandPrefix(prefix="99", holder=node), "lease-refused"),
        (core, "prefix.renew", RenewPrefix(prefix=prefix, quota=9), "not-entitled"),
        (node, "prefix.renew",
         RenewPrefix(prefix=prefix, expires="2020-01-01T00:00:00.000Z"), "lease-refused"),
        (core, "prefix.delegate",
         DelegatePrefix(prefix=f"{prefix}.5", holder=core, role="enterprise",
                        expires="2020-01-01T00:00:00.000Z"), "lease-refused"),
        (root, "prefix.leave",
         LeavePrefix(prefix="99", origin="b", address="https://b", log_key="b"), "prefix-move-refused"),
        (core, "prefix.leave",
         LeavePrefix(prefix=prefix, origin="log.example/tests/simulated", address="https://b",
                     log_key="b"),
         "prefix-move-refused"),
        (node, "prefix.leave",
         LeavePrefix(prefix=prefix, origin="b", address="https://b", log_key="b"), "not-entitled"),
        (core, "prefix.leave",
         LeavePrefix(prefix=prefix, origin="b", address="https://b", log_key="b"),
         "prefix-move-refused"),
    ],
)  # fmt: skip
def test_what_is_no_lease_is_refused_by_name(
    world: World, author: str, name: str, body: Body, code: str
) -> None:
    assert say(world, author, name, body) == code
    with world.reader.open() as snapshot:
        assert snapshot.view.get("prefix-move", prefix) is None


@pytest.mark.parametrize(
    "wrong",
    [{"quota": 0}, {"quota": -1}, {"quota": "5"}, {"expires": "tomorrow"},
     {"expires": "2026-01-01"}],
)  # fmt: skip
def test_a_lease_has_one_form(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        RenewPrefix(prefix=prefix, **wrong)


def test_prefixes_are_listed_as_data(world: World) -> None:
    client = client_of(world)
    rows = client.get("/api/prefixes").json()["prefixes"]
    assert [row["prefix"] for row in rows] == ["99", "99.100", "99.100.1", "99.100.2"]
    assert client.get("/api/prefixes", params={"after": "99.100", "limit": 1}).json() == {
        "prefixes": rows[2:3]
    }
    assert client.get("/api/prefixes", params={"holder": core}).json() == {"prefixes": rows[2:3]}
    unknown = client.get("/api/prefixes/98")
    assert (unknown.status_code, unknown.json()["code"]) == (404, "prefix-not-found")
    assert client.get("/api/prefixes", params={"limit": 0}).status_code == 422


def test_figures_are_for_the_holder_and_say_nothing_about_who_asks(
    tmp_path: Path, database_url: str
) -> None:
    world = World(database_url, tmp_path)
    world.populate()
    create(world, "A")
    clock = SetClock("2026-03-01T23:59:00.000Z")

    def keep(rows: Any) -> None:
        with world.store.write() as transaction:
            transaction.daily.add(rows)

    counts = DailyCounts(keep, clock)
    client = client_of(world, counts)
    for path in (f"{prefix}/A", f"{prefix}/a", f"{prefix}/none", "97.1/none", "none"):
        client.get(f"/api/handles/{path}")
    assert counts.flush() == 2
    assert counts.flush() == 0
    clock.set("2026-03-02T00:00:00.000Z")
    client.get(f"/api/handles/{prefix}/A")
    assert counts.flush() == 1
    other = DailyCounts(keep, SetClock("2026-03-01T00:00:00.000Z"))
    client_of(world, other).get(f"/api/handles/{prefix}/A")
    assert other.flush() == 1
    path = f"/api/prefixes/{prefix}/statistics"
    days = [
        {"day": "2026-03-01", "found": 3, "missing": 1},
        {"day": "2026-03-02", "found": 1},
    ]
    for who in (core, "auditor"):
        assert client.get(path, params={"who": who}).json() == {"prefix": prefix, "days": days}
    asked = {"who": core, "first": "2026-03-02"}
    assert client.get(path, params=asked).json()["days"] == days[1:]
    for who in ("", supplier):
        assert client.get(path, params={"who": who}).status_code == 404
    with world.store.read() as transaction:
        assert {row[0] for row in transaction.rows("daily_count")} == {prefix}


def test_what_cannot_be_kept_waits(world: World) -> None:
    kept: list[Any] = []

    def keep(rows: Any) -> None:
        if not kept:
            kept.append("refused once")
            raise OSError("full")
        kept.extend(rows)

    counts = DailyCounts(keep, SetClock("2026-03-01T00:00:00.000Z"))
    counts.count(prefix, "found")
    with pytest.raises(OSError, match="full"):
        counts.flush()
    counts.count(prefix, "found")
    counts.flush()
    assert kept[1:] == [(prefix, "2026-03-01", "found", 2)]
