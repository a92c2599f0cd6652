"""Second entries for one place in a stream: never appended, and kept as evidence with the first."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import Connection, select, update

from tallystick.ledger.store import bulk, tables

rows_at_once = 10_000
_f = tables.stream_fork.c
_e = tables.entry.c


@dataclass(frozen=True, slots=True)
class ForkRow:
    """Two envelopes; `payload_hash`: hex, of the second's; `index`: of the entry that stopped the device."""

    device: str
    payload_hash: str
    seq: int
    seen: str
    first: bytes
    second: bytes
    index: int | None = None


class Forks:
    """Queries and writes on the table in one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, row: ForkRow) -> None:
        """Once: whoever sends the same again adds nothing."""
        told = (row.device, row.payload_hash, row.seq, row.seen, row.first, row.second, row.index)
        known = select(_f.device).where(
            _f.device == row.device, _f.payload_hash == row.payload_hash
        )
        if self._connection.execute(known).first() is None:
            bulk.insert(self._connection, tables.stream_fork, [told], upsert=True)

    def of(self, device: str, limit: int = 20) -> list[ForkRow]:
        """In the order in which they were seen."""
        query = (
            select(tables.stream_fork)
            .where(_f.device == device)
            .order_by(_f.seen, _f.payload_hash)
            .limit(limit)
        )
        return [ForkRow(*row) for row in self._connection.execute(query)]

    def settled(self, device: str, index: int) -> None:
        """An entry stopped the device: what is kept of it so far led there."""
        open_ones = update(tables.stream_fork).where(_f.device == device, _f.idx.is_(None))
        self._connection.execute(open_ones.values(idx=index))

    def in_stream(self, author: str, seq: int) -> bytes | None:
        """The leaf that has this place in the author's stream. Reads through all entries: there is no index of streams."""
        query = select(tables.entry.c.leaf).where(_e.author == author, _e.seq == seq).limit(1)
        return self._connection.execute(query).scalar()

    def all(self, limit: int = 1000) -> list[ForkRow]:
        """Of all devices, in the order in which they were seen."""
        query = select(tables.stream_fork).order_by(_f.seen, _f.payload_hash).limit(limit)
        return [ForkRow(*row) for row in self._connection.execute(query)]

    def numbered(self) -> Iterator[tuple[int, str, str, str]]:
        """(index, author, outcome, code) of all entries of streams, in order: the whole log, as an audit reads it."""
        query = select(_e.idx, _e.author, _e.outcome, _e.code).where(_e.seq.is_not(None))
        piecewise = {"yield_per": rows_at_once}
        rows = self._connection.execute(query.order_by(_e.idx), execution_options=piecewise)
        for row in rows:
            yield row.idx, row.author, row.outcome, row.code or ""

    def stretch(self, author: str) -> list[tuple[int, int, str]]:
        """(index, seq, outcome) of the author's numbered entries, in order."""
        query = select(_e.idx, _e.seq, _e.outcome).where(_e.author == author, _e.seq.is_not(None))
        rows = self._connection.execute(query.order_by(_e.idx))
        return [(row.idx, row.seq, row.outcome) for row in rows]
