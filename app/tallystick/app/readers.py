"""Readers that an operator let in: who bears a token reads as an auditor or for one organisation.

`readers.json` in the home folder keeps the SHA-256 of each token; the token itself is shown once. Mirrors read
with one.
"""

from __future__ import annotations

import hashlib
import secrets
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from tallystick.app.registers import Kind, Register
from tallystick.ledger import Reader, TallystickError, auditor_reader

readers_file = "readers.json"
readers_max = 1000
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
    """A reader by name. `organisation` None: it reads everything; `country` None: it stands in the node's own."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Annotated[str, Field(pattern=r"^[^\s\x00-\x1f]{1,100}$")]
    token_sha256: Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
    reads: Literal["everything", "as-organisation"]
    organisation: str | None = None
    country: Annotated[str, Field(pattern="^[A-Z]{2}$")] | None = None

    def reader(self) -> Reader:
        return Reader.party(self.organisation) if self.organisation else auditor_reader


class _File(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    readers: Annotated[tuple[Admitted, ...], Field(max_length=readers_max)] = ()


_kind = Kind[Admitted](
    readers_file,
    read=lambda data: _File.model_validate_json(data).readers,
    write=lambda rows: _File(readers=rows).model_dump(mode="json"),
    key=lambda row: row.token_sha256,
    damaged=ReadersDamaged,
    busy=ReadersBusy,
)


class Readers:
    """The register in a home folder."""

    def __init__(self, home: Path) -> None:
        self._register = Register(_kind, home)

    def all(self) -> tuple[Admitted, ...]:
        """Raises `ReadersDamaged`."""
        return self._register.rows()

    def add(self, name: str, organisation: str | None, country: str | None = None) -> str:
        """The token of a new reader; raises `ReaderExists`."""
        token = _prefix + secrets.token_urlsafe(32)
        new = Admitted(
            name=name,
            token_sha256=_digest(token),
            reads="as-organisation" if organisation else "everything",
            organisation=organisation,
            country=country,
        )

        def with_it(known: tuple[Admitted, ...]) -> tuple[Admitted, ...]:
            if any(one.name == name for one in known):
                raise ReaderExists(name)
            return (*known, new)

        self._register.change(with_it)
        return token

    def remove(self, name: str) -> None:
        """Raises `ReaderMissing`."""

        def without_it(known: tuple[Admitted, ...]) -> tuple[Admitted, ...]:
            kept = tuple(one for one in known if one.name != name)
            if kept == known:
                raise ReaderMissing(name)
            return kept

        self._register.change(without_it)

    def of_token(self, token: str) -> Reader:
        """Raises `TokenUnknown`."""
        return self.admitted(token).reader()

    def admitted(self, token: str) -> Admitted:
        """Raises `TokenUnknown`."""
        found = self._register.known().get(_digest(token))
        if found is None:
            raise TokenUnknown
        return found


def _digest(token: str) -> str:
    """Tokens are 256 random bits: a plain hash cannot be searched."""
    return hashlib.sha256(token.encode(errors="replace")).hexdigest()
