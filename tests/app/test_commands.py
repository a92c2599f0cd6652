"""The commands as an operator and an auditor type them: exit codes and the words that matter."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from tests.patience import patience_s


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


def tallystick(home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "tallystick.app.main", *arguments],
        env={
            **os.environ,
            "TALLYSTICK_HOME": str(home),
            "TALLYSTICK_DATABASE_URL": "",
            "TALLYSTICK_VERIFY_PROCESSES": "0",
            "COLUMNS": "200",
        },
        capture_output=True,
        text=True,
        check=False,
        timeout=patience_s,
    )


def test_audit_says_sound_not_sound_or_could_not(home: Path, tmp_path: Path) -> None:
    empty = tallystick(home, "audit")
    assert empty.returncode == 2
    assert "no-log" in empty.stderr
    assert tallystick(home, "init").returncode == 0
    again = tallystick(home, "init")
    assert again.returncode == 2
    assert "log-exists" in again.stderr
    pinned = tmp_path / "checkpoint"
    pinned.write_text(tallystick(home, "log", "checkpoint").stdout)
    key = tallystick(home, "log", "key").stdout.strip()
    sound = tallystick(home, "audit", "--checkpoint", str(pinned), "--log-key", key)
    assert sound.returncode == 0, sound.stderr
    database = sqlite3.connect(home / "ledger.sqlite3")
    database.execute(
        "UPDATE document SET value = replace(value, 'Root', 'Boot') WHERE kind = 'log'"
    )
    database.commit()
    database.close()
    changed = tallystick(home, "audit")
    assert changed.returncode == 1
    assert "NOT SOUND table document" in changed.stderr


def test_another_log_does_not_extend_a_pinned_checkpoint(home: Path, tmp_path: Path) -> None:
    origin = ("--origin", "log.example/one")
    assert tallystick(home, "init", *origin).returncode == 0
    pinned = tmp_path / "checkpoint"
    pinned.write_text(tallystick(home, "log", "checkpoint").stdout)
    other = tmp_path / "other"
    assert tallystick(other, "init", *origin).returncode == 0
    refused = tallystick(other, "audit", "--checkpoint", str(pinned))
    assert refused.returncode == 1
    assert "the checkpoint given" in refused.stderr


def test_a_label_is_printed_and_read_back(home: Path, tmp_path: Path) -> None:
    image = tmp_path / "label.png"
    printed = tallystick(home, "label", "99.7/SN-1", "--out", str(image), "--name", "电池")
    assert printed.returncode == 0, printed.stderr
    read = tallystick(home, "decode", str(image), "--second")
    assert read.returncode == 0, read.stderr
    assert "99.7/SN-1" in read.stdout
    assert "agrees" in read.stdout
    assert tallystick(home, "decode", str(tmp_path / "nothing.png")).returncode == 2


def test_a_wrong_setting_is_named(home: Path) -> None:
    env = {**os.environ, "TALLYSTICK_HOME": str(home), "TALLYSTICK_PORT": "never"}
    told = subprocess.run(
        [sys.executable, "-m", "tallystick.app.main", "log", "recent"],
        env=env,
        capture_output=True,
        text=True,
        check=False,
        timeout=patience_s,
    )
    assert told.returncode == 2
    assert "TALLYSTICK_PORT" in told.stderr


def test_log_head_says_which_entries_touched_a_name(home: Path) -> None:
    assert tallystick(home, "init").returncode == 0
    entry = json.loads(tallystick(home, "log", "entry", "0").stdout)
    key = entry["body"]["root_key"]["key"]
    told = json.loads(tallystick(home, "log", "head", "key", key).stdout)
    assert (told["present"], told["indexes"]) == (True, [0])
    absent = json.loads(tallystick(home, "log", "head", "invoice line", "99/O-1#X#1").stdout)
    assert (absent["present"], absent["indexes"]) == (False, [])
    misspelt = tallystick(home, "log", "head", "invoice-line", "99/O-1#X#1")
    assert (misspelt.returncode, "head-name-refused" in misspelt.stderr) == (2, True)
    unknown = tallystick(home, "log", "head", "key", key, "--size", "99")
    assert unknown.returncode == 2
    assert "heads-unknown" in unknown.stderr


def test_verify_takes_a_bundle_or_a_page(home: Path) -> None:
    for words in ((), ("proof.tally", "--page", "http://127.0.0.1:9/verify/")):
        told = tallystick(home, "verify", *words)
        assert told.returncode == 2
        assert "verify-what" in told.stderr
    gone = tallystick(home, "verify", "--page", "http://127.0.0.1:9/verify/")
    assert gone.returncode == 2
    assert "verifier-page-" in gone.stderr


def test_a_log_gets_no_name_that_no_verifier_could_read(home: Path) -> None:
    """A log was made whose verifier key had three parts too many; nothing could witness or verify it."""
    for origin in ("two words", "one+two", "line\nbreak"):
        refused = tallystick(home, "init", "--origin", origin)
        assert refused.returncode == 2, origin
        assert "key-name-refused" in refused.stderr
    assert not (home / "keys").exists()
