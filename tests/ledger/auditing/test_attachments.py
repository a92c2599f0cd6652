"""Attachments seen, sealed for this auditor, erased, missing: alike in one process, in several, resumed, and of each source."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.ledger.auditing.audits import alike, audited
from tests.ledger.auditing.test_crew import both, pair
from tests.ledger.auditing.test_served import Server, served
from tests.ledger.erasure.notes import attachment, erased, note, ref
from tests.ledger.export.folders import audited as audited_export
from tests.ledger.export.folders import write
from tests.ledger.world import NoteBody, World, core, supplier

from tallystick.identity import Directory
from tallystick.ledger import Audited, Checker, NotSound, Store, vault
from tallystick.ledger.attended import Attachments
from tallystick.ledger.auditing import Crew, run
from tallystick.ledger.auditing.store_source import StoreSource
from tallystick.ledger.replay import Replay
from tallystick.ledger.store.scratch import Scratch

__all__ = ["both", "pair"]


@pytest.fixture
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A state file that is saved after each piece."""
    monkeypatch.setattr(run, "save_every_s", -1)
    return tmp_path / "audit.state"


def told(found: Audited) -> tuple[Attachments, int]:
    return found.attachments, found.attachments_missing


def lose(world: World, index: int) -> None:
    """An attachment goes without a word."""
    with world.store.write() as transaction:
        held = transaction.attached.of(index)
        transaction.attached.erase([(one.index, one.digest) for one in held])


def test_all_four_are_counted_alike(world: World, tmp_path: Path, pair: Crew, state: Path) -> None:
    """One is seen, one sealed under a key that the auditor lacks, one erased, one is gone without a word."""
    given, other = (vault.KeyFile(tmp_path / name / "keys.json") for name in ("given", "other"))
    indexes = [note(world, attachment(b"0" * 90)).index]
    for keys in (other, other, given):
        world.store.close()
        world.store = Store(world.url, vault=vault.Vault(keys))
        world.restart()
        for data in (b"1", b"2"):
            indexes.append(note(world, attachment(data * 99)).index)
    lose(world, indexes[1])
    world.ledger.seal()
    before = audited(world, state)
    assert told(before) == (Attachments(2, 4, 0), 1)
    assert alike(audited(world, crew=pair), before)
    # Erased after an audit looked at them: one that it saw, one that it could not see, one that was gone.
    for index, data in ((indexes[5], b"1"), (indexes[3], b"1"), (indexes[1], b"1")):
        erased(world, index, attachment(data * 99).hash())
    whole = audited(world)
    assert told(whole) == (Attachments(1, 3, 3), 0)
    assert alike(audited(world, crew=pair), whole)
    resumed = audited(world, state, crew=pair)
    assert resumed.since == before.size
    assert alike(resumed, whole)
    assert told(audited(world, ruled=False)) == (Attachments(), 0)


def test_each_source_tells_the_same(world: World, tmp_path: Path, state: Path) -> None:
    kept, gone = (note(world, attachment(data * 99)).index for data in (b"1", b"2"))
    world.ledger.seal()
    assert told(served(Server(world), state)) == (Attachments(2, 0, 0), 0)
    erased(world, gone, attachment(b"2" * 99).hash())
    write(world, tmp_path / "x")
    here = audited(world)
    assert told(here) == (Attachments(1, 0, 1), 0)
    assert told(audited_export(world, tmp_path / "x")) == told(here)
    assert told(served(Server(world))) == told(here)
    assert told(served(Server(world), state)) == told(here)
    assert kept < gone


def test_a_resumed_audit_knows_what_was_refused_before(world: World, state: Path) -> None:
    """A log that lets somebody erase what a refused entry named would be found out, resumed or not."""
    device = world.add_device(core, "99.100.1/scanner-9")
    body = NoteBody(text="refuse", attachments=(ref(attachment()),))
    refused = world.ledger.append([device.write("test.note/1", body)])[0]
    accepted = note(world, attachment()).index
    world.ledger.seal()
    audited(world, state)
    scratch = Scratch(state)
    replay = Replay(world.rules, Directory(), Checker(), scratch)
    with world.store.read() as transaction:
        replay.find = StoreSource(world.url, transaction, None).record
        found = [replay.judge.find_earlier(index) for index in (refused.index, accepted)]
    scratch.close()
    assert [one and one.accepted for one in found] == [False, True]


def test_what_was_erased_and_is_still_there_is_found_by_each(
    world: World, pair: Crew, state: Path
) -> None:
    """A copy of the tables from before puts it back, also behind the end of an earlier audit."""
    one = attachment()
    held = note(world, one).index
    world.ledger.seal()
    audited(world, state)
    with world.store.read() as transaction:
        rows = [(n, r) for n in ("attachment", "attachment_key") for r in transaction.rows(n)]
    erased(world, held, one.hash())
    assert audited(world, state).attachments.erased == 1
    with world.store.write() as transaction:
        for name, row in rows:
            transaction.fill(name, [tuple(row)])
    for kwargs in ({}, {"crew": pair}, {"state": state}):
        with pytest.raises(NotSound, match="still there"):
            audited(world, **kwargs)  # type: ignore[arg-type]
    with pytest.raises(NotSound, match="still there"):
        served(Server(world))


def test_a_server_that_gives_another_entry_later_is_named(world: World) -> None:
    """A rule looks at an earlier entry once more: it must be the one that was audited."""
    one = attachment()
    held = note(world, one).index
    other = note(world, attachment(b"3" * 99), by=supplier).index
    erased(world, held, one.hash())

    class Swaps(Server):
        def stretch(self, first: int, end: int) -> bytes:
            again = (first, end) == (held, held + 1)
            return super().stretch(other, other + 1) if again else super().stretch(first, end)

    with pytest.raises(NotSound, match="given later"):
        served(Swaps(world))
    assert told(served(Server(world)))[0].erased == 1
