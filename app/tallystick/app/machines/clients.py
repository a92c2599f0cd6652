"""Clients: programs of organisations that the operator let in, and how each proves who it is.

In the table `client`, shared by all processes of a node: the SHA-256 of a secret, or a public key. Each process
looks at the table again after a second at most, so that taking a client away needs no restart.
"""

from __future__ import annotations

import re
import secrets
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Annotated, Any, Literal

import structlog
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from tallystick.app.machines.scopes import scopes
from tallystick.identity import names
from tallystick.ledger import Clock, Handle, Store, TallystickError

clients_max = 10_000
#: Of a client while another credential replaces one.
credentials_max = 2
known_for_ns = 1_000_000_000
secret_prefix = "tcs_"
id_prefix = "C-"
_log = structlog.get_logger()
_id = re.compile("C-[0-9A-Z]{13}")


class ClientMissing(TallystickError):
    code = "client-missing"
    status = 404
    title = "There is no client of this id"
    advice = "`tallystick client list` names them."


class ClientsTooMany(TallystickError):
    code = "clients-too-many"
    status = 409
    title = f"There are {clients_max} clients already"
    advice = "Take away those that nobody uses."


class ClientScopeUnknown(TallystickError):
    code = "client-scope-unknown"
    status = 400
    title = "There is no such scope"
    advice = f"Scopes are {', '.join(scopes)}."


class ClientDamaged(TallystickError):
    code = "client-damaged"
    status = 500
    title = "What the database tells of a client cannot be read"
    advice = "Remove it with `tallystick client remove`, and add it again."


class Credential(BaseModel):
    """A secret's digest or a public key. `until_ms`: from then on it counts no longer."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    secret_sha256: Annotated[str, Field(pattern="^[0-9a-f]{64}$")] | None = None
    jwk: dict[str, str] | None = None
    until_ms: int | None = None


class Client(BaseModel):
    """`author`: as whom it writes, the organisation or a service device of it. Tokens of another generation do not count."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: Annotated[str, Field(pattern=f"^{_id.pattern}$")]
    name: Annotated[str, Field(pattern=r"^[^\s\x00-\x1f]{1,100}$")]
    organisation: Handle
    author: Handle
    scopes: tuple[str, ...]
    by: Literal["secret", "key"]
    credentials: Annotated[tuple[Credential, ...], Field(min_length=1, max_length=credentials_max)]
    generation: int = 0

    def valid(self, now_ms: int) -> tuple[Credential, ...]:
        return tuple(c for c in self.credentials if c.until_ms is None or now_ms < c.until_ms)


@dataclass(frozen=True, slots=True)
class NewClient:
    """`jwk` None: it gets a secret."""

    name: str
    organisation: str
    author: str
    scopes: tuple[str, ...]
    jwk: dict[str, str] | None = None


