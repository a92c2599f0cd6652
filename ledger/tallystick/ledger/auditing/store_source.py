"""A database that is audited, as it stands in one snapshot."""

from __future__ import annotations

import pickle
from collections.abc import Iterator, Sequence

from tallystick.ledger import rebuilt, tiles
from tallystick.ledger.attended import Name
from tallystick.ledger.auditing.pieces import StorePiece, spans
from tallystick.ledger.replay import NotSound
from tallystick.ledger.replayed import Record, Replayed
from tallystick.ledger.store import EntryRow, Transaction
from tallystick.ledger.store.audit_rows import count_outside, index_end
from tallystick.ledger.vault import Vault

log_tables = ("entry", "body", "attachment", "attachment_key")


class StoreSource:
    """A database, as it stands in one snapshot."""

    def __init__(self, url: str, transaction: Transaction, vault: Vault | None) -> None:
        self.url = url
        self._vault = pickle.dumps(vault)
        self.size = index_end(transaction)
        self._transaction = transaction
        self._counts = dict.fromkeys(log_tables, 0)

    def pieces(self, start: int) -> Iterator[StorePiece]:
        for low, high in spans(start, self.size):
            yield StorePiece(self.url, low, high, self._vault, self._transaction)

    def leaf(self, index: int) -> bytes | None:
        row = self._transaction.entry(index)
        return None if row is None else row.leaf

    def record(self, index: int) -> Record | None:
        row, body = self._transaction.entry(index), self._transaction.body(index)
        if row is None or body is None:
            return None
        return Record(index, row.leaf, body.salt, body.data)

    def still_there(self, names: Sequence[Name]) -> Sequence[Name]:
        return self._transaction.attached.still_there(names)

    def root(self, size: int) -> bytes:
        try:
            return tiles.root(self._transaction.tiles, size)
        except tiles.TilePathRefused as error:
            raise NotSound("table tile", "a tile for every hash", error.detail) from None

    def check(self, row: Record, done: Replayed) -> None:
        """Raises `NotSound` if a column says other than what the leaf and the replay say."""
        self._counts["entry"] += 1
        self._counts["body"] += row.body is not None
        held = len(row.attachments) + len(row.unseen)
        self._counts["attachment"] += held
        self._counts["attachment_key"] += held
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
