"""Users of the Handle API: service devices that may log in, and their secrets, sealed.

`handle-users.json` in the home folder. A secret stands there under AES-256-GCM with a master key of the vault and
the user's name as associated data, never in the log; public keys stand in the users' own records.
"""

from __future__ import annotations

import base64
import os
from pathlib import Path
from typing import Annotated, Literal

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from pydantic import BaseModel, ConfigDict, Field

from tallystick.app.handles.errors import (
    HandleSecretRefused,
    HandleSecretSpoilt,
    HandleUserExists,
    HandleUserMissing,
    HandleUsersBusy,
    HandleUsersDamaged,
)
from tallystick.app.registers import Kind, Register
from tallystick.ledger import Handle, vault

users_file = "handle-users.json"
users_max = 10_000
secret_bytes_min, secret_bytes_max = 16, 1024
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


_kind = Kind[User](
    users_file,
    read=lambda data: _File.model_validate_json(data).users,
    write=lambda rows: _File(users=rows).model_dump(mode="json", exclude_none=True),
    key=lambda row: row.identity,
    damaged=HandleUsersDamaged,
    busy=HandleUsersBusy,
)


class HandleUsers:
    """The users of the node in a home folder."""

    def __init__(self, home: Path, master: vault.KeyFile) -> None:
        self.master = master
        self._register = Register(_kind, home)

    def all(self) -> tuple[User, ...]:
        """Raises `HandleUsersDamaged`."""
        return self._register.rows()

    def find(self, identity: str) -> User | None:
        return self._register.known().get(identity)

    def add(self, user: User, secret: bytes | None = None) -> User:
        """With its secret sealed. Raises `HandleUserExists` or `HandleSecretRefused`."""
        _require_length(secret)
        made = user if secret is None else self._sealed(user, secret)

        def with_it(known: tuple[User, ...]) -> tuple[User, ...]:
            _require_new(user, known)
            return (*known, made)

        self._register.change(with_it)
        return made

    def require_addable(self, user: User, secret: bytes | None) -> None:
        """Raises `HandleUserExists` or `HandleSecretRefused`."""
        _require_length(secret)
        _require_new(user, self.all())

    def remove(self, handle: str) -> tuple[User, ...]:
        """Every login of this handle; raises `HandleUserMissing`."""
        gone: list[User] = []

        def without_it(known: tuple[User, ...]) -> tuple[User, ...]:
            gone.extend(one for one in known if one.handle == handle)
            if not gone:
                raise HandleUserMissing(handle)
            return tuple(one for one in known if one.handle != handle)

        self._register.change(without_it)
        return tuple(gone)

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

        def fresh(known: tuple[User, ...]) -> tuple[User, ...]:
            current = self.master.current().id if known else ""
            return tuple(
                one if one.master_key in (None, current) else self._sealed(one, self.secret(one))
                for one in known
            )

        self._register.change(fresh)

    def certificates(self) -> str:
        """Those of all users, in PEM."""
        return "".join(one.certificate or "" for one in self._register.known().values())

    def _sealed(self, user: User, secret: bytes) -> User:
        master, nonce = self.master.current(), os.urandom(_nonce_bytes)
        data = nonce + AESGCM(master.secret).encrypt(nonce, secret, _about(user))
        sealed = base64.b64encode(data).decode()
        return user.model_copy(update={"master_key": master.id, "sealed": sealed})


def _require_length(secret: bytes | None) -> None:
    if secret is not None and not secret_bytes_min <= len(secret) <= secret_bytes_max:
        raise HandleSecretRefused(f"{len(secret)} bytes")


def _require_new(user: User, known: tuple[User, ...]) -> None:
    if any(one.identity == user.identity for one in known):
        raise HandleUserExists(user.identity)


def _about(user: User) -> bytes:
    return f"tallystick/handle-secret/v1\n{user.identity}".encode()
