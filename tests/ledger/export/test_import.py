"""An imported store is the exported one, or nothing was imported."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest
from tests.ledger.export.folders import audited, filled, imported, names, rows, write
from tests.ledger.world import NoteBody, World, a_vault, core, key, log, rules_with_notes

from tallystick.identity import Directory
from tallystick.ledger import (
    Attachment,
    AttachmentRef,
    Checkpoint,
    LogExists,
    NotSound,
    Store,
    TallystickError,
    Verifier,
    audit,
    auditor_reader,
    export,
)
from tallystick.ledger.checkpoint import CheckpointRefused
from tallystick.ledger.export import check
from tallystick.ledger.signer import SignerRefused


def test_every_table_is_the_same(any_world: World, tmp_path: Path) -> None:
    """Index, outcome, ids, times, root, state, heads, projections, checkpoints: row by row."""
    world = filled(any_world, 300)
    write(world, tmp_path / "x")
    copy = Store(f"sqlite:///{tmp_path / 'copy.sqlite'}", vault=a_vault)
    told = imported(tmp_path / "x", copy)
    assert rows(copy) == rows(world.store)
    live = world.audit()
    assert told == live
    assert audited(world, tmp_path / "x") == live
    with world.reader.open() as snapshot:
        kept = snapshot.checkpoint()
    assert kept is not None
    assert audit(copy, world.rules, Directory(), world.checker, pinned=kept[1]) == live
    write_again = export.export_log(copy, world.rules, tmp_path / "y", auditor_reader)
    assert write_again.root == live.root
    assert names(tmp_path / "y") == names(tmp_path / "x")


def test_an_import_into_each_database(world: World, tmp_path: Path, database_url: str) -> None:
    filled(world, 20)
    write(world, tmp_path / "x")
    url = database_url.replace("tallystick.sqlite", "copy.sqlite")
    copy = Store(url, vault=a_vault)
    imported(tmp_path / "x", copy)
    assert rows(copy) == rows(world.store)
    with pytest.raises(LogExists):
        imported(tmp_path / "x", copy)
    assert rows(copy) == rows(world.store)
    copy.close()


def test_what_breaks_off_leaves_an_empty_store(
    world: World, tmp_path: Path, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    filled(world, 300)
    write(world, tmp_path / "x")
    copy = Store(database_url.replace("tallystick.sqlite", "copy.sqlite"), vault=a_vault)

    def broken(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(check, "_check_stored", broken)
        patch.setattr(check, "rows_at_once", 50)
        with pytest.raises(OSError, match="No space"):
            imported(tmp_path / "x", copy)
    assert all(not found for found in rows(copy).values())
    imported(tmp_path / "x", copy)
    assert rows(copy) == rows(world.store)
    copy.close()


def test_killed_in_the_middle_it_left_nothing(world: World, tmp_path: Path) -> None:
    """kill -9 at the end of the one transaction, with everything written and nothing committed."""
    filled(world, 300)
    write(world, tmp_path / "x")
    url = f"sqlite:///{tmp_path / 'copy.sqlite'}"
    program = (
        "import os, signal, sys; from pathlib import Path\n"
        "from tests.ledger.export.folders import imported\n"
        "from tests.ledger.world import a_vault\n"
        "from tallystick.ledger import Store; from tallystick.ledger.export import check\n"
        "check._check_stored = lambda *_: os.kill(os.getpid(), signal.SIGKILL)\n"
        "imported(Path(sys.argv[1]), Store(sys.argv[2], vault=a_vault))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path / "x"), url],
        cwd=Path(__file__).resolve().parents[3],
        check=False,
        capture_output=True,
    )
    assert done.returncode == -signal.SIGKILL, done.stderr
    copy = Store(url, vault=a_vault)
    assert all(not found for found in rows(copy).values())
    imported(tmp_path / "x", copy)
    assert rows(copy) == rows(world.store)


def test_what_stands_behind_the_newest_checkpoint_is_not_exported(
    world: World, tmp_path: Path
) -> None:
    filled(world)
    world.ledger.append(world.mint(5, start=700))
    done = write(world, tmp_path / "x")
    copy = Store(f"sqlite:///{tmp_path / 'copy.sqlite'}", vault=a_vault)
    assert imported(tmp_path / "x", copy).size == done.size < world.audit().size


def test_a_pinned_key_and_a_kept_checkpoint_are_held_against_it(
    world: World, tmp_path: Path
) -> None:
    filled(world)
    write(world, tmp_path / "x")
    right = world.ledger.signer.verifier
    assert export.Export(tmp_path / "x", right).size == 30
    wrong = Verifier(world.origin, key(f"301:{log}").private.public)
    with pytest.raises(CheckpointRefused, match="pinned"):
        export.Export(tmp_path / "x", wrong)
    forked = Checkpoint(world.origin, 9, bytes(32)).sign(key(f"300:{log}").private).encode()
    with pytest.raises(NotSound, match="the checkpoint given"):
        audited(world, tmp_path / "x", pinned=forked)
    assert audited(world, tmp_path / "x", pinned=(tmp_path / "x/checkpoint").read_text()).size == 30


def _with_two_attachments(world: World) -> int:
    files = [Attachment("text/plain", text, bytes(32)) for text in (b"one", b"two")]
    refs = tuple(AttachmentRef(hash=f.hash(), type=f.type, size=3) for f in files)
    said = world.author(core).write(
        "test.note/1", NoteBody(text="see", attachments=refs), attachments=files
    )
    index = world.append([said])[0].index
    world.ledger.seal()
    return index


@pytest.mark.parametrize("gone", [1, 2])
def test_an_erased_attachment_says_so_and_changes_nothing(
    world: World, tmp_path: Path, gone: int
) -> None:
    """The audit refused a log in which one of two attachments of an entry was gone."""
    index = _with_two_attachments(world)
    with world.store.engine.connect().execution_options(tallystick_write=True) as c, c.begin():
        for table in ("attachment_key", "attachment"):
            c.exec_driver_sql(
                f"DELETE FROM {table} WHERE idx = {index} AND hash IN (SELECT hash FROM attachment"
                f" WHERE idx = {index} ORDER BY hash LIMIT {gone})"
            )
    live = world.audit()
    assert live.attachments_missing == gone
    write(world, tmp_path / "x")
    copy = Store(f"sqlite:///{tmp_path / 'copy.sqlite'}", vault=a_vault)
    assert imported(tmp_path / "x", copy) == live
    assert rows(copy) == rows(world.store)


def test_an_imported_store_signs_nothing(world: World, tmp_path: Path) -> None:
    """Whoever has the keys and not the signer's memory could sign a second history."""
    filled(world)
    write(world, tmp_path / "x")
    url = f"sqlite:///{tmp_path / 'copy.sqlite'}"
    imported(tmp_path / "x", Store(url, vault=a_vault))
    with pytest.raises(SignerRefused, match="memory is gone"):
        World(url, tmp_path / "elsewhere", rules=rules_with_notes(), existing=True)


def test_errors_of_exports_are_of_one_family() -> None:
    kinds = (
        export.ExportMissing, export.ExportPathRefused, export.ExportSumsRefused,
        export.ExportChanged, export.ExportRecordRefused, export.ExportTreeDiffers,
        export.ExportPartial,
    )  # fmt: skip
    assert all(issubclass(kind, export.ExportRefused) for kind in kinds)
    assert len({kind.code for kind in kinds}) == len(kinds)
    assert issubclass(export.ExportRefused, TallystickError)
