"""Readers that an operator let in: who bears a token reads as an auditor or for one organisation.

`readers.json` in the home folder keeps the SHA-256 of each token; the token itself is shown once. Mirrors read
with one. Read again whenever the file changes, so that taking a reader away needs no restart.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Literal

from filelock import FileLock, Timeout
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from tallystick.ledger import Reader, TallystickError, auditor_reader, replace_durably

readers_file = "readers.json"
readers_max = 1000
lock_timeout_s = 2.0
_prefix = "tally_"


class TokenUnknown(TallystickError):
    code = "token-unknown"
    status = 401
    title = "The token is not one that this node gave, or it was taken back"
    advice = "Ask the operator: `tallystick reader add` makes one."


class ReaderExists(TallystickError):
    code = "reader-exists"
    status = 409
    title = "There is a reader of this name already"
    advice = "Take it back first with `tallystick reader remove`, or choose another name."


class ReadersBusy(TallystickError):
    code = "readers-busy"
    status = 503
    title = "Another command is changing the readers of this node"
    advice = "Wait for it to end, and try again."


class ReaderMissing(TallystickError):
    code = "reader-missing"
    status = 404
    title = "There is no reader of this name"
    advice = "`tallystick reader list` names them."


class ReadersDamaged(TallystickError):
    code = "readers-damaged"
    status = 500
    title = "The file of readers cannot be read, so no token is believed"
    advice = "Restore `readers.json` from a backup, or delete it and give new tokens."


class Admitted(BaseModel):
    """A reader by name. `organisation` None: it reads everything."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Annotated[str, Field(pattern=r"^[^\s\x00-\x1f]{1,100}$")]
    token_sha256: Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
    reads: Literal["everything", "as-organisation"]
    organisation: str | None = None

    def reader(self) -> Reader:
        return Reader.party(self.organisation) if self.organisation else auditor_reader


class _Register(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    readers: Annotated[tuple[Admitted, ...], Field(max_length=readers_max)] = ()


@dataclass
class Readers:
    """The register in a home folder."""

    home: Path
    _known: dict[str, Reader] = field(default_factory=dict)
    _stamp: tuple[int, int] | None = None

    def all(self) -> tuple[Admitted, ...]:
        """Raises `ReadersDamaged`."""
        try:
            return _Register.model_validate_json(self._path.read_bytes()).readers
        except FileNotFoundError:
            return ()
        except (OSError, ValidationError):
            raise ReadersDamaged(str(self._path)) from None

    def add(self, name: str, organisation: str | None) -> str:
        """The token of a new reader; raises `ReaderExists`."""
        token = _prefix + secrets.token_urlsafe(32)
        new = Admitted(
            name=name,
            token_sha256=_digest(token),
            reads="as-organisation" if organisation else "everything",
            organisation=organisation,
        )
        with self._locked():
            known = self.all()
            if any(one.name == name for one in known):
                raise ReaderExists(name)
            self._save((*known, new))
        return token

    def remove(self, name: str) -> None:
        """Raises `ReaderMissing`."""
        with self._locked():
            known = self.all()
            kept = tuple(one for one in known if one.name != name)
            if kept == known:
                raise ReaderMissing(name)
            self._save(kept)

    def of_token(self, token: str) -> Reader:
        """Raises `TokenUnknown`."""
        self._refresh()
        found = self._known.get(_digest(token))
        if found is None:
            raise TokenUnknown
        return found

    @property
    def _path(self) -> Path:
        return self.home / readers_file

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """While no other command changes the register; a node that serves only reads it. Raises `ReadersBusy`."""
        self.home.mkdir(parents=True, exist_ok=True, mode=0o700)
        try:
            with FileLock(self.home / "readers.lock").acquire(timeout=lock_timeout_s):
                yield
        except Timeout:
            raise ReadersBusy(str(self.home)) from None

    def _refresh(self) -> None:
        try:
            told = self._path.stat()
            stamp = (told.st_mtime_ns, told.st_ino)
        except OSError:
            stamp = (0, 0)
        if stamp != self._stamp:
            self._known = {one.token_sha256: one.reader() for one in self.all()}
            self._stamp = stamp

    def _save(self, readers: tuple[Admitted, ...]) -> None:
        told = _Register(readers=readers).model_dump(mode="json")
        data = json.dumps(told, ensure_ascii=False, indent=1).encode()
        replace_durably(self._path, data, secret=True)


def _digest(token: str) -> str:
    """Tokens are 256 random bits: a plain hash cannot be searched."""
    return hashlib.sha256(token.encode(errors="replace")).hexdigest()
