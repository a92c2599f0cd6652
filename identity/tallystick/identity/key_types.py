"""Which entry types a key signs: those of its registration, and its own replacement."""

from __future__ import annotations

from collections.abc import Sequence

#: A key signs along when it is rotated.
rotate_type = "identity.key.rotate/1"


def signing_types(types: Sequence[str]) -> tuple[str, ...]:
    """What a key may sign: beside what its registration says, its own replacement."""
    return (*types, rotate_type) if types else ()


def beyond(types: Sequence[str], allowed: Sequence[str]) -> list[str]:
    """Those entry types and patterns (`part.*`, `*`) that a list of them does not cover."""
    return [one for one in types if not _within(one, allowed)]


def _within(one: str, types: Sequence[str]) -> bool:
    wide = ("*" in types, one in types)
    return any(wide) or any(t.endswith(".*") and one.startswith(t[:-1]) for t in types)
