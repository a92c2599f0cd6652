"""Programs that ask for organisations: each a row of its id and what the operator told of it, as JSON."""

from __future__ import annotations

from sqlalchemy import Connection, delete, func, insert, select, update

from tallystick.ledger.store import tables

_c = tables.client.c


class ClientRows:
    """Queries and writes on the table in one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def all(self) -> list[tuple[str, str]]:
        """By id."""
        rows = self._connection.execute(select(_c.id, _c.told).order_by(_c.id))
        return [(row[0], row[1]) for row in rows]

    def get(self, client_id: str) -> str | None:
        query = select(_c.told).where(_c.id == client_id)
        return self._connection.execute(query).scalar_one_or_none()

    def count(self) -> int:
        query = select(func.count()).select_from(tables.client)
        return int(self._connection.execute(query).scalar_one())

    def add(self, client_id: str, told: str) -> None:
        self._connection.execute(insert(tables.client).values(id=client_id, told=told))

    def change(self, client_id: str, told: str) -> bool:
        """False: there is none."""
        done = self._connection.execute(
            update(tables.client).where(_c.id == client_id).values(told=told)
        )
        return done.rowcount == 1

    def remove(self, client_id: str) -> bool:
        """False: there was none."""
        done = self._connection.execute(delete(tables.client).where(_c.id == client_id))
        return done.rowcount == 1
