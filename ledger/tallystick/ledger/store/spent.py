"""What counts once until a time: nonces of requests, ids of assertions, tokens that were taken back."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, delete, select
from sqlalchemy.dialects import postgresql, sqlite

from tallystick.ledger.store import tables

_s = tables.spent.c


class Spent:
    """Queries and writes on the table in one transaction. Times are milliseconds since 1970."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def take(self, rows: Sequence[tuple[str, str, int]]) -> list[bool]:
        """For each (kind, name, until) whether it was not spent before. Of two alike, the first."""
        server = self._connection.dialect.name == "postgresql"
        insert = (postgresql if server else sqlite).insert(tables.spent)
        once = insert.on_conflict_do_nothing(index_elements=[_s.kind, _s.name]).returning(_s.name)
        # In one order, so that two processes do not wait for each other in turn.
        taken = [False] * len(rows)
        for position in sorted(range(len(rows)), key=lambda one: (rows[one][:2], one)):
            kind, name, until = rows[position]
            row = {"kind": kind, "name": name, "until": until}
            taken[position] = self._connection.execute(once, row).first() is not None
        return taken

    def names(self, kind: str, now_ms: int) -> set[str]:
        """Those of a kind whose time is not over."""
        query = select(_s.name).where(_s.kind == kind, _s.until > now_ms)
        return set(self._connection.execute(query).scalars())

    def forget(self, now_ms: int) -> int:
        """Those whose time is over; how many that were."""
        return self._connection.execute(delete(tables.spent).where(_s.until <= now_ms)).rowcount
