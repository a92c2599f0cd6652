"""Documents that came in and lack something: kept beside the log until it is there, or somebody drops them."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, delete, func, select

from tallystick.ledger.store import bulk, tables

_w = tables.waiting_document.c


@dataclass(frozen=True, slots=True)
class WaitingRow:
    """`id`: hex SHA-256 of the bytes; `told`: JSON of whoever keeps the row; `author`: as whom it was sent."""

    organisation: str
    id: str
    author: str
    received: str
    told: str
    data: bytes


class WaitingDocuments:
    """Queries and writes on the table in one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def keep(self, row: WaitingRow) -> None:
        """Once for the same bytes of an organisation; what it lacks is told anew."""
        told = (row.organisation, row.id, row.author, row.received, row.told, row.data)
        bulk.insert(self._connection, tables.waiting_document, [told], upsert=True)

    def of(self, organisation: str, after: str, limit: int) -> list[WaitingRow]:
        """Those of an organisation, by id."""
        query = (
            select(tables.waiting_document)
            .where(_w.organisation == organisation, _w.id > after)
            .order_by(_w.id)
            .limit(limit)
        )
        return [WaitingRow(*row) for row in self._connection.execute(query)]

    def one(self, organisation: str, document: str) -> WaitingRow | None:
        query = select(tables.waiting_document).where(
            _w.organisation == organisation, _w.id == document
        )
        row = self._connection.execute(query).first()
        return None if row is None else WaitingRow(*row)

    def organisations(self) -> list[str]:
        """Whose documents wait."""
        query = select(_w.organisation).distinct().order_by(_w.organisation)
        return [str(row[0]) for row in self._connection.execute(query)]

    def count(self, organisation: str) -> int:
        query = select(func.count()).where(_w.organisation == organisation)
        return self._connection.scalar(query) or 0

    def drop(self, organisation: str, document: str) -> bool:
        done = self._connection.execute(
            delete(tables.waiting_document).where(
                _w.organisation == organisation, _w.id == document
            )
        )
        return done.rowcount == 1
