"""Copies of a log that a verifier may hold: a store, or a full export in a folder."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Protocol

from tallystick.ledger import merkle
from tallystick.ledger.export.read import Export
from tallystick.ledger.reader import LogReader
from tallystick.ledger.replayed import Record
from tallystick.ledger.rules import RuleSet
from tallystick.ledger.store import Store
from tallystick.ledger.tiles import node_reader

Hashes = list[bytes]
tiles_kept = 4096


class Tree(Protocol):
    """The tree of a log: roots, and where its first leaves lead."""

    def root_at(self, size: int) -> bytes: ...

    def consistency(self, first: int, second: int) -> Hashes: ...


class Copy(Tree, Protocol):
    """Leaves with bodies, as far as it has them, and the newest checkpoint over them."""

    def records(self) -> Iterator[Record]: ...

    def newest(self) -> tuple[int, str]:
        """(size, note); size 0 before the first."""
        ...

    def inclusion_path(self, index: int, size: int) -> Hashes: ...


class StoreCopy:
    """A database."""

    def __init__(self, store: Store, rules: RuleSet) -> None:
        self._store = store
        self._reader = LogReader(store, rules)

    def records(self) -> Iterator[Record]:
        with self._store.read() as transaction:
            for page in transaction.pages():
                bodies = {body.index: body for body in page.bodies}
                for row in page.entries:
                    body = bodies.get(row.index)
                    salt, data = (body.salt, body.data) if body else (None, None)
                    yield Record(row.index, row.leaf, salt, data)

    def newest(self) -> tuple[int, str]:
        with self._reader.open() as snapshot:
            return snapshot.checkpoint() or (0, "")

    def inclusion_path(self, index: int, size: int) -> Hashes:
        with self._reader.open() as snapshot:
            return snapshot.inclusion(index, size)[1]

    def root_at(self, size: int) -> bytes:
        with self._reader.open() as snapshot:
            return snapshot.root_at(size)

    def consistency(self, first: int, second: int) -> Hashes:
        with self._reader.open() as snapshot:
            return snapshot.consistency(first, second)


class ExportCopy:
    """An export. For its tree alone it need not be full; for its records it must."""

    def __init__(self, export: Export, rules: RuleSet) -> None:
        self._export = export
        self._rules = rules
        self._node = node_reader(lru_cache(tiles_kept)(lambda level, n: export.tile(level, n)[1]))

    def records(self) -> Iterator[Record]:
        return self._export.records(self._rules)

    def newest(self) -> tuple[int, str]:
        return self._export.size, self._export.note

    def inclusion_path(self, index: int, size: int) -> Hashes:
        return merkle.inclusion_proof(self._node, index, size)

    def root_at(self, size: int) -> bytes:
        return merkle.tree_root(self._node, size)

    def consistency(self, first: int, second: int) -> Hashes:
        return merkle.consistency_proof(self._node, first, second)
