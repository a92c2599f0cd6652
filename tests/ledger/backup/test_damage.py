"""Every way to spoil a backup has its name, with the sums left as they were or made to fit."""

from __future__ import annotations

import json
import os
import random
import shutil
import sqlite3
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.ledger.backup.folders import copy_of, restore, resum, rows, write
from tests.ledger.test_audit import fill
from tests.ledger.test_tampering import audited
from tests.ledger.world import World, rules_with_notes

from tallystick.ledger import NotSound, Store, TallystickError, backup

tries, named_min = 40, 15
files = ("ledger.sqlite3", "checkpoint", "manifest.json", "README.md", "SHA256SUMS")
Change = Callable[[Path], Any]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[World, Path, dict[str, Any]]:
    """One log, its backup, an earlier one beside it, and its rows; tests spoil copies."""
    place = tmp_path_factory.mktemp("backup")
    world = World(f"sqlite:///{place / 'log.sqlite'}", place / "home", rules=rules_with_notes())
    world.populate()
    world.ledger.seal()
    write(world, place / "earlier")
    fill(world)
    write(world, place / "b")
    return world, place / "b", rows(world.store)


def _put(name: str, change: Callable[[bytes], bytes]) -> Change:
    return lambda folder: (folder / name).write_bytes(change((folder / name).read_bytes()))


def _fitting(change: Change) -> Change:
    def both(folder: Path) -> None:
        change(folder)
        resum(folder)

    return both


def _sql(*statements: str) -> Change:
    def change(folder: Path) -> None:
        with sqlite3.connect(folder / "ledger.sqlite3") as c:
            triggers = c.execute("SELECT name FROM sqlite_schema WHERE type = 'trigger'").fetchall()
            for statement in (*(f"DROP TRIGGER {name}" for (name,) in triggers), *statements):
                c.execute(statement)
        c.close()
        resum(folder)

    return change


def _told(**members: Any) -> Change:
    def change(folder: Path) -> None:
        told = json.loads((folder / "manifest.json").read_text())
        (folder / "manifest.json").write_text(json.dumps({**told, **members}))
        resum(folder)

    return change


def _link(folder: Path) -> None:
    (folder / "ledger.sqlite3").rename(folder / "elsewhere")
    (folder / "ledger.sqlite3").symlink_to(folder / "elsewhere")


def _pipe(folder: Path) -> None:
    (folder / "checkpoint").unlink()
    os.mkfifo(folder / "checkpoint")


def _from_earlier(name: str) -> Change:
    return lambda folder: shutil.copy(folder.parent / "earlier" / name, folder / name)


