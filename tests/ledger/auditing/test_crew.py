"""Several processes find what one finds; one that dies is named."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator

import pytest
from tests.ledger.auditing.audits import audited, filled
from tests.ledger.test_audit import unguard
from tests.ledger.world import World, rules_with_notes

from tallystick.ledger import NotSound
from tallystick.ledger.auditing import AuditProcessDied, Crew, comparing, crew


@pytest.fixture(scope="module")
def both() -> Iterator[Crew]:
    """Two processes; a start costs seconds."""
    made = Crew(2, None, rules_with_notes)
    yield made
    made.close()


@pytest.fixture
def pair(both: Crew, monkeypatch: pytest.MonkeyPatch) -> Crew:
    """They are asked also for a few entries."""
    monkeypatch.setattr(crew, "apart_entries_min", 0)
    monkeypatch.setattr(comparing, "apart_entries_min", 0)
    return both


def change(world: World, sql: str) -> None:
    unguard(world.store)
    with world.store.write() as transaction:
        transaction.connection.exec_driver_sql(sql)


def test_two_processes_find_what_one_finds(world: World, pair: Crew) -> None:
    filled(world)
    for ruled in (True, False):
        assert audited(world, crew=pair, ruled=ruled) == audited(world, ruled=ruled)
    for sql in (
        "UPDATE lookup SET part = 'x' WHERE part = ''",
        "UPDATE body SET data = x'7b7d' WHERE idx = 40",
        "UPDATE entry SET author = CAST(x'ff' AS TEXT) WHERE idx = 2",
    ):
        change(world, sql)
        with pytest.raises(NotSound) as alone:
            audited(world)
        with pytest.raises(NotSound) as together:
            audited(world, crew=pair)
        assert together.value.detail == alone.value.detail
        assert together.value.what == alone.value.what


def test_a_process_that_dies_is_named(world: World, pair: Crew) -> None:
    filled(world)
    audited(world, crew=pair)

    def kill(_done: int, _total: int) -> None:
        for worker in pair._workers:
            if worker._process.is_alive():
                os.kill(worker._process.pid or 0, signal.SIGKILL)
                worker._process.join()

    with pytest.raises(AuditProcessDied):
        audited(world, crew=pair, progress=kill)
