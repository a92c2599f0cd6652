"""What mirrors stated about their erasures: the newest statement of each key."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, func, select

from tallystick.ledger.store import bulk, tables


@dataclass(frozen=True, slots=True)
class StatementRow:
    """`key` is the mirror's vkey; `statement` the DSSE object as text."""

    key: str
    size: int
    scrubbed: int
    statement: str
    received: str


class ErasureStatements:
    """Queries and writes on the table in one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def put(self, key: str, size: int, scrubbed: int, statement: str, received: str) -> None:
        row = (key, size, scrubbed, statement, received)
        bulk.insert(self._connection, tables.erasure_statement, [row], upsert=True)

    def of(self, key: str) -> StatementRow | None:
        query = select(tables.erasure_statement).where(tables.erasure_statement.c.key == key)
        row = self._connection.execute(query).one_or_none()
        return None if row is None else StatementRow(*row)

    def all(self) -> list[StatementRow]:
        query = select(tables.erasure_statement).order_by(tables.erasure_statement.c.key)
        return [StatementRow(*row) for row in self._connection.execute(query)]

    def count(self) -> int:
        query = select(func.count()).select_from(tables.erasure_statement)
        return self._connection.scalar(query) or 0
