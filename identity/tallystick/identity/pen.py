"""Who writes by a plain request: an author whose key the node holds (formats §10)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from tallystick.ledger import Answer, Body


@dataclass(frozen=True, slots=True)
class Said:
    """What an author says: an entry type and its body. `id`: a UUIDv7 that makes a repetition idempotent."""

    type: str
    body: Body
    id: str | None = None


class Pen(Protocol):
    """Signs for one author that has shown who it is, and hands the entries to the log.

    A router is given a dependency that yields one, or raises a `TallystickError` of status 401 or 403.
    """

    @property
    def author(self) -> str: ...

    @property
    def organisation(self) -> str:
        """The organisation for which the author speaks."""
        ...

    def write(self, said: Sequence[Said]) -> list[Answer]:
        """One answer for each, in order, after they are durable; a refused one does not hold up the others."""
        ...
