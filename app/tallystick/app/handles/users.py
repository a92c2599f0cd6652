"""Users of the Handle API: service devices that may log in, and their secrets, sealed.

`handle-users.json` in the home folder. A secret stands there under AES-256-GCM with a master key of the vault and
the user's name as associated data, never in the log; public keys stand in the users' own records. Read again
whenever the file changes, so that adding and removing users needs no restart.
"""

from __future__ import annotations

import base64
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Literal

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from filelock import FileLock, Timeout
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from tallystick.app.handles.errors import (
    HandleSecretRefused,
    HandleSecretSpoilt,
    HandleUserExists,
    HandleUserMissing,
    HandleUsersBusy,
    HandleUsersDamaged,
)
from tallystick.ledger import Handle, replace_durably, vault

users_file = "handle-users.json"
users_max = 10_000
secret_bytes_min, secret_bytes_max = 16, 1024
lock_timeout_s = 5.0
_nonce_bytes = 12

Login = Literal["HS_SECKEY", "HS_PUBKEY"]


class User(BaseModel):
    """`handle`: the service device that writes. `sealed`: nonce and secret, under the master key of this id.

    `certificate`: one that a client shows over TLS, in PEM.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    handle: Handle
    index: Annotated[int, Field(gt=0, lt=2**32)]
    login: Login
    master_key: Annotated[str, Field(pattern="^[0-9a-f]{16}$")] | None = None
    sealed: Annotated[str, Field(max_length=4096)] | None = None
    certificate: Annotated[str, Field(max_length=20_000)] | None = None

    @property
    def identity(self) -> str:
        """`index:handle`."""
        return f"{self.index}:{self.handle}"


class _File(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    v: Literal[1] = 1
    users: Annotated[tuple[User, ...], Field(max_length=users_max)] = ()


@dataclass
class HandleUsers:
    """The users of the node in a home folder."""

    home: Path
    master: vault.KeyFile
    _known: Mapping[str, User] = field(default_factory=dict)
    _stamp: tuple[int, int] | None = None

    def all(self) -> tuple[User, ...]:
        """Raises `HandleUsersDamaged`."""
        try:
            return _File.model_validate_json(self._path.read_bytes()).users
        except FileNotFoundError:
            return ()
        except (OSError, ValidationError):
            raise HandleUsersDamaged(str(self._path)) from None

    def find(self, identity: str) -> User | None:
        self._refresh()
        return self._known.get(identity)

    def add(self, user: User, secret: bytes | None = None) -> User:
        """With its secret sealed. Raises `HandleUserExists` or `HandleSecretRefused`."""
        with self._locked():
            known = self.all()
            self.require_addable(user, secret)
            made = user if secret is None else self._sealed(user, secret)
            self._save((*known, made))
        return made

    def require_addable(self, user: User, secret: bytes | None) -> None:
        """Raises `HandleUserExists` or `HandleSecretRefused`."""
        if secret is not None and not secret_bytes_min <= len(secret) <= secret_bytes_max:
            raise HandleSecretRefused(f"{len(secret)} bytes")
        if any(one.identity == user.identity for one in self.all()):
            raise HandleUserExists(user.identity)

    def remove(self, handle: str) -> tuple[User, ...]:
        """Every login of this handle; raises `HandleUserMissing`."""
        with self._locked():
            known = self.all()
            gone = tuple(one for one in known if one.handle == handle)
            if not gone:
                raise HandleUserMissing(handle)
            self._save(tuple(one for one in known if one.handle != handle))
        return gone

    def secret(self, user: User) -> bytes:
        """Raises `MasterKeyMissing` or `HandleSecretSpoilt`."""
        if user.sealed is None or user.master_key is None:
            raise HandleSecretSpoilt(f"{user.identity} has no secret")
        data = base64.b64decode(user.sealed)
        cipher = AESGCM(self.master.find(user.master_key).secret)
        try:
            return cipher.decrypt(data[:_nonce_bytes], data[_nonce_bytes:], _about(user))
        except (InvalidTag, ValueError):
            raise HandleSecretSpoilt(user.identity) from None

    def reseal(self) -> None:
        """Put every secret under the current master key, before the older ones are destroyed."""
        with self._locked():
            known = self.all()
            current = self.master.current().id if known else ""
            fresh = tuple(
                one if one.master_key in (None, current) else self._sealed(one, self.secret(one))
                for one in known
            )
            if fresh != known:
                self._save(fresh)

    def certificates(self) -> str:
        """Those of all users, in PEM."""
        self._refresh()
        return "".join(one.certificate or "" for one in self._known.values())

    def _sealed(self, user: User, secret: bytes) -> User:
        master, nonce = self.master.current(), os.urandom(_nonce_bytes)
        data = nonce + AESGCM(master.secret).encrypt(nonce, secret, _about(user))
        sealed = base64.b64encode(data).decode()
        return user.model_copy(update={"master_key": master.id, "sealed": sealed})

    @property
    def _path(self) -> Path:
        return self.home / users_file

    @contextmanager
    def _locked(self) -> Iterator[None]:
        self.home.mkdir(parents=True, exist_ok=True, mode=0o700)
        try:
            with FileLock(self.home / "handle-users.lock").acquire(timeout=lock_timeout_s):
                yield
        except Timeout:
            raise HandleUsersBusy(str(self.home)) from None

    def _refresh(self) -> None:
        try:
            told = self._path.stat()
            stamp = (told.st_mtime_ns, told.st_ino)
        except OSError:
            stamp = (0, 0)
        if stamp != self._stamp:
            self._known = {one.identity: one for one in self.all()}
            self._stamp = stamp

    def _save(self, users: tuple[User, ...]) -> None:
        told = _File(users=users).model_dump(mode="json", exclude_none=True)
        replace_durably(self._path, json.dumps(told, indent=1).encode(), secret=True)


def _about(user: User) -> bytes:
    return f"tallystick/handle-secret/v1\n{user.identity}".encode()
