"""Scopes: `part:read` and `part:write`, and which of them each route asks for (`permissions`)."""

from __future__ import annotations

from collections.abc import Iterable

from tallystick.app.permissions import RouteUnknown, resource_of

parts = ("finance", "identity", "ledger", "trace")
scopes: dict[str, str] = {
    f"{part}:{verb}": f"{said} what {part} keeps"
    if part != "ledger"
    else f"{said} entries and proofs"
    for part in parts
    for verb, said in (("read", "Read"), ("write", "Write"))
}
every_read = frozenset(f"{part}:read" for part in parts)
_reading = frozenset({"GET", "HEAD", "OPTIONS"})


def needed(method: str, path: str) -> frozenset[str]:
    """The scopes that a route asks for; `path` as it was declared. A new one that no table names asks for all."""
    try:
        part = resource_of(path).part
    except RouteUnknown:
        part = None
    if part == "nobody":
        return frozenset()
    if part is None:
        return every_read
    verb = "read" if method in _reading else "write"
    return frozenset({f"{part}:{verb}"})


def of_types(types: Iterable[str]) -> frozenset[str]:
    """What a key may that signs these entry types: exact names, `part.*` or `*`."""
    named = {one.partition(".")[0] for one in types}
    allowed = parts if "*" in named else [part for part in parts if part in named]
    return frozenset(f"{part}:{verb}" for part in allowed for verb in ("read", "write"))
