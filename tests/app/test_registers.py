"""Registers in a file of the home folder, changed by several commands at once and read by a node that serves."""

from __future__ import annotations

import json
import stat
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from filelock import FileLock

from tallystick.app import registers
from tallystick.app.handles.errors import HandleUserExists, HandleUserMissing, HandleUsersBusy
from tallystick.app.handles.users import HandleUsers, User
from tallystick.app.readers import ReaderExists, Readers, ReadersBusy, TokenUnknown
from tallystick.app.registers import Register
from tallystick.ledger import TallystickError, vault

numbers = range(6)


def _users(home: Path) -> HandleUsers:
    return HandleUsers(home, vault.KeyFile(home))


def _user(name: object) -> User:
    return User(handle=f"99.100.9/U-{name}", index=300, login="HS_PUBKEY")


def _add_reader(home: Path, name: object) -> None:
    Readers(home).add(f"reader-{name}", None)


def _add_user(home: Path, name: object) -> None:
    _users(home).add(_user(name))


@pytest.mark.parametrize(
    ("add", "file", "member"),
    [(_add_reader, "readers.json", "readers"), (_add_user, "handle-users.json", "users")],
)
def test_two_commands_at_once_lose_no_row(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    add: Callable[[Path, object], None],
    file: str,
    member: str,
) -> None:
    """Each read the file, added its reader and wrote it: the other's token was never believed."""
    whole = Register.rows

    def slowly(register: Register[object]) -> object:
        found = whole(register)
        time.sleep(0.02)
        return found

    monkeypatch.setattr(Register, "rows", slowly)
    with ThreadPoolExecutor(len(numbers)) as pool:
        list(pool.map(lambda number: add(tmp_path, number), numbers))
    path = tmp_path / file
    assert len(json.loads(path.read_text())[member]) == len(numbers)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.parametrize(
    ("change", "lock", "busy"),
    [
        (lambda home: Readers(home).remove("anybody"), "readers.lock", ReadersBusy),
        (lambda home: _users(home).remove("99.1/any"), "handle-users.lock", HandleUsersBusy),
    ],
)
def test_a_command_that_cannot_have_the_register_says_so(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    change: Callable[[Path], object],
    lock: str,
    busy: type[TallystickError],
) -> None:
    monkeypatch.setattr(registers, "lock_timeout_s", 0.05)
    with FileLock(tmp_path / lock), pytest.raises(busy):
        change(tmp_path)


def test_whoever_serves_sees_at_once_what_a_command_changes(tmp_path: Path) -> None:
    serving, command = Readers(tmp_path), Readers(tmp_path)
    with pytest.raises(TokenUnknown):
        serving.of_token("tally_none")
    token = command.add("auditor", None)
    assert serving.of_token(token).may_read("parties", ())
    command.remove("auditor")
    with pytest.raises(TokenUnknown):
        serving.of_token(token)


def test_what_is_refused_changes_nothing(tmp_path: Path) -> None:
    _add_reader(tmp_path, 1)
    _add_user(tmp_path, 1)
    before = {path: path.read_bytes() for path in tmp_path.glob("*.json")}
    with pytest.raises(ReaderExists):
        _add_reader(tmp_path, 1)
    with pytest.raises(HandleUserExists):
        _add_user(tmp_path, 1)
    with pytest.raises(HandleUserMissing):
        _users(tmp_path).remove(_user(2).handle)
    assert {path: path.read_bytes() for path in tmp_path.glob("*.json")} == before
