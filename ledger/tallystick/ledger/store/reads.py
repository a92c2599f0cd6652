"""Rows of the read log, and whose things they are about."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, delete, func, select

from tallystick.ledger.store import bulk, tables

_r, _p = tables.read_row.c, tables.read_party.c


@dataclass(frozen=True, slots=True)
class KeptRead:
    """A row as it is kept. `day`: under which it is hashed; `reader`: the organisation that read, or nothing."""

    day: str
    row_id: str
    at_ms: int
    reader: str
    parties: tuple[str, ...]
    data: bytes


class Reads:
    """Queries and writes on the tables in one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, rows: Sequence[KeptRead]) -> None:
        told = [(one.day, one.row_id, one.at_ms, one.data) for one in rows]
        about = [
            (party, one.at_ms, one.row_id, one.day, one.reader)
            for one in rows
            for party in sorted(set(one.parties))
        ]
        bulk.insert(self._connection, tables.read_row, told)
        bulk.insert(self._connection, tables.read_party, about)

    def days(self, before: str) -> list[str]:
        """Days that have rows, oldest first."""
        query = select(_r.day).where(_r.day < before).distinct().order_by(_r.day)
        return [row[0] for row in self._connection.execute(query)]

    def of_day(self, day: str) -> Iterator[tuple[str, bytes]]:
        """(id, row) in the order of the ids."""
        query = select(_r.row_id, _r.data).where(_r.day == day).order_by(_r.row_id)
        for row in self._connection.execute(query):
            yield row[0], bytes(row[1])

    def row(self, row_id: str) -> tuple[str, bytes] | None:
        """(day, row)"""
        query = select(_r.day, _r.data).where(_r.row_id == row_id)
        found = self._connection.execute(query).first()
        return None if found is None else (found[0], bytes(found[1]))

    def about(
        self,
        party: str,
        *,
        own: bool | None,
        first_ms: int,
        last_ms: int,
        after: tuple[int, str] | None,
        limit: int,
        by: str = "",
    ) -> list[tuple[str, bytes]]:
        """(id, row), newest first: who was let see things of an organisation.

        own: by itself alone, or by others alone. by: by this organisation alone. after: (time, id) of the last one of the page before.
        """
        query = (
            select(_p.at, _p.row_id, _r.data)
            .join(tables.read_row, (_r.day == _p.day) & (_r.row_id == _p.row_id))
            .where(_p.party == party, _p.at >= first_ms, _p.at <= last_ms)
        )
        if own is not None:
            query = query.where(_p.reader == party if own else _p.reader != party)
        if by:
            query = query.where(_p.reader == by)
        if after is not None:
            at, row_id = after
            query = query.where((_p.at < at) | ((_p.at == at) & (_p.row_id < row_id)))
        query = query.order_by(_p.at.desc(), _p.row_id.desc()).limit(limit)
        return [(row[1], bytes(row[2])) for row in self._connection.execute(query)]

    def by(
        self,
        reader: str,
        *,
        first_ms: int,
        last_ms: int,
        after: tuple[int, str] | None,
        limit: int,
        of: str = "",
    ) -> list[tuple[str, bytes]]:
        """(id, row), newest first: what an organisation was let see of others' things. of: of this one's alone."""
        query = (
            select(_p.at, _p.row_id, _r.data)
            .join(tables.read_row, (_r.day == _p.day) & (_r.row_id == _p.row_id))
            .where(_p.reader == reader, _p.party != reader, _p.at >= first_ms, _p.at <= last_ms)
        )
        if of:
            query = query.where(_p.party == of)
        if after is not None:
            at, row_id = after
            query = query.where((_p.at < at) | ((_p.at == at) & (_p.row_id < row_id)))
        # A look at things of several is one look.
        query = query.distinct().order_by(_p.at.desc(), _p.row_id.desc()).limit(limit)
        return [(row[1], bytes(row[2])) for row in self._connection.execute(query)]

    def count(self) -> int:
        return self._connection.scalar(select(func.count()).select_from(tables.read_row)) or 0

    def drop(self, before: str) -> int:
        """Forget days before this one; how many rows that were."""
        gone = self._connection.execute(delete(tables.read_row).where(_r.day < before)).rowcount
        self._connection.execute(delete(tables.read_party).where(_p.day < before))
        return gone
