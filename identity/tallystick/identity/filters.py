"""Which values of a record a question asks for: by index or by type; a type ending in `.` takes all its subtypes."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Protocol


class Indexed(Protocol):
    @property
    def index(self) -> int: ...

    @property
    def type(self) -> str: ...


def is_wanted(value: Indexed, indexes: Collection[int], types: Sequence[str]) -> bool:
    """Whether a question with these filters asks for the value; one without filters asks for all."""
    if not indexes and not types:
        return True
    return value.index in indexes or any(is_of(value.type, one) for one in types)


def is_of(kind: str, wanted: str) -> bool:
    """Whether a type is the one that is wanted, or among its subtypes."""
    return kind == wanted or (wanted.endswith(".") and kind.startswith(wanted))
