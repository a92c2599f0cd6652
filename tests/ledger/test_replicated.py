"""A real primary with a real standby: what no standby has is not acknowledged, not signed, and not lost."""

from __future__ import annotations

import base64
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import orjson
import pytest
from tests.ledger.world import World, rules_with_notes
from tests.replicated import Pair, Server, backends_waiting

from tallystick.ledger import (
    Answer,
    Replication,
    ReplicationUnconfirmed,
    StandbysTooFew,
    Store,
    StoreUnusable,
    Submission,
    TallystickError,
)
from tallystick.ledger.store import replication

repository = Path(__file__).resolve().parents[2]
short = Replication(1, timeout_ms=300)
long = Replication(1, timeout_ms=30_000)
waiting_max_s = 20
acknowledged_min = 10


@pytest.fixture
def pair(replicated_postgres: Pair) -> Pair:
    return replicated_postgres


def world_on(pair: Pair, home: Path, replicated: Replication = short) -> World:
    made = World(pair.fresh_database(), home, rules=rules_with_notes(), replicated=replicated)
    made.populate()
    made.ledger.seal()
    return made


@contextmanager
def without_standby(pair: Pair) -> Iterator[None]:
    pair.standby.stop()
    try:
        yield
    finally:
        pair.standby.start()
        pair.wait_until_streaming()


def grade(receipt: dict[str, Any]) -> str:
    return str(orjson.loads(base64.b64decode(receipt["payload"]))["grade"])


def stored(world: World, entry: Submission) -> Answer:
    with world.reader.open() as snapshot:
        envelope = orjson.loads(base64.b64decode(orjson.loads(entry.envelope)["payload"]))
        return Answer.of(snapshot.row_by_id(envelope["author"], envelope["id"]))


def test_a_cancelled_wait_is_not_acknowledged_and_the_first_receipt_is_given_later(
    pair: Pair, tmp_path: Path
) -> None:
    """COMMIT succeeds with a warning: the entry stands on one machine, and a failover would lose it."""
    world = world_on(pair, tmp_path / "home")
    assert grade(world.ledger.receipt(world.ledger.append(world.mint(1)))) == "replicated"
    world.ledger.seal()
    signed = world.memory.load()
    (late,) = world.mint(1, start=50)
    with without_standby(pair):
        with pytest.raises(ReplicationUnconfirmed):
            world.ledger.append([late])
        here = stored(world, late)
        assert here.accepted, "it is committed here"
        for again in range(2):
            with pytest.raises(ReplicationUnconfirmed):
                world.ledger.append([late])
            with pytest.raises(ReplicationUnconfirmed):
                world.ledger.receipt([here])
            with pytest.raises(ReplicationUnconfirmed):
                world.ledger.seal() if again else world.restart()
        assert world.memory.load() == signed, "what is not replicated is not signed"
    (answer,) = world.ledger.append([late])
    assert answer.duplicate
    assert (answer.index, answer.leaf_hash) == (here.index, here.leaf_hash)
    assert grade(world.ledger.receipt([answer])) == "replicated"
    world.ledger.seal()
    assert world.memory.load()[0] > answer.index
    assert world.audit().size == world.memory.load()[0]


@pytest.mark.parametrize("how", ["pg_cancel_backend", "pg_terminate_backend"])
def test_a_wait_that_an_administrator_ends_is_not_acknowledged(
    pair: Pair, tmp_path: Path, how: str
) -> None:
    world = world_on(pair, tmp_path / "home", long)
    (late,) = world.mint(1)
    told: list[TallystickError] = []

    def send() -> None:
        try:
            world.ledger.append([late])
        except TallystickError as error:
            told.append(error)

    with without_standby(pair):
        sender = threading.Thread(target=send)
        sender.start()
        until = time.monotonic() + waiting_max_s
        while not backends_waiting(pair.primary):
            assert time.monotonic() < until
            time.sleep(0.01)
        for pid in backends_waiting(pair.primary):
            pair.primary.execute(f"SELECT {how}({pid})")
        sender.join()
    (error,) = told
    assert isinstance(error, ReplicationUnconfirmed | StoreUnusable)
    assert error.status == 503
    assert world.ledger.append([late])[0].duplicate
    world.ledger.seal()
    assert world.audit().size == world.memory.load()[0]


