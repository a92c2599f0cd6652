"""A desk's state in a database: every act is read from the tables and written to them, and undone at the end."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager

from tallystick.ledger import Change, Document, RuleSet
from tallystick.ledger.state import Key
from tallystick.ledger.store import Store
from tallystick.ledger.store.state import StateCache, StoredState
from tallystick.ledger.store.transaction import Transaction


class _Undone(Exception):
    pass


class Kept:
    """As `MemoryState`, in the tables of one write transaction that is never committed."""

    def __init__(self, store: Store, rules: RuleSet) -> None:
        self._open: AbstractContextManager[Transaction] = store.write()
        self._transaction = self._open.__enter__()
        self._rules = rules
        self._now = self._fresh()
        self._keys: set[Key] = set()

    def get(self, kind: str, name: str, part: str = "") -> Document | None:
        return self._now.get(kind, name, part)

    def group(self, kind: str, name: str) -> Mapping[str, Document]:
        return self._now.group(kind, name)

    def names(self, kind: str, *, after: str = "", limit: int = 100) -> Sequence[str]:
        return self._now.names(kind, after=after, limit=limit)

    def apply(self, changes: Iterable[Change]) -> None:
        told = list(changes)
        self._keys.update((one.kind, one.name, one.part) for one in told)
        self._now.apply(told)
        self._now.flush()
        self._now = self._fresh()

    def documents(self) -> Iterator[tuple[Key, Document]]:
        for key in sorted(self._keys):
            found = self._now.get(*key)
            if found is not None:
                yield key, found

    def undo(self) -> None:
        try:
            self._open.__exit__(_Undone, _Undone(), None)
        except _Undone:
            return

    def _fresh(self) -> StoredState:
        """Nothing is remembered: what is read next comes from the tables."""
        return StoredState(self._transaction, self._rules, StateCache())
