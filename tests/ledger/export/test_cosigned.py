"""Exports of a log that has witnesses: what they cosigned goes along, and is checked."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.ledger.export.folders import audited, filled
from tests.ledger.witness.test_stored import line, names, policy
from tests.ledger.world import World, a_vault, rules_with_notes

from tallystick.identity import Directory
from tallystick.ledger import (
    LogReader,
    Note,
    NoteSignature,
    Store,
    audit,
    auditor_reader,
    export,
    open_checkpoint,
)
from tallystick.ledger.checkpoint import CheckpointRefused
from tallystick.ledger.export.errors import ExportTreeDiffers


@pytest.fixture
def world(tmp_path: Path) -> World:
    made = World(
        f"sqlite:///{tmp_path / 'log.sqlite3'}", tmp_path / "home",
        rules=rules_with_notes(), policy=policy,
    )  # fmt: skip
    made.populate()
    return filled(made)


def cosign(world: World, *who: str) -> str:
    """The newest checkpoint with cosignatures of these in the store."""
    with world.store.write() as transaction:
        newest = transaction.checkpoint()
        assert newest is not None
        lines = [line(newest[1], name) for name in who]
        transaction.cosignatures.put(newest[0], lines, final=len(who) > 1)
    with world.reader.open() as snapshot:
        found = snapshot.checkpoint()
    assert found is not None
    return found[1]


def write(world: World, folder: Path) -> export.Exported:
    return export.export_log(world.store, world.rules, folder, auditor_reader)


@pytest.mark.parametrize("count", [0, 1, 2, 3])
def test_a_cosigned_checkpoint_is_exported_audited_and_imported(
    world: World, tmp_path: Path, count: int
) -> None:
    """With one cosignature or more the export was refused as no tree of its own log."""
    note = cosign(world, *names[:count]) if count else None
    write(world, tmp_path / "x")
    told = (tmp_path / "x" / "checkpoint").read_text()
    assert note in (None, told)
    assert len(Note.parse(told).signatures) == 1 + count
    found = audited(world, tmp_path / "x")
    assert (found.cosignatures, found.final) == (count, int(count > 1))
    store = Store(f"sqlite:///{tmp_path / 'other.sqlite3'}", vault=a_vault)
    export.import_log(export.Export(tmp_path / "x"), store, world.rules, Directory(), world.checker)
    imported = audit(store, world.rules, Directory(), world.checker)
    assert (imported.cosignatures, imported.final) == (count, int(count > 1))
    with LogReader(store, world.rules).open() as copy, world.reader.open() as snapshot:
        assert copy.checkpoint() == snapshot.checkpoint()
        assert copy.finality().final == snapshot.finality().final
    store.close()


def test_cosignatures_that_come_later_are_added_to_the_export(world: World, tmp_path: Path) -> None:
    write(world, tmp_path / "x")
    before = (tmp_path / "x" / "SHA256SUMS").read_bytes()
    note = cosign(world, "w1", "w2")
    assert write(world, tmp_path / "x").files > 0
    assert (tmp_path / "x" / "checkpoint").read_text() == note
    assert (tmp_path / "x" / "SHA256SUMS").read_bytes() == before
    assert audited(world, tmp_path / "x").final == 1
    assert write(world, tmp_path / "x").files == 0


def test_what_was_final_stays_final_in_a_copy_made_between_two_rounds(
    world: World, tmp_path: Path
) -> None:
    """A copy of a log that was final but for its last entries said that nothing was."""
    note = cosign(world, "w1", "w2")
    final = open_checkpoint(note, world.ledger.signer.verifier).size
    world.append(world.mint(1, 900))
    world.ledger.seal()
    write(world, tmp_path / "x")
    assert (tmp_path / "x" / "final").read_text() == note
    found = audited(world, tmp_path / "x")
    assert (found.cosignatures, found.final) == (2, 1)
    store = Store(f"sqlite:///{tmp_path / 'other.sqlite3'}", vault=a_vault)
    export.import_log(export.Export(tmp_path / "x"), store, world.rules, Directory(), world.checker)
    with LogReader(store, world.rules).open() as copy:
        assert copy.final_checkpoint() == (final, note)
    store.close()
    part, cut = (
        Store(f"sqlite:///{tmp_path / 'part.sqlite3'}", vault=a_vault),
        export.Export(tmp_path / "x"),
    )
    cut.cut(final)
    export.import_log(cut, part, world.rules, Directory(), world.checker)
    with LogReader(part, world.rules).open() as copy:
        assert copy.final_checkpoint() == (final, note)
    part.close()
    cosign(world, "w1", "w2")
    assert write(world, tmp_path / "x").files > 0
    assert not (tmp_path / "x" / "final").exists(), "the newest one is final"
    assert write(world, tmp_path / "x").files == 0


def test_a_final_checkpoint_that_is_none_is_refused(world: World, tmp_path: Path) -> None:
    early, policed = cosign(world, "w1"), cosign(world, "w1", "w2")
    world.append(world.mint(1, 900))
    world.ledger.seal()
    write(world, tmp_path / "x")
    path = tmp_path / "x" / "final"
    other = Note.parse(policed)
    moved = Note(other.text.replace("\n", "\n1", 1), other.signatures).encode()
    for text, error, said in (
        (early, ExportTreeDiffers, "final is not final: quorum"),
        (moved, None, ""),
        (policed.replace(other.text.split("\n")[2], "A" * 43 + "="), ExportTreeDiffers, "none of"),
        ("no note", CheckpointRefused, "final: "),
        (other.text + "\n\u2014 x AAAAAAA=\n", ExportTreeDiffers, "final is not final"),
    ):
        path.write_text(text)
        if error is None:
            assert audited(world, tmp_path / "x").final == 0, "larger than `checkpoint`: broken off"
            continue
        with pytest.raises(error, match=said):
            audited(world, tmp_path / "x")


def test_a_cosignature_that_fails_refuses_the_export_and_a_strangers_does_not(
    world: World, tmp_path: Path
) -> None:
    cosign(world, "w1")
    write(world, tmp_path / "x")
    path = tmp_path / "x" / "checkpoint"
    note = Note.parse(path.read_text())
    stranger = NoteSignature("somebody.example", b"\1\2\3\4", bytes(72))
    path.write_text(Note(note.text, (stranger, *note.signatures)).encode())
    assert audited(world, tmp_path / "x").cosignatures == 1
    false = line(note.encode(), "w2")
    false = NoteSignature(false.name, false.key_id, bytes(8) + false.signature[8:])
    path.write_text(Note(note.text, (*note.signatures, false)).encode())
    with pytest.raises(CheckpointRefused, match="w2 does not verify"):
        audited(world, tmp_path / "x")
    (own,) = [one for one in note.signatures if "witness" not in one.name]
    path.write_text(Note(note.text, tuple(s for s in note.signatures if s != own)).encode())
    with pytest.raises(CheckpointRefused):
        audited(world, tmp_path / "x")
    assert open_checkpoint(note.encode(), world.ledger.signer.verifier).size > 0
