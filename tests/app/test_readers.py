"""The register of readers, changed by several commands at once."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from filelock import FileLock

from tallystick.app import readers
from tallystick.app.readers import Readers, ReadersBusy


def test_two_commands_at_once_lose_no_reader(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each read the file, added its reader and wrote it: the other's token was never believed."""
    whole = Readers.all

    def slowly(register: Readers) -> object:
        found = whole(register)
        time.sleep(0.02)
        return found

    monkeypatch.setattr(Readers, "all", slowly)
    names = [f"reader-{number}" for number in range(6)]
    with ThreadPoolExecutor(6) as pool:
        tokens = list(pool.map(lambda name: Readers(tmp_path).add(name, None), names))
    assert {one.name for one in Readers(tmp_path).all()} == set(names)
    register = Readers(tmp_path)
    assert all(register.of_token(token) is not None for token in tokens)


def test_a_command_that_cannot_have_the_register_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(readers, "lock_timeout_s", 0.05)
    with FileLock(tmp_path / "readers.lock"), pytest.raises(ReadersBusy):
        Readers(tmp_path).remove("anybody")