def test_at_start_nothing_is_signed_before_a_standby_confirms(pair: Pair, tmp_path: Path) -> None:
    """The process before may have died while its commit waited: what stands here may stand nowhere else."""
    world = world_on(pair, tmp_path / "home")
    world.ledger.append(world.mint(1))
    with without_standby(pair):
        with pytest.raises(ReplicationUnconfirmed):
            world.ledger.seal()
        signed = world.memory.load()
        with pytest.raises(ReplicationUnconfirmed):
            world.restart()
        assert world.memory.load() == signed
    world.restart()
    assert world.memory.load()[0] > signed[0]
    assert world.audit().size == world.memory.load()[0]


def test_a_server_that_waits_for_too_few_takes_nothing_in(pair: Pair, tmp_path: Path) -> None:
    """Somebody resets the setting: receipts must not go on saying what is no longer so."""
    world = world_on(pair, tmp_path / "home")
    with world.reader.open() as snapshot:
        before = snapshot.size()
    pair.require("")
    try:
        with pytest.raises(StandbysTooFew):
            world.ledger.append(world.mint(1))
        with pytest.raises(StandbysTooFew):
            world.restart()
    finally:
        pair.require("ANY 1 (*)")
    with world.reader.open() as snapshot:
        assert snapshot.size() == before
    world.restart()
    assert world.ledger.append(world.mint(1))[0].accepted
    unknown = Store(world.url, Replication(2))
    with pytest.raises(StandbysTooFew, match="waits for 1, 2 are required"), unknown.write():
        pass
    unknown.close()


def test_the_primary_is_killed_and_nothing_acknowledged_is_lost(pair: Pair, tmp_path: Path) -> None:
    """The standby is promoted, and the log goes on from it."""
    world = world_on(pair, tmp_path / "home", long)
    world.store.close()
    told = _killed_under_load(world, pair.primary)
    signed = world.memory.load()
    pair.promote()
    after = World(
        pair.url_on_standby(), world.home, rules=rules_with_notes(), existing=True,
        replicated=Replication(),
    )  # fmt: skip
    after.clock.advance(3_600_000)
    after.ledger.seal()
    with after.reader.open() as snapshot:
        assert snapshot.size() >= signed[0]
        for index, leaf_hash in told:
            assert snapshot.row(index).leaf_hash.hex() == leaf_hash
    (answer,) = after.ledger.append(after.mint(1, start=900_000))
    assert grade(after.ledger.receipt([answer])) == "durable", "no standby is required any more"
    after.ledger.seal()
    assert after.audit().size == after.memory.load()[0]
    assert len(told) >= acknowledged_min


def _killed_under_load(world: World, primary: Server) -> list[tuple[int, str]]:
    command = [sys.executable, "-m", "tests.ledger.appender", world.url, str(world.home), "1000"]
    environment = {**os.environ, "STANDBYS": "1"}
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=repository,
        env=environment,
    ) as process:  # fmt: skip
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.readline() == "ready\n"
        told = [process.stdout.readline() for _ in range(23)]
        primary.kill()
        told += process.stdout.readlines()
        assert "store-unusable" in process.stderr.read()
    rows = [line.split() for line in told]
    return [(int(row[0]), row[1]) for row in rows]


@pytest.mark.parametrize(
    ("names", "count"),
    [
        ("", 0), (" ", 0), ("a", 1), ("a, b", 1), ("*", 1), ("1 (a)", 1), ("2 (a, b)", 2),
        ("ANY 1 (*)", 1), ("any 2 (a, b, c)", 2), ("FIRST 3 (a, b, c)", 3), ('ANY 2 ("x y", b)', 2),
    ],
)  # fmt: skip
def test_how_many_standbys_a_commit_waits_for(names: str, count: int) -> None:
    assert replication.waited_for(names) == count


def test_sqlite_has_no_standbys(tmp_path: Path) -> None:
    with pytest.raises(StandbysTooFew, match="sqlite has no standbys"):
        Store(f"sqlite:///{tmp_path / 'l.sqlite3'}", Replication(1))