_sums = "SHA256SUMS"
cases: list[tuple[str, Change, type[TallystickError]]] = [
    *((f"{name} removed", lambda f, n=name: (f / n).unlink(), backup.BackupFileMissing)
      for name in files),
    *((f"{name} of an earlier backup", _from_earlier(name), backup.BackupFileChanged)
      for name in files if name != _sums),
    ("sums of an earlier backup", _from_earlier(_sums), backup.BackupFileChanged),
    ("database of an earlier backup, fitting", _fitting(_from_earlier("ledger.sqlite3")),
     backup.BackupDiffers),
    ("checkpoint of an earlier backup, fitting", _fitting(_from_earlier("checkpoint")),
     backup.BackupDiffers),
    ("manifest of an earlier backup, fitting", _fitting(_from_earlier("manifest.json")),
     backup.BackupDiffers),
    ("database a link", _link, backup.BackupFileMissing),
    ("checkpoint a pipe", _pipe, backup.BackupFileMissing),
    ("sums no hash", _put(_sums, lambda d: b"zz" + d[2:]), backup.BackupManifestRefused),
    ("sums cut", _put(_sums, lambda d: d[:-1]), backup.BackupManifestRefused),
    ("sums twice", _put(_sums, lambda d: d + d), backup.BackupManifestRefused),
    ("sums name a path", _put(_sums, lambda d: d.replace(b"README.md", b"../../etc/x")),
     backup.BackupManifestRefused),
    ("sums huge", _put(_sums, lambda d: d * 9000), backup.BackupManifestRefused),
    ("manifest no JSON", _fitting(_put("manifest.json", lambda _: b"[" * 20_000)),
     backup.BackupManifestRefused),
    ("manifest of another version", _told(backup=2), backup.BackupManifestRefused),
    ("manifest with more", _told(more=1), backup.BackupManifestRefused),
    ("manifest with a huge size", _told(size=10**30), backup.BackupManifestRefused),
    ("manifest with another size", _told(size=29), backup.BackupDiffers),
    ("manifest with another root", _told(root="00" * 32), backup.BackupDiffers),
    ("manifest of another log", _told(origin="log.example/else"), backup.BackupDiffers),
    ("manifest with other counts", _told(rows={"entry": 30}), backup.BackupDiffers),
    ("database cut", _fitting(_put("ledger.sqlite3", lambda d: d[: len(d) // 2])),
     backup.BackupDiffers),
    ("database no database", _fitting(_put("ledger.sqlite3", lambda d: b"x" * len(d))),
     backup.BackupDiffers),
    ("database empty", _fitting(_put("ledger.sqlite3", lambda _: b"")), backup.BackupDiffers),
    ("newest entry removed", _sql("DELETE FROM entry WHERE idx = 29"), backup.BackupDiffers),
    ("newest checkpoint removed",
     _sql("DELETE FROM checkpoint WHERE size = (SELECT max(size) FROM checkpoint)"),
     backup.BackupDiffers),
    ("a body changed", _sql("UPDATE body SET data = data || ' ' WHERE idx = 20"), NotSound),
    ("bodies swapped", _sql(
        "UPDATE body SET idx = 900 WHERE idx = 20", "UPDATE body SET idx = 20 WHERE idx = 21",
        "UPDATE body SET idx = 21 WHERE idx = 900"), NotSound),
    ("a document changed",
     _sql("UPDATE document SET name = name || 'x' WHERE kind = 'organisation'"), NotSound),
]  # fmt: skip


@pytest.mark.parametrize(("what", "change", "error"), cases, ids=[case[0] for case in cases])
def test_a_damaged_backup_is_named(
    made: tuple[World, Path, dict[str, Any]],
    what: str,
    change: Change,
    error: type[TallystickError],
) -> None:
    _, folder, _ = made
    with copy_of(folder, folder.parent / "y") as spoilt:
        change(spoilt)
        with pytest.raises(TallystickError) as found:
            restore(spoilt, None, folder.parent / "scratch")
        assert type(found.value) is error, (what, found.value.diagnosis())
        assert found.value.advice
    assert list((folder.parent / "scratch").glob("*")) == []


def test_flipped_bits_are_named_or_change_nothing(
    made: tuple[World, Path, dict[str, Any]], tmp_path: Path
) -> None:
    """With sums that fit, too: restored is what was backed up, or nothing."""
    _, folder, before = made
    rng, outcomes = random.Random(3), Counter[str]()
    targets = [Store(f"sqlite:///{tmp_path / '0.sqlite'}")]
    for number in range(1, tries + 1):
        name = rng.choice([files[0], *files])
        fitting = name != _sums and rng.random() < 0.7
        data = bytearray((folder / name).read_bytes())
        data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
        target = targets[-1]
        with copy_of(folder, tmp_path / "y") as spoilt:
            (spoilt / name).write_bytes(data)
            if fitting:
                resum(spoilt)
            try:
                restore(spoilt, target, tmp_path / "s")
                outcomes["nothing changed"] += 1
                after = rows(target)
                assert {n: after[n] for n in audited} == {n: before[n] for n in audited}, name
                assert fitting
                targets.append(Store(f"sqlite:///{tmp_path / f'{number}.sqlite'}"))
            except TallystickError as error:
                outcomes[error.code] += 1
                target.migrate()
                assert not any(rows(target).values())
    for store in targets:
        store.close()
    print(f"outcomes: {outcomes}")
    assert outcomes.total() - outcomes["nothing changed"] >= named_min
