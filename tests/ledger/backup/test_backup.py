"""Backups: of both databases, in one form, while the log goes on; restored only when sound and newest."""

from __future__ import annotations

import json
import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import Engine
from tests import postgres
from tests.ledger.backup.folders import made, nobody, restore, resum, rows, write
from tests.ledger.test_audit import fill
from tests.ledger.world import Seeded, World, rules_with_notes

from tallystick.ledger import (
    DataLost,
    FileMemory,
    LogExists,
    NotSound,
    Store,
    apply_erasures,
    backup,
    start,
)
from tallystick.ledger.migrations import upgrade
from tallystick.ledger.store import copying
from tallystick.ledger.store.tables import metadata


@pytest.fixture
def filled(any_world: World) -> World:
    fill(any_world)
    return any_world


@pytest.fixture
def targets(tmp_path: Path, postgres_server: postgres.Server) -> Iterator[list[Store]]:
    """An empty database of each kind."""
    with postgres_server.fresh_database() as url:
        made = [Store(f"sqlite:///{tmp_path / 'back.sqlite'}"), Store(url)]
        yield made
        for one in made:
            one.close()


def memory_of(world: World) -> start.Claim:
    return start.Claim("the signer's memory", *world.memory.load())


def test_a_backup_of_each_database_restores_into_each(
    filled: World, tmp_path: Path, targets: list[Store]
) -> None:
    """Row by row what it was, operational tables too; and the log goes on from there."""
    before = rows(filled.store)
    told = write(filled, tmp_path / "b").manifest
    assert (told.size, told.engine, told.made) == (30, filled.store.dialect, made)
    assert told.rows == {name: len(found) for name, found in before.items()}
    for target in targets:
        restored = restore(tmp_path / "b", target, tmp_path / "s", lambda _: [memory_of(filled)])
        assert rows(target) == before
        assert (restored.audited.size, [one.size for one in restored.claims]) == (30, [30])
        home = tmp_path / target.dialect
        FileMemory(home / "last.json").save(*filled.memory.load())
        world = World(target.url, home, rules_with_notes(), existing=True)
        world.append(world.mint(1, 70))
        world.ledger.seal()
        world.audit()
        world.store.close()
    assert list((tmp_path / "s").iterdir()) == []


def test_the_folder_is_whole_private_and_has_no_key(filled: World, tmp_path: Path) -> None:
    write(filled, tmp_path / "b")
    names = {path.name for path in (tmp_path / "b").iterdir()}
    assert names == {"ledger.sqlite3", "checkpoint", "manifest.json", "README.md", "SHA256SUMS"}
    assert [path.name for path in tmp_path.iterdir() if path.name.endswith(".new")] == []
    assert (tmp_path / "b").stat().st_mode & 0o077 == 0
    assert (tmp_path / "b/ledger.sqlite3").stat().st_mode & 0o077 == 0
    with sqlite3.connect(
        f"file:{tmp_path / 'b/ledger.sqlite3'}?mode=ro&immutable=1", uri=True
    ) as c:
        assert c.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert c.execute("SELECT count(*) FROM entry").fetchone() == (30,)
    for path in (tmp_path / "b").iterdir():
        assert b"PRIVATE KEY" not in path.read_bytes()


def test_a_backup_replaces_nothing(filled: World, tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    with pytest.raises(backup.BackupExists):
        write(filled, tmp_path / "b")
    os.symlink(tmp_path / "nowhere", tmp_path / "link")
    with pytest.raises(backup.BackupExists):
        write(filled, tmp_path / "link")


def test_a_backup_that_breaks_off_leaves_nothing(
    filled: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_path: Path) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Store, "make_standalone", staticmethod(full))
    with pytest.raises(backup.BackupUnwritable, match="No space left"):
        write(filled, tmp_path / "deep/er/b")
    assert list((tmp_path / "deep/er").iterdir()) == []


