"""Master keys: 256 random bits each, outside the database, in one small file for its owner alone.

A key's id follows from the key, so that no other key can be taken for it. The current one seals; the others
stay until everything is under the current one (`rotate`). The file is read again whenever it changes, so that
a rotation by another process needs no restart.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import os
import secrets
import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal, Protocol

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from tallystick.ledger.clock import Clock, SystemClock, instant
from tallystick.ledger.durable import replace_durably
from tallystick.ledger.vault.errors import MasterKeyMissing, MasterKeysDamaged, MasterKeysReadOnly

master_key_bytes = 32
master_keys_max = 16
file_bytes_max = 64 * 1024
_id_text = b"tallystick/master-key/v1\n"


@dataclass(frozen=True, slots=True)
class MasterKey:
    """`id` follows from `secret`; `made` says since when."""

    id: str
    secret: bytes
    made: str

    def __repr__(self) -> str:
        return f"MasterKey({self.id})"


class MasterKeys(Protocol):
    """Where master keys come from."""

    def current(self) -> MasterKey:
        """The one that seals; raises `MasterKeyMissing`."""
        ...

    def find(self, key_id: str) -> MasterKey:
        """Raises `MasterKeyMissing`."""
        ...


class MasterKeyRow(BaseModel):
    """A master key as it is written into files."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: Annotated[str, Field(pattern="^[0-9a-f]{16}$")]
    key: Annotated[str, Field(max_length=60)]
    made: Annotated[str, Field(max_length=30)]

    @staticmethod
    def of(key: MasterKey) -> MasterKeyRow:
        return MasterKeyRow(id=key.id, key=base64.b64encode(key.secret).decode(), made=key.made)

    def read(self) -> MasterKey:
        """Raises ValueError unless the id is the key's."""
        try:
            found = key_of(base64.b64decode(self.key, validate=True), self.made)
        except binascii.Error:
            raise ValueError("a key is base64") from None
        if found.id != self.id:
            raise ValueError(f"key {self.id} is another key")
        return found


class _KeyFile(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    v: Literal[1] = 1
    current: str
    keys: Annotated[tuple[MasterKeyRow, ...], Field(min_length=1, max_length=master_keys_max)]


def key_of(secret: bytes, made: str = "") -> MasterKey:
    """A master key of these 32 bytes; raises ValueError for any other number of them."""
    if len(secret) != master_key_bytes:
        raise ValueError(f"a master key has {master_key_bytes} bytes")
    return MasterKey(hashlib.sha256(_id_text + secret).hexdigest()[:16], secret, made)


class MemoryKeys:
    """Master keys of this process alone: tests, simulations."""

    def __init__(self, *keys: MasterKey) -> None:
        self._keys = list(keys) or [key_of(secrets.token_bytes(master_key_bytes))]

    def current(self) -> MasterKey:
        return self._keys[-1]

    def find(self, key_id: str) -> MasterKey:
        for key in self._keys:
            if key.id == key_id:
                return key
        raise MasterKeyMissing(key_id)


class KeyFile:
    """Master keys in a file of mode 0600. The first key is made when the first attachment is sealed."""

    def __init__(self, path: Path, clock: Clock | None = None) -> None:
        self.path = path
        self._clock = clock or SystemClock()
        self._lock = threading.Lock()
        self._stamp: tuple[int, int, int] | None = None
        self._current = ""
        self._known: Mapping[str, MasterKey] = {}

    def __reduce__(self) -> tuple[type[KeyFile], tuple[Path]]:
        """To other processes goes where the file is, and no key."""
        return KeyFile, (self.path,)

    def current(self) -> MasterKey:
        with self._lock:
            self._refresh()
            if not self._known:
                self._save([self._fresh()])
            return self._known[self._current]

    def find(self, key_id: str) -> MasterKey:
        with self._lock:
            self._refresh()
            found = self._known.get(key_id)
        if found is None:
            raise MasterKeyMissing(f"{key_id} is not in {self.path}")
        return found

    def all(self) -> list[MasterKey]:
        """Oldest first, the current one last."""
        with self._lock:
            self._refresh()
            return [*self._known.values()]

    def make_current(self) -> MasterKey:
        """A new current key beside the old ones. Raises `MasterKeysReadOnly`."""
        with self._lock:
            self._refresh()
            fresh = self._fresh()
            self._save([*self._known.values(), fresh])
            return fresh

    def add(self, keys: Iterable[MasterKey]) -> list[MasterKey]:
        """Take in keys that seal nothing new; those that were not here. The newest becomes current in an empty file."""
        with self._lock:
            self._refresh()
            new = [key for key in keys if key.id not in self._known]
            if new:
                self._save([*new, *self._known.values()])
            return new

    def destroy_others(self) -> list[str]:
        """Keep the current key alone; the ids of those that are gone from the file."""
        with self._lock:
            self._refresh()
            gone = [key_id for key_id in self._known if key_id != self._current]
            if gone:
                self._save([self._known[self._current]])
            return gone

    def _fresh(self) -> MasterKey:
        return key_of(secrets.token_bytes(master_key_bytes), instant(self._clock.now_ms()))

    def _save(self, keys: list[MasterKey]) -> None:
        """The last one is current. A file that ends is overwritten before it is let go."""
        told = _KeyFile(current=keys[-1].id, keys=tuple(map(MasterKeyRow.of, keys)))
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            with _Outgoing(self.path):
                replace_durably(self.path, told.model_dump_json(indent=1).encode(), secret=True)
        except OSError as error:
            raise MasterKeysReadOnly(f"{self.path}: {error.strerror}") from None
        self._refresh()

    def _refresh(self, tries: int = 3) -> None:
        try:
            told = self.path.stat()
        except FileNotFoundError:
            self._stamp, self._known, self._current = None, {}, ""
            return
        except OSError as error:
            raise MasterKeysDamaged(f"{self.path}: {error.strerror}") from None
        stamp = (told.st_mtime_ns, told.st_ino, told.st_size)
        if stamp == self._stamp:
            return
        try:
            self._known, self._current = self._read()
        except MasterKeysDamaged:
            if tries > 1:
                # It was replaced, and overwritten, while it was being read.
                self._refresh(tries - 1)
                return
            raise
        self._stamp = stamp

    def _read(self) -> tuple[Mapping[str, MasterKey], str]:
        try:
            with self.path.open("rb") as file:
                data = file.read(file_bytes_max + 1)
            told = _KeyFile.model_validate_json(data[:file_bytes_max])
            known = {row.id: row.read() for row in told.keys}
        except (OSError, ValidationError, ValueError):
            # What is wrong with it may quote it.
            raise MasterKeysDamaged(str(self.path)) from None
        if told.current not in known:
            raise MasterKeysDamaged(f"{self.path}: its current key is not in it")
        return known, told.current


class _Outgoing:
    """Overwrites the file that is being replaced. Copies that a disk keeps by itself are out of reach."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._opened = -1

    def __enter__(self) -> None:
        try:
            self._opened = os.open(self._path, os.O_WRONLY)
        except FileNotFoundError:
            self._opened = -1

    def __exit__(self, kind: object, *_: object) -> None:
        if self._opened < 0:
            return
        if kind is None:
            os.pwrite(self._opened, bytes(os.fstat(self._opened).st_size), 0)
            os.fsync(self._opened)
        os.close(self._opened)
