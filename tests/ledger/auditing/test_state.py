"""An audit is broken off and goes on, and a later one goes on from its end; what it rests on is held to the log."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sqlite3
from pathlib import Path

import pytest
from tests.ledger.auditing.audits import Broken, alike, audited, broken_at, filled
from tests.ledger.world import World, a_vault, rules_with_notes

from tallystick.ledger import NotSound, Store
from tallystick.ledger.auditing import (
    AuditStateBusy,
    AuditStateDamaged,
    AuditStateElsewhere,
    run,
)
from tallystick.ledger.store.scratch import Scratch


@pytest.fixture
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A state file that is saved after each piece."""
    monkeypatch.setattr(run, "save_every_s", -1)
    monkeypatch.setattr("tallystick.ledger.auditing.unruled.save_every_s", -1)
    return tmp_path / "audit.state"


@pytest.mark.parametrize("ruled", [True, False])
def test_an_audit_that_was_broken_off_goes_on_to_the_same_end(
    any_world: World, state: Path, ruled: bool
) -> None:
    world = filled(any_world)
    whole = audited(world, ruled=ruled)
    for size in (64, 200, whole.size):
        with pytest.raises(Broken):
            audited(world, state, ruled=ruled, progress=broken_at(size))
    found = audited(world, state, ruled=ruled)
    assert 0 < found.since <= whole.size
    assert alike(found, whole)


def test_killed_at_any_piece_it_goes_on(world: World, state: Path) -> None:
    """A state file written in two steps was found half-written after kill -9."""
    filled(world)
    whole = audited(world)
    world.store.close()
    fork = multiprocessing.get_context("fork")
    for size in (1, 150, 300):

        def tick(done: int, _total: int, size: int = size) -> None:
            if done >= size:
                os.kill(os.getpid(), signal.SIGKILL)

        child = fork.Process(target=audited, args=(world, state), kwargs={"progress": tick})
        child.start()
        child.join()
        assert child.exitcode == -signal.SIGKILL
        world.store = Store(world.url, vault=a_vault)
    found = audited(world, state)
    assert found.since > 0
    assert alike(found, whole)


@pytest.mark.parametrize("ruled", [True, False])
def test_what_is_new_is_gone_through_and_no_more(
    any_world: World, state: Path, ruled: bool
) -> None:
    world = filled(any_world)
    first = audited(world, state, ruled=ruled)
    again = audited(world, state, ruled=ruled)
    assert (again.since, again.size) == (first.size, first.size)
    seen: list[int] = []
    world.ledger.append(world.mint(70, start=9000))
    world.clock.advance(2000)
    world.ledger.append(world.mint(3, start=9900))
    world.ledger.seal()
    later = audited(world, state, ruled=ruled, progress=lambda done, _total: seen.append(done))
    assert later.since == first.size
    assert min(seen) > first.size
    assert alike(later, audited(world, ruled=ruled))


def test_a_change_behind_the_earlier_audit_shows_where_it_shows(world: World, state: Path) -> None:
    """Projections are compared every time; a body that was read before is not read again, and that is said."""
    filled(world)
    audited(world, state)
    with world.store.write() as transaction:
        transaction.put_documents([("note", "99.100/O-NOBODY0000000", "", '{"text":"x"}')])
    with pytest.raises(NotSound, match="table document"):
        audited(world, state)
    with world.store.write() as transaction:
        transaction.drop_documents([("note", "99.100/O-NOBODY0000000", "")])
        transaction.connection.exec_driver_sql("UPDATE body SET data = x'7b7d' WHERE idx = 5")
    assert audited(world, state).since > 5
    with pytest.raises(NotSound, match="index 5"):
        audited(world)


def test_a_log_that_lost_what_was_audited_is_named(
    world: World, state: Path, tmp_path: Path
) -> None:
    filled(world)
    copy = Store(f"sqlite:///{tmp_path / 'copy.sqlite3'}", vault=a_vault)
    world.store.copy_to(copy)
    world.ledger.append(world.mint(5, start=9000))
    world.ledger.seal()
    audited(world, state)
    world.store = copy
    with pytest.raises(NotSound, match="what was audited before: expected at least"):
        audited(world, state)


def test_another_history_from_the_same_genesis_is_named(
    world: World, state: Path, tmp_path: Path
) -> None:
    """The operator rewrote what was audited, with all keys: nothing else would have shown it."""
    filled(world)
    audited(world, state)
    other = World(f"sqlite:///{tmp_path / 'other'}", tmp_path / "other.home", rules_with_notes())
    other.populate()
    other.ledger.append(other.mint(400, start=100))
    other.ledger.seal()
    with pytest.raises(NotSound, match="what was audited before, root at size"):
        audited(other, state)


def test_the_state_of_another_log_or_audit_is_refused(
    world: World, state: Path, tmp_path: Path
) -> None:
    filled(world)
    audited(world, state)
    with pytest.raises(AuditStateElsewhere, match="with rules, not without rules"):
        audited(world, state, ruled=False)
    other = World(
        f"sqlite:///{tmp_path / 'o'}", tmp_path / "h", rules_with_notes(),
        origin="other.example/tests/simulated",
    )  # fmt: skip
    with pytest.raises(AuditStateElsewhere, match="another log"):
        audited(other, state)


def test_a_damaged_state_is_named(world: World, state: Path, tmp_path: Path) -> None:
    filled(world)
    audited(world, state)
    connection = sqlite3.connect(state)
    connection.execute("PRAGMA journal_mode = DELETE")
    connection.close()
    good = state.read_bytes()
    place = good.index(b'"block_time"')
    changed = bytearray(good)
    changed[place + 20] ^= 1
    truncated, nothing_of_ours = good[: len(good) // 2], tmp_path / "mine.sqlite3"
    with sqlite3.connect(nothing_of_ours) as mine:
        mine.execute("CREATE TABLE mine (one INTEGER)")
    mine.close()
    for data in (
        b"no database at all" * 100,
        bytes(changed),
        truncated,
        nothing_of_ours.read_bytes(),
    ):
        state.write_bytes(data)
        with pytest.raises(AuditStateDamaged):
            audited(world, state)
    state.write_bytes(good)
    assert audited(world, state).since > 0


@pytest.mark.parametrize(
    ("value", "named"), [('{"by":"?","text":"?"}', "table lookup"), ("{}", "no rule wrote")]
)
def test_a_changed_row_of_the_state_makes_no_log_sound(
    world: World, state: Path, value: str, named: str
) -> None:
    """The command then says that the finding rests on the file, and to audit from the start."""
    filled(world)
    audited(world, state)
    connection = sqlite3.connect(state)
    connection.execute("UPDATE document SET value = ? WHERE kind = 'note'", (value,))
    connection.commit()
    connection.close()
    with pytest.raises((NotSound, AuditStateDamaged), match=named):
        audited(world, state)
    state.unlink()
    assert audited(world, state).since == 0


def test_two_audits_do_not_share_a_state(world: World, state: Path) -> None:
    filled(world)
    held = Scratch(state)
    with pytest.raises(AuditStateBusy):
        audited(world, state)
    held.close()
    assert audited(world, state).size > 0
