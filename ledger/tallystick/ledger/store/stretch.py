"""A stretch of entries with all that lies beside them, in a few queries: for exports and searches."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import select

from tallystick.ledger.store import tables
from tallystick.ledger.store.attached import Held
from tallystick.ledger.store.transaction import (
    BodyRow,
    EntryRow,
    Transaction,
    page_rows_max,
)

#: Attachments are as large as they like: so few of them are in memory together.
attachments_at_once = 16


@dataclass(frozen=True, slots=True)
class Beside:
    """An entry, its body, its parties, and its attachments in order of their hashes."""

    row: EntryRow
    body: BodyRow | None
    parties: tuple[str, ...]
    attachments: tuple[Held, ...]


@dataclass(frozen=True, slots=True)
class Accepted:
    """An entry that was accepted, with the body that its author signed."""

    index: int
    type: str
    author: str
    time: str
    body: bytes


def accepted(
    transaction: Transaction, types: Sequence[str], start: int, end: int
) -> Iterator[Accepted]:
    """Accepted entries of some types in [start, end) in order, streamed; those whose body is not here are left out."""
    e, b = tables.entry.c, tables.body.c
    told = (e.idx, e.type, e.author, e.time, b.data)
    joined = select(*told).join(tables.body, e.idx == b.idx).order_by(e.idx)
    wanted = joined.where(e.type.in_(types), e.outcome == "accepted")
    for low in range(start, end, page_rows_max):
        within = wanted.where(e.idx >= low, e.idx < min(low + page_rows_max, end))
        for row in transaction.connection.execute(within):
            yield Accepted(row.idx, row.type, row.author, row.time, bytes(row.data))


def stretch(transaction: Transaction, start: int, end: int) -> Iterator[Beside]:
    """Entries of [start, end) in order; a few hundred at a time."""
    bodies = {body.index: body for body in transaction.bodies(start, end)}
    parties: dict[int, list[str]] = {}
    p = tables.entry_party.c
    found = select(p.idx, p.party).where(p.idx >= start, p.idx < end).order_by(p.party)
    for row in transaction.connection.execute(found):
        parties.setdefault(row.idx, []).append(row.party)
    attached = _Attached(transaction, start, end)
    for entry in list(transaction.entries(start, end)):
        index = entry.index
        yield Beside(entry, bodies.get(index), tuple(parties.get(index, ())), attached.of(index))


class _Attached:
    """Attachments of a stretch, read as the entries go by."""

    def __init__(self, transaction: Transaction, start: int, end: int) -> None:
        self._rows = transaction.attached.between(start, end, attachments_at_once)
        self._next = next(self._rows, None)

    def of(self, index: int) -> tuple[Held, ...]:
        """Of this entry, which comes after those asked for before."""
        found: list[Held] = []
        while (row := self._next) is not None and row.index <= index:
            if row.index == index:
                found.append(row)
            self._next = next(self._rows, None)
        return tuple(found)
