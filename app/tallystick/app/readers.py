"""Readers that an operator let in: who bears a token reads as an auditor or for one organisation.

`readers.json` in the home folder keeps the SHA-256 of each token; the token itself is shown once. Mirrors read
with one. A token for one organisation ends, for it begins what a client or a key of the organisation goes on with;
one for everything ends only if it was given an end, since a mirror or auditor that stops reading is what an operator
with something to hide would like.
"""

from __future__ import annotations

import hashlib
import secrets
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from tallystick.app.registers import Kind, Register
from tallystick.ledger import (
    Clock,
    Instant,
    Reader,
    SystemClock,
    TallystickError,
    auditor_reader,
    from_instant,
    instant,
)

readers_file = "readers.json"
readers_max = 1000
token_days_default, token_days_max = 7, 90
_day_ms = 24 * 3600 * 1000
_prefix = "tally_"


class TokenUnknown(TallystickError):
    code = "token-unknown"
    status = 401
    title = "The token is not one that this node gave, or it was taken back"
    advice = "Ask the operator: `tallystick reader add` makes one."


class TokenExpired(TallystickError):
    code = "token-expired"
    status = 401
    title = "The token's time is over"
    advice = (
        "Go on with a client or a key of the organisation (docs/how-to/connect-a-program.md), or ask the operator "
        "for a new token: `tallystick reader remove`, then `tallystick reader add`."
    )


class TokenDaysRefused(TallystickError):
    code = "token-days-refused"
    status = 422
    title = "A token cannot last so long"
    advice = f"Give it 1 to {token_days_max} days; a program that stays gets a client or a key."


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
    """A reader by name. `organisation` None: it reads everything; `country` None: it stands in the node's own.

    `until`: when its token ends; None: never. Rows that were written before tokens had an end have none.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Annotated[str, Field(pattern=r"^[^\s\x00-\x1f]{1,100}$")]
    token_sha256: Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
    reads: Literal["everything", "as-organisation"]
    organisation: str | None = None
    country: Annotated[str, Field(pattern="^[A-Z]{2}$")] | None = None
    until: Instant | None = None

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

    def __init__(self, home: Path, clock: Clock | None = None) -> None:
        self._register = Register(_kind, home)
        self._clock = clock or SystemClock()

    def all(self) -> tuple[Admitted, ...]:
        """Raises `ReadersDamaged`."""
        return self._register.rows()

    def add(
        self,
        name: str,
        organisation: str | None,
        country: str | None = None,
        days: int | None = None,
    ) -> str:
        """The token of a new reader; `days` as `_until` says. Raises `ReaderExists` and `TokenDaysRefused`."""
        token = _prefix + secrets.token_urlsafe(32)
        new = Admitted(
            name=name,
            token_sha256=_digest(token),
            reads="as-organisation" if organisation else "everything",
            organisation=organisation,
            country=country,
            until=self._until(organisation, days),
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
        """Raises `TokenUnknown` and `TokenExpired`."""
        return self.admitted(token).reader()

    def admitted(self, token: str) -> Admitted:
        """Raises `TokenUnknown` and `TokenExpired`."""
        found = self._register.known().get(_digest(token))
        if found is None:
            raise TokenUnknown
        if found.until is not None and self._clock.now_ms() >= from_instant(found.until):
            raise TokenExpired(f"{found.name} read until {found.until}")
        return found

    def _until(self, organisation: str | None, days: int | None) -> str | None:
        """Without `days` an organisation's token lasts a week, and one for everything has no end."""
        if days is None:
            if organisation is None:
                return None
            days = token_days_default
        if not 1 <= days <= token_days_max:
            raise TokenDaysRefused(f"{days} days")
        return instant(self._clock.now_ms() + days * _day_ms)


def _digest(token: str) -> str:
    """Tokens are 256 random bits: a plain hash cannot be searched."""
    return hashlib.sha256(token.encode(errors="replace")).hexdigest()
