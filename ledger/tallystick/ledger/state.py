"""What rules read and what they change.

The state of the ledger is an ordered map from (kind, name, part) to a JSON document. Documents of one
kind and name form a *group* that is read as a whole: a certificate's holdings, an item's history. Most
kinds have a single document for a name, with the empty part.

A rule returns *effects*: a list of `Change`s. They are hashed into the log's `state` (formats §3), so
their shape is fixed for a type version; the tables that hold them are not.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from tallystick.ledger.canonical import Document
from tallystick.ledger.values import hot_value

Key = tuple[str, str, str]


@hot_value
class Change:
    """One document as it stands after an entry; `value` None removes it."""

    kind: str
    name: str
    value: Document | None
    part: str = ""


Effects = Sequence[Change]
IndexKeys = Callable[[str, str, Document], Iterable[str]]
#: (kind, name) in the map of heads.
HeadName = tuple[str, str]
HeadNames = Callable[[str, str, Document | None], Iterable[HeadName]]


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of document, and the indexes by which readers find it.

    An index maps (name, part, document) to the keys under which the document is found. Indexes are
    derived from documents alone, serve readers only, and are never seen by a rule. `by_name`: the keys
    follow from name and part, whatever the document says, so that a change need not read what was there.
    heads: the names that an entry touches in the map of heads (formats §3) when it changes a document, from
    (name, part, document or None).
    """

    name: str
    indexes: Mapping[str, IndexKeys] = field(default_factory=dict)
    by_name: bool = False
    heads: HeadNames | None = None


class State(Protocol):
    """What a rule may read. Documents are shared: never change one in place."""

    def get(self, kind: str, name: str, part: str = "") -> Document | None:
        """The document, or None."""
        ...

    def group(self, kind: str, name: str) -> Mapping[str, Document]:
        """All documents of one kind and name by part, in the order of their parts.

        As they stand until the state is next changed; never change them.
        """
        ...

    def names(self, kind: str, *, after: str = "", limit: int = 100) -> Sequence[str]:
        """Names of a kind in the order of their code points, behind `after`.

        By this a rule knows that it has left nothing out. It costs a search: only what is rare asks for it.
        """
        ...


@dataclass(frozen=True, slots=True)
class Found:
    """A document as a reader gets it."""

    kind: str
    name: str
    part: str
    value: Document


class View(State, Protocol):
    """What a reader (a page, an endpoint, a report) may ask beyond what a rule may."""

    def find(
        self, index: str, key: str, *, after: tuple[str, str] | None = None, limit: int = 100
    ) -> Sequence[Found]:
        """Documents under `key` of an index, ordered by (name, part), after the given one."""
        ...

    def below(self, kind: str, name: str, before: str = "", limit: int = 100) -> Sequence[Found]:
        """Documents of a group, those with the greatest parts first; with `before` only parts below it."""
        ...

    def count(self, index: str, key: str) -> int:
        """How many documents stand under `key` of an index."""
        ...

    def keys(
        self,
        index: str,
        start: str,
        end: str,
        *,
        after: tuple[str, str, str] | None = None,
        limit: int = 100,
    ) -> Sequence[tuple[str, str, str]]:
        """(key, name, part) in an index with start <= key < end, in this order, after the given one."""
        ...


def in_order(group: dict[str, Document]) -> dict[str, Document]:
    """The group in the order of its parts: itself, where it is; most have gained a part or two since."""
    parts = sorted(group)
    return group if parts == list(group) else {part: group[part] for part in parts}


class _Names(Protocol):
    def __call__(self, kind: str, *, after: str, limit: int) -> Sequence[str]: ...


def names_over(
    state: State, under: _Names, kind: str, touched: Iterable[str], after: str, limit: int
) -> Sequence[str]:
    """Names of a state that is others over `under`, of which `touched` may have come or gone."""
    mine = {name for name in touched if name > after}
    here = {name for name in mine if state.group(kind, name)}
    gone = mine - here
    kept = set(under(kind, after=after, limit=limit + len(gone))) - gone
    return sorted(kept | here)[:limit]


class MemoryState:
    """A whole state in memory: for replay, mirrors and property tests."""

    def __init__(self) -> None:
        self._groups: dict[tuple[str, str], dict[str, Document]] = {}

    def get(self, kind: str, name: str, part: str = "") -> Document | None:
        group = self._groups.get((kind, name))
        return None if group is None else group.get(part)

    def group(self, kind: str, name: str) -> Mapping[str, Document]:
        group = self._groups.get((kind, name))
        if group is None:
            return {}
        self._groups[kind, name] = ordered = in_order(group)
        return ordered

    def names(self, kind: str, *, after: str = "", limit: int = 100) -> Sequence[str]:
        found = (name for which, name in self._groups if which == kind and name > after)
        return heapq.nsmallest(limit, found)

    def apply(self, changes: Iterable[Change]) -> None:
        """Take in the effects of one entry."""
        for change in changes:
            key = (change.kind, change.name)
            if change.value is not None:
                self._groups.setdefault(key, {})[change.part] = change.value
            elif (group := self._groups.get(key)) is not None:
                group.pop(change.part, None)
                if not group:
                    del self._groups[key]

    def documents(self) -> Iterable[tuple[Key, Document]]:
        """Every document, ordered by key."""
        for kind, name in sorted(self._groups):
            for part, value in sorted(self._groups[kind, name].items()):
                yield (kind, name, part), value


class Overlay:
    """A state with changes laid over it, for one entry judged by several rules."""

    def __init__(self, under: State) -> None:
        self._under = under
        self._changes: dict[Key, Document | None] = {}

    def get(self, kind: str, name: str, part: str = "") -> Document | None:
        key = (kind, name, part)
        return self._changes[key] if key in self._changes else self._under.get(kind, name, part)

    def group(self, kind: str, name: str) -> Mapping[str, Document]:
        under = self._under.group(kind, name)
        changed = {k[2]: v for k, v in self._changes.items() if k[:2] == (kind, name)}
        if not changed:
            return under
        merged: dict[str, Document | None] = {**under, **changed}
        return {part: value for part, value in sorted(merged.items()) if value is not None}

    def names(self, kind: str, *, after: str = "", limit: int = 100) -> Sequence[str]:
        touched = {key[1] for key in self._changes if key[0] == kind}
        return names_over(self, self._under.names, kind, touched, after, limit)

    def apply(self, changes: Iterable[Change]) -> None:
        for change in changes:
            self._changes[change.kind, change.name, change.part] = change.value
