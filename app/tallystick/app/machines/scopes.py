"""Scopes: `part:read` and `part:write`, and which of them each route asks for.

What is in no line of the table shows things of any part, as pages do: it asks for every `:read`.
"""

from __future__ import annotations

from collections.abc import Iterable

parts = ("finance", "identity", "ledger", "trace")
scopes: dict[str, str] = {
    f"{part}:{verb}": f"{said} what {part} keeps"
    if part != "ledger"
    else f"{said} entries and proofs"
    for part in parts
    for verb, said in (("read", "Read"), ("write", "Write"))
}
every_read = frozenset(f"{part}:read" for part in parts)
#: Beginnings of routes, the longer ones first.
of_part: dict[str, str] = {
    "/v1/bundles/items": "trace", "/v1/bundles/certificates": "finance", "/v1/bundles/entries": "ledger",
    "/v1/entries": "ledger", "/v1/receipts": "ledger", "/v1/erasures": "ledger", "/log": "ledger",
    "/api/handles": "identity", "/api/prefixes": "identity", "/api/names": "identity",
    "/hrls": "identity", "/v1/records": "identity", "/v1/handles": "identity", 
    "/v1/contests": "identity", "/v1/contents": "identity", "/v1/templates": "identity", "/{key": "identity",
    "/trace": "trace", "/finance": "finance",
}  # fmt: skip
#: Nothing of anybody's is there: no scope is asked for.
of_nobody = (
    "/healthz", "/readyz", "/metrics", "/.well-known", "/oauth", "/openapi.json", "/docs", "/redoc", "/static",
    "/verify", "/api/sessions", "/v1/schemes",
    "/epcis/validate",
)  # fmt: skip
_reading = frozenset({"GET", "HEAD", "OPTIONS"})


def needed(method: str, path: str) -> frozenset[str]:
    """The scopes that a route asks for; `path` as it was declared."""
    if any(_begins(path, one) for one in of_nobody):
        return frozenset()
    part = part_of(path)
    if part is None:
        return every_read
    verb = "read" if method in _reading else "write"
    return frozenset({f"{part}:{verb}"})


def part_of(path: str) -> str | None:
    """The part whose things a route shows, or None for one that shows all of them, or none."""
    for beginning, part in of_part.items():
        if _begins(path, beginning):
            return part
    return None


def of_types(types: Iterable[str]) -> frozenset[str]:
    """What a key may that signs these entry types: exact names, `part.*` or `*`."""
    named = {one.partition(".")[0] for one in types}
    allowed = parts if "*" in named else [part for part in parts if part in named]
    return frozenset(f"{part}:{verb}" for part in allowed for verb in ("read", "write"))


def _begins(path: str, beginning: str) -> bool:
    return path == beginning or path.startswith(tuple(f"{beginning}{end}" for end in "/:}"))
