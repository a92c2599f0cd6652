"""Where an audit reads: a log in pieces, each of which another process can read for itself."""

from __future__ import annotations

import pickle
from collections.abc import Iterator
from functools import lru_cache
from typing import Protocol

from tallystick.ledger.replayed import Record
from tallystick.ledger.rules import RuleSet
from tallystick.ledger.store import Store, Transaction
from tallystick.ledger.store.audit_rows import audit_rows

piece_entries = 1024
#: The first pieces are smaller: they are full of keys that no process knows yet.
first_piece_entries = 64


class Piece(Protocol):
    """Some entries in a row. It travels between processes."""

    @property
    def start(self) -> int: ...

    @property
    def end(self) -> int: ...

    def rows(self, rules: RuleSet) -> Iterator[Record]:
        """What the source holds there, in order; an entry may be missing."""
        ...

    def leaf_tile(self, n: int) -> bytes | None:
        """Tile (0, n) as the source has it; None if it comes with none."""
        ...


def spans(start: int, end: int) -> Iterator[tuple[int, int]]:
    """[start, end) cut where tiles end, into larger and larger pieces."""
    low, entries = start, first_piece_entries
    while low < end:
        high = min(end, low + entries - low % entries)
        yield low, high
        low, entries = high, min(piece_entries, max(entries, high // 2 & -first_piece_entries))


class StorePiece:
    """Entries of a database; in the process that audits, by its own snapshot."""

    def __init__(
        self, url: str, start: int, end: int, vault: bytes, own: Transaction | None = None
    ) -> None:
        """`vault` is pickled: it tells other processes where master keys are."""
        self.url, self.start, self.end = url, start, end
        self._vault, self._own = vault, own

    def __reduce__(self) -> tuple[type[StorePiece], tuple[str, int, int, bytes]]:
        return StorePiece, (self.url, self.start, self.end, self._vault)

    def rows(self, rules: RuleSet) -> Iterator[Record]:
        if self._own is not None:
            yield from audit_rows(self._own, self.start, self.end)
            return
        with opened(self.url, self._vault).read() as transaction:
            yield from audit_rows(transaction, self.start, self.end)

    def leaf_tile(self, n: int) -> bytes | None:
        if self._own is not None:
            return self._own.tile(0, n)
        with opened(self.url, self._vault).read() as transaction:
            return transaction.tile(0, n)


@lru_cache(maxsize=2)
def opened(url: str, vault: bytes = b"") -> Store:
    """The database, in a process that only reads it; without `vault` attachments stay sealed."""
    return Store(url, vault=pickle.loads(vault) if vault else None)
