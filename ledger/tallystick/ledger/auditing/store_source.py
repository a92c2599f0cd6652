"""A database that is audited, as it stands in one snapshot."""

from __future__ import annotations

from collections.abc import Iterator

from tallystick.ledger import rebuilt, tiles
from tallystick.ledger.auditing.pieces import StorePiece, spans
from tallystick.ledger.replay import NotSound
from tallystick.ledger.replayed import Record, Replayed
from tallystick.ledger.store import EntryRow, Transaction
from tallystick.ledger.store.audit_rows import count_outside, index_end


class StoreSource:
    """A database, as it stands in one snapshot."""

    def __init__(self, url: str, transaction: Transaction) -> None:
        self.url = url
        self.size = index_end(transaction)
        self._transaction = transaction
        self._counts = {"entry": 0, "body": 0, "attachment": 0}

    def pieces(self, start: int) -> Iterator[StorePiece]:
        for low, high in spans(start, self.size):
            yield StorePiece(self.url, low, high, self._transaction)

    def leaf(self, index: int) -> bytes | None:
        row = self._transaction.entry(index)
        return None if row is None else row.leaf

    def root(self, size: int) -> bytes:
        try:
            return tiles.root(self._transaction.tiles, size)
        except tiles.TilePathRefused as error:
            raise NotSound("table tile", "a tile for every hash", error.detail) from None

    def check(self, row: Record, done: Replayed) -> None:
        """Raises `NotSound` if a column says other than what the leaf and the replay say."""
        self._counts["entry"] += 1
        self._counts["body"] += row.body is not None
        self._counts["attachment"] += len(row.attachments)
        refusal, told = done.outcome.refusal, row.told or ()
        outcome = ("refused", refusal.code) if refusal else ("accepted", None)
        if told == (*outcome, done.time):
            return
        expected = rebuilt.entry_row(done)
        found = dict(zip(_columns, told, strict=True)) if len(told) == len(_columns) else {}
        if not found:
            found = dict(zip(("outcome", "code", "time"), told, strict=True))
        for name, value in found.items():
            if getattr(expected, name) != value:
                raise NotSound(f"column {name}", getattr(expected, name), value, row.index)

    def check_counts(self, since: int) -> None:
        """Raises `NotSound` if a log table holds rows that belong to no entry."""
        for table, seen in self._counts.items():
            found = count_outside(self._transaction, table, since)
            if found != seen:
                raise NotSound(f"rows of table {table}", seen, found)


_columns = tuple(name for name in EntryRow.__dataclass_fields__ if name not in ("index", "leaf"))
