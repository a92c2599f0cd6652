"""The effects of one act while its rule is still writing them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

from tallystick.ledger import Change, Document, Effects, Key, Overlay, State

#: A document of finance's own kinds, whose fields its writer knows.
Row = Mapping[str, Any]


def row(found: Document | None) -> Row | None:
    return cast("Row | None", found)


class Draft:
    """A state in which the act's own changes are already visible; one change per document."""

    def __init__(self, state: State) -> None:
        self._overlay = Overlay(state)
        self._changes: dict[Key, Change] = {}

    def get(self, kind: str, name: str, part: str = "") -> Document | None:
        return self._overlay.get(kind, name, part)

    def group(self, kind: str, name: str) -> Mapping[str, Document]:
        return self._overlay.group(kind, name)

    def names(self, kind: str, *, after: str = "", limit: int = 100) -> Sequence[str]:
        return self._overlay.names(kind, after=after, limit=limit)

    def row(self, kind: str, name: str, part: str = "") -> Row | None:
        return row(self.get(kind, name, part))

    def rows(self, kind: str, name: str) -> Mapping[str, Row]:
        return cast("Mapping[str, Row]", self.group(kind, name))

    def put(self, kind: str, name: str, value: Row | None, part: str = "") -> None:
        """Write a document, or remove it with None."""
        document = None if value is None else cast(Document, _without_none(value))
        change = Change(kind, name, document, part)
        self._changes[kind, name, part] = change
        self._overlay.apply([change])

    def amend(self, kind: str, name: str, part: str = "", **fields: Any) -> None:
        """Write some fields of a document that exists."""
        self.put(kind, name, {**(self.row(kind, name, part) or {}), **fields}, part)

    def add(self, kind: str, name: str, part: str = "", **amounts: int) -> None:
        """Add to counters of a document that exists."""
        now = self.row(kind, name, part) or {}
        sums = {field: now.get(field, 0) + amount for field, amount in amounts.items()}
        self.put(kind, name, {**now, **sums}, part)

    @property
    def effects(self) -> Effects:
        return list(self._changes.values())


def _without_none(value: Row) -> Row:
    if None not in value.values():
        return value
    return {key: field for key, field in value.items() if field is not None}
