"""Entries that a mirror saw, until they stand in the log or were refused."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, delete, func, select, update

from tallystick.ledger.store import bulk, tables


@dataclass(frozen=True, slots=True)
class SightingRow:
    """`submission`: the request that carries the entry; `answer`: the operator's last word on it, by its code.

    `index`: where it stands in the log, once it does.
    """

    author: str
    id: str
    seen: str
    leaf_hash: bytes
    statement: str
    submission: bytes | None
    answer: str | None
    index: int | None


class Sightings:
    """Queries and writes on the table in one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, rows: Sequence[SightingRow]) -> None:
        told = [
            (r.author, r.id, r.seen, r.leaf_hash, r.statement, r.submission, r.answer, r.index)
            for r in rows
        ]
        bulk.insert(self._connection, tables.sighting, told)

    def known(self, names: Sequence[tuple[str, str]]) -> dict[tuple[str, str], SightingRow]:
        """Those of these entries, by (author, id)."""
        rows = bulk.matching(self._connection, tables.sighting, ["author", "entry_id"], names)
        return {(row[0], row[1]): _row(row) for row in rows}

    def open(self, limit: int, before: str | None = None) -> list[SightingRow]:
        """Oldest first: those not in the log and not refused; with `before`, seen before that instant."""
        s = tables.sighting.c
        query = select(tables.sighting).where(s.idx.is_(None), s.submission.is_not(None))
        if before is not None:
            query = query.where(s.seen < before)
        rows = self._connection.execute(query.order_by(s.seen, s.author, s.entry_id).limit(limit))
        return [_row(tuple(row)) for row in rows]

    def open_names(self, limit: int) -> list[tuple[str, str]]:
        """(author, id) of those in `open`."""
        s = tables.sighting.c
        query = select(s.author, s.entry_id).where(s.idx.is_(None), s.submission.is_not(None))
        rows = self._connection.execute(query.order_by(s.seen).limit(limit))
        return [(row.author, row.entry_id) for row in rows]

    def count_open(self) -> int:
        s = tables.sighting.c
        query = select(func.count()).where(s.idx.is_(None), s.submission.is_not(None))
        return self._connection.scalar(query) or 0

    def answered(self, author: str, entry_id: str, answer: str, *, closed: bool) -> None:
        """The operator's word; `closed`: it refused the entry, and need not take it in any more."""
        self._set(author, entry_id, {"answer": answer} | ({"submission": None} if closed else {}))

    def settled(self, author: str, entry_id: str, index: int) -> None:
        """It stands in the log: the request that carried it is not needed any more."""
        self._set(author, entry_id, {"idx": index, "submission": None})

    def drop_settled(self, before: str) -> None:
        """Forget what was settled or refused long ago."""
        s = tables.sighting.c
        gone = delete(tables.sighting).where(s.submission.is_(None), s.seen < before)
        self._connection.execute(gone)

    def _set(self, author: str, entry_id: str, values: Mapping[str, object]) -> None:
        s = tables.sighting.c
        self._connection.execute(
            update(tables.sighting)
            .where(s.author == author, s.entry_id == entry_id)
            .values(dict(values))
        )


def _row(row: Sequence[Any]) -> SightingRow:
    author, entry_id, seen, leaf_hash, statement, submission, answer, index = row
    carried = None if submission is None else bytes(submission)
    return SightingRow(author, entry_id, seen, bytes(leaf_hash), statement, carried, answer, index)