@dataclass
class Clients:
    """The register of one process; `now_ns` never goes back."""

    store: Store
    clock: Clock
    now_ns: Callable[[], int] = time.monotonic_ns
    _known: Mapping[str, Client] = field(default_factory=dict)
    _taken_back: set[str] = field(default_factory=set)
    _read_ns: int | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def find(self, client_id: str) -> Client | None:
        self._refresh()
        found = self._known.get(client_id)
        if found is None and _id.fullmatch(client_id) and self._is_new(client_id):
            self.forget()
            self._refresh()
            found = self._known.get(client_id)
        return found

    def is_taken_back(self, digest: str) -> bool:
        """Whether the token of this digest (`once.named`) was taken back."""
        self._refresh()
        return digest in self._taken_back

    def take_back(self, digest: str) -> None:
        """Others learn it from the table; this process at once."""
        with self._lock:
            self._taken_back = {*self._taken_back, digest}

    def all(self) -> list[Client]:
        """As they stand in the table. Raises `ClientDamaged`."""
        with self.store.read() as transaction:
            return [_read(*row) for row in transaction.clients.all()]

    def add(self, new: NewClient) -> tuple[Client, str]:
        """The client, and its secret, which is shown once; empty for one with a key.

        Raises `ClientsTooMany` or `ClientScopeUnknown`.
        """
        if unknown := set(new.scopes) - scopes.keys():
            raise ClientScopeUnknown(", ".join(sorted(unknown)))
        credential, secret = _credential(new.jwk)
        characters = (secrets.choice(names.crockford) for _ in range(13))
        made = Client(
            id=id_prefix + "".join(characters), name=new.name, organisation=new.organisation,
            author=new.author, scopes=tuple(sorted(set(new.scopes))),
            by="secret" if new.jwk is None else "key", credentials=(credential,),
        )  # fmt: skip
        with self.store.note() as transaction:
            if transaction.clients.count() >= clients_max:
                raise ClientsTooMany
            transaction.clients.add(made.id, made.model_dump_json(exclude_none=True))
        self.forget()
        return made, secret

    def rotate(self, client_id: str, jwk: dict[str, str] | None, overlap_ms: int) -> str:
        """A new credential beside the newest of before, which counts for `overlap_ms`; the secret, as `add`.

        Without overlap, no token that it was given before counts any more. Raises `ClientMissing`.
        """
        credential, secret = _credential(jwk)
        now_ms = self.clock.now_ms()
        with self.store.note() as transaction:
            told = transaction.clients.get(client_id)
            if told is None:
                raise ClientMissing(client_id)
            old = _read(client_id, told)
            kept = (old.credentials[-1].model_copy(update={"until_ms": now_ms + overlap_ms}),)
            more: dict[str, Any] = {
                "by": "secret" if jwk is None else "key",
                "credentials": (*(kept if overlap_ms else ()), credential),
                "generation": old.generation + (0 if overlap_ms else 1),
            }
            changed = old.model_copy(update=more).model_dump_json(exclude_none=True)
            transaction.clients.change(client_id, changed)
        self.forget()
        return secret

    def remove(self, client_id: str) -> None:
        """Raises `ClientMissing`."""
        with self.store.note() as transaction:
            if not transaction.clients.remove(client_id):
                raise ClientMissing(client_id)
        self.forget()

    def forget(self) -> None:
        """Look at the table again when somebody asks."""
        self._read_ns = None

    def _is_new(self, client_id: str) -> bool:
        """Whether it was added since the table was read."""
        with self.store.read() as transaction:
            return transaction.clients.get(client_id) is not None

    def is_fresh(self) -> bool:
        """Whether `find` needs no look at the table."""
        read_ns = self._read_ns
        return read_ns is not None and self.now_ns() - read_ns < known_for_ns

    def _refresh(self) -> None:
        if self.is_fresh():
            return
        with self._lock:
            if self.is_fresh():
                return
            now_ns = self.now_ns()
            with self.store.read() as transaction:
                rows = transaction.clients.all()
                self._taken_back = transaction.spent.names("token", self.clock.now_ms())
            self._known = {one.id: one for one in map(_readable, rows) if one is not None}
            self._read_ns = now_ns


def digest(secret: str) -> str:
    """Secrets are 256 random bits: a plain hash cannot be searched."""
    return sha256(secret.encode(errors="replace")).hexdigest()


def _credential(jwk: dict[str, str] | None) -> tuple[Credential, str]:
    if jwk is not None:
        return Credential(jwk=jwk), ""
    secret = secret_prefix + secrets.token_urlsafe(32)
    return Credential(secret_sha256=digest(secret)), secret


def _readable(row: tuple[str, str]) -> Client | None:
    """None for one that cannot be read: nobody else waits for it."""
    try:
        return _read(*row)
    except ClientDamaged as error:
        _log.error(error.code, client=row[0], advice=error.advice)
        return None


def _read(client_id: str, told: str) -> Client:
    try:
        found = Client.model_validate_json(told)
    except ValidationError:
        raise ClientDamaged(client_id) from None
    if found.id != client_id:
        raise ClientDamaged(client_id)
    return found