def test_entries_that_are_taken_in_meanwhile_are_in_it_wholly_or_not_at_all(
    filled: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A writer commits between any two steps of the copy: it is one moment's all the same."""
    monkeypatch.setattr(copying, "backup_pages", 2)
    monkeypatch.setattr(copying, "rows_at_once", 4)
    went_on, stop = threading.Event(), threading.Event()
    other = World(filled.url, filled.home, filled.rules, random=Seeded("meanwhile"), existing=True)

    def go_on() -> None:
        position = 1000
        while not stop.is_set():
            other.append(other.mint(1, position))
            other.ledger.seal()
            position += 1
            went_on.set()

    thread = threading.Thread(target=go_on)
    thread.start()
    try:
        assert went_on.wait(30)
        sizes = [write(filled, tmp_path / f"b{n}").manifest.size for n in range(3)]
    finally:
        stop.set()
        thread.join()
    assert sizes == sorted(set(sizes)), "each is of its own moment, and the log went on"
    for n, size in enumerate(sizes):
        assert restore(tmp_path / f"b{n}", None, tmp_path / "s").audited.size == size
    filled.audit()


def test_what_was_deleted_is_in_no_byte_of_a_backup(world: World, tmp_path: Path) -> None:
    """SQLite leaves deleted rows in free pages; a page by page copy would carry them along."""
    fill(world)
    secret = b"a name that must be forgotten " * 400
    path = str(world.store.engine.url.database)
    world.store.close()
    with closing(sqlite3.connect(path, isolation_level=None)) as c:
        # Some builds of SQLite overwrite what is deleted, others do not.
        c.execute("PRAGMA secure_delete=OFF")
        c.execute("INSERT INTO attachment VALUES (0, 'x', '', '', ?)", (secret,))
        c.execute("DELETE FROM attachment WHERE hash = 'x'")
        c.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    assert secret[:60] in Path(path).read_bytes()
    write(world, tmp_path / "b")
    assert secret[:60] not in (tmp_path / "b/ledger.sqlite3").read_bytes()


def test_a_database_that_lost_data_is_not_backed_up(world: World, tmp_path: Path) -> None:
    """A nightly job would rotate the last good backup away."""
    fill(world)
    size, root = world.memory.load()
    world.memory.save(size + 5, root)
    with pytest.raises(DataLost, match="the database has 30 entries"):
        write(world, tmp_path / "b")
    assert not (tmp_path / "b").exists()


def test_a_restore_goes_into_an_empty_database_only(filled: World, tmp_path: Path) -> None:
    write(filled, tmp_path / "b")
    before = rows(filled.store)
    with pytest.raises(LogExists):
        restore(tmp_path / "b", filled.store, tmp_path / "s")
    assert rows(filled.store) == before


def test_a_backup_older_than_the_last_known_checkpoint_is_lost_data(
    filled: World, tmp_path: Path
) -> None:
    """By the signer's memory, by a witness, by a checkpoint that was kept: each refuses it by name."""
    write(filled, tmp_path / "b")
    filled.append(filled.mint(1, 90))
    filled.ledger.seal()
    target = Store(f"sqlite:///{tmp_path / 'back.sqlite'}")
    with pytest.raises(
        backup.BackupBehind, match="the backup has 30 entries, the signer signed 32"
    ) as e:
        restore(tmp_path / "b", target, tmp_path / "s", lambda _: [memory_of(filled)])
    assert "tallystick log import" in e.value.advice
    assert not any(rows(target).values())
    with filled.reader.open() as snapshot:
        kept = snapshot.checkpoint()
    assert kept is not None

    def shown(staged: Store) -> list[start.Claim]:
        return [start.claim_by(kept[1], start.Known.by(staged, filled.rules), "a friend")]

    with pytest.raises(backup.BackupBehind, match="a friend has the checkpoint"):
        restore(tmp_path / "b", target, tmp_path / "s", shown)
    with pytest.raises(NotSound, match="the checkpoint given"):
        restore(tmp_path / "b", target, tmp_path / "s", nobody, pinned=kept[1])
    assert not any(rows(target).values())
    assert restore(tmp_path / "b", target, tmp_path / "s").audited.size == 30


def test_erasures_are_applied_again_before_anything_is_laid_down(
    world: World, tmp_path: Path
) -> None:
    """The callable sees the whole copy, and the target never holds what it destroyed."""
    fill(world)
    write(world, tmp_path / "b")
    target = Store(f"sqlite:///{tmp_path / 'back.sqlite'}")

    def erase(staged: Store) -> list[tuple[int, str]]:
        assert not any(rows(target).values())
        with staged.read() as transaction:
            known = [(one.index, one.digest) for one in transaction.attached.between(0, 100)]
        return apply_erasures(staged, known)

    found = restore(tmp_path / "b", target, tmp_path / "s", erase=erase)
    assert (found.erased, found.audited.attachments_missing) == (1, 1)
    assert (rows(target)["attachment"], rows(target)["attachment_key"]) == ([], [])
    target.close()


def test_a_restore_that_breaks_off_leaves_the_database_empty(
    filled: World, tmp_path: Path, targets: list[Store], monkeypatch: pytest.MonkeyPatch
) -> None:
    from tallystick.ledger.backup import restore as module

    write(filled, tmp_path / "b")
    for target in targets:
        with monkeypatch.context() as broken:
            broken.setattr(module, "compare_tables", _differs)
            with pytest.raises(backup.RestoredDiffers):
                restore(tmp_path / "b", target, tmp_path / "s")
        assert not any(rows(target).values())
        assert restore(tmp_path / "b", target, tmp_path / "s").audited.size == 30


def _differs(*_: object) -> None:
    from tallystick.ledger import StoreDamaged

    raise StoreDamaged("table entry: 1 became 2")


def test_a_backup_of_a_newer_version_is_named(world: World, tmp_path: Path) -> None:
    world.ledger.seal()
    write(world, tmp_path / "b")
    with sqlite3.connect(tmp_path / "b/ledger.sqlite3") as c:
        c.execute("UPDATE ledger_version SET version_num = '9999'")
    resum(tmp_path / "b")
    with pytest.raises(backup.BackupNewer, match="9999"):
        restore(tmp_path / "b", None, tmp_path / "s")


def test_a_backup_of_an_earlier_schema_restores(world: World, tmp_path: Path) -> None:
    """Checkpoints were not counted then, attachments stood in the clear: both is mended when it is brought up to date."""
    fill(world)
    write(world, tmp_path / "b")
    later = ("inventory", "anchor", "attachment_key", "erasure_statement", "sequencer")
    _as_of_0004(tmp_path / "b/ledger.sqlite3", [n for n in metadata.tables if n not in later])
    manifest = json.loads((tmp_path / "b/manifest.json").read_text())
    for name in later:
        del manifest["rows"][name]
    manifest["schema_revision"] = "0004"
    (tmp_path / "b/manifest.json").write_text(json.dumps(manifest))
    resum(tmp_path / "b")
    target = Store(f"sqlite:///{tmp_path / 'back.sqlite'}")
    audited = restore(tmp_path / "b", target, tmp_path / "s").audited
    assert (audited.size, audited.attachments.seen) == (30, 1)
    sealed = {"attachment", "attachment_key", "sequencer"}
    same = sorted(set(metadata.tables) - sealed)
    assert {name: rows(target)[name] for name in same} == {n: rows(world.store)[n] for n in same}
    target.close()
    assert b"a photograph" not in (tmp_path / "back.sqlite").read_bytes()


def _as_of_0004(path: Path, names: list[str]) -> None:
    """The same rows in the tables of then."""
    old = Store(f"sqlite:///{path}.old")
    upgrade(old.engine, "0004")
    old.close()
    Store.make_standalone(Path(f"{path}.old"))
    with closing(sqlite3.connect(f"{path}.old")) as c, c:
        c.execute("ATTACH DATABASE ? AS new", (str(path),))
        for name in names:
            columns = ", ".join(column.name for column in metadata.tables[name].columns)
            filled = "data, salt" if name == "attachment" else "data"
            given = "CAST('a photograph' AS BLOB), ?" if name == "attachment" else "data"
            c.execute(
                f"INSERT INTO {name} ({columns.replace('data', filled)})"
                f" SELECT {columns.replace('data', given)} FROM new.{name}",
                (bytes(range(32)),) if name == "attachment" else (),
            )
    Path(f"{path}.old").replace(path)


def test_every_table_is_copied(any_world: World) -> None:
    assert set(rows(any_world.store)) == set(metadata.tables)
    assert isinstance(any_world.store.engine, Engine)
