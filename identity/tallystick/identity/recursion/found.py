"""What a Handle server answers to a resolution, in whatever protocol it was asked."""

from __future__ import annotations

from dataclasses import dataclass

from tallystick.identity.views import Value

success, failed, busy, recursion_too_deep = 1, 2, 3, 6
handle_not_found, values_not_found = 100, 200
#: What may be remembered: the other codes speak of a moment, not of a handle.
lasting = frozenset({success, handle_not_found, values_not_found})


@dataclass(frozen=True, slots=True)
class Found:
    """`code` by RFC 3652 §3.1; `proof`: where the origin shows that it is so; `source`: who was asked."""

    code: int
    handle: str
    values: tuple[Value, ...] = ()
    proof: str | None = None
    source: str | None = None


def wanted(value: Value, indexes: tuple[int, ...], types: tuple[str, ...]) -> bool:
    """Whether a question with these filters asks for the value: by either; `URL.` takes all its subtypes."""
    if not indexes and not types:
        return True
    return value.index in indexes or any(
        value.type == one or (one.endswith(".") and value.type.startswith(one)) for one in types
    )


def filtered(found: Found, indexes: tuple[int, ...], types: tuple[str, ...]) -> Found:
    """Of a whole record, what was asked for."""
    if found.code != success:
        return found
    kept = tuple(value for value in found.values if wanted(value, indexes, types))
    code = success if kept else values_not_found
    return Found(code, found.handle, kept, found.proof, found.source)
