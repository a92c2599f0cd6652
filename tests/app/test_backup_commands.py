"""`tallystick backup`, `restore` and `log state`, as they are typed."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from tests.app.test_export_commands import home, tallystick

from tallystick.app.bootstrap import Node
from tallystick.app.serving import run
from tallystick.app.settings import Settings

__all__ = ["home"]


def grow(home: Path) -> None:
    """One more block, signed."""
    node = Node.at(Settings(home=home, verify_processes=0))
    with node.writer() as book:
        book.seal(force=True)
    node.store.close()


def state(home: Path, *arguments: str) -> tuple[int, str]:
    done = tallystick(home, "log", "state", *arguments)
    return done.returncode, " ".join(f"{done.stdout} {done.stderr}".split())


def empty(home: Path) -> None:
    for path in home.glob("ledger.sqlite3*"):
        path.unlink()


def test_a_backup_is_made_checked_and_restored(home: Path, tmp_path: Path) -> None:
    done = tallystick(home, "backup", str(tmp_path / "b"))
    assert done.returncode == 0, done.stderr
    assert "The log's keys are not in it" in done.stdout
    checked = tallystick(home, "restore", str(tmp_path / "b"), "--check-only")
    assert (checked.returncode, "Nothing was." in checked.stdout) == (0, True), checked.stderr
    assert "the signer's memory has: 2 entries" in checked.stdout
    taken = tallystick(home, "restore", str(tmp_path / "b"))
    assert (taken.returncode, taken.stderr[:10]) == (2, "log-exists")
    empty(home)
    restored = tallystick(home, "restore", str(tmp_path / "b"))
    assert restored.returncode == 0, restored.stderr
    assert state(home)[0] == 0
    grow(home)
    again = tallystick(home, "backup", str(tmp_path / "b"))
    assert (again.returncode, again.stderr[:13]) == (2, "backup-exists")


def test_the_way_from_lost_data_back_through_a_mirrors_export(home: Path, tmp_path: Path) -> None:
    """As docs/how-to/recover-from-a-disaster.md has it, command by command."""
    assert tallystick(home, "backup", str(tmp_path / "old")).returncode == 0
    shutil.copytree(home, tmp_path / "set-back")
    grow(home)
    kept = tmp_path / "kept"
    kept.write_text(tallystick(home, "log", "checkpoint").stdout)
    assert tallystick(home, "log", "export", str(tmp_path / "x")).returncode == 0
    empty(home)
    behind = tallystick(home, "restore", str(tmp_path / "old"))
    assert (behind.returncode, behind.stderr[:13]) == (2, "backup-behind")
    empty(home)
    for path in (tmp_path / "set-back").glob("ledger.sqlite3*"):
        shutil.copy(path, home)
    code, said = state(home)
    assert (code, "stop, data-lost" in said, "signed 3 last" in said) == (1, True, True)
    with pytest.raises(Exception, match="the signer signed 3"):
        run(Node.at(Settings(home=home, verify_processes=0)), "127.0.0.1", 0, worker=False)
    code, said = state(tmp_path / "set-back", "--checkpoint", str(kept))
    assert (code, f"{kept} has the checkpoint" in said) == (1, True), said
    unmade = tallystick(home, "backup", str(tmp_path / "new"))
    assert (unmade.returncode, unmade.stderr[:9]) == (2, "data-lost")
    empty(home)
    key = "--log-key", tallystick(tmp_path / "set-back", "log", "key").stdout.strip()
    imported = tallystick(home, "log", "import", str(tmp_path / "x"), *key)
    assert imported.returncode == 0, imported.stderr
    code, said = state(home, "--whole", "--checkpoint", str(kept))
    assert (code, said.endswith("go on")) == (0, True), said
    assert "SQLite checked all pages and indexes" in said
    grow(home)


def test_each_stop_has_its_name_and_exit_code(home: Path, tmp_path: Path) -> None:
    memory = home / "signer" / "last.json"
    shutil.move(memory, tmp_path / "last.json")
    assert (state(home)[0], "stop, signer-memory-lost" in state(home)[1]) == (1, True)
    shutil.move(tmp_path / "last.json", memory)
    (home / "signer" / "fence.json").write_text('{"size": 9, "detail": "w1 is ahead"}')
    assert (state(home)[0], "stop, log-fenced" in state(home)[1]) == (1, True)
    (home / "signer" / "fence.json").unlink()
    node = Node.at(Settings(home=home))
    with node.store.write() as transaction:
        transaction.put_tiles([(0, 0, bytes(64))])
    node.store.close()
    assert (state(home)[0], "stop, store-damaged" in state(home)[1]) == (1, True)
