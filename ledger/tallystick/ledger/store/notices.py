"""How far each person has seen its notices, and how far they were mailed; what they say follows from the log."""

from __future__ import annotations

from sqlalchemy import Connection, select

from tallystick.ledger.store import bulk, tables

_n = tables.notice_seen.c
never = -1


class NoticeMarks:
    """Queries and writes on the table in one transaction. Indexes of entries; `never` before the first."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def of(self, person: str) -> tuple[int, int]:
        """Up to which index seen, and up to which mailed."""
        query = select(_n.idx, _n.mailed).where(_n.person == person)
        row = self._connection.execute(query).one_or_none()
        return (never, never) if row is None else (row[0], row[1])

    def see(self, person: str, index: int) -> None:
        """Never back."""
        seen, mailed = self.of(person)
        self._put(person, max(seen, index), mailed)

    def mail(self, person: str, index: int) -> None:
        """Never back."""
        seen, mailed = self.of(person)
        self._put(person, seen, max(mailed, index))

    def _put(self, person: str, seen: int, mailed: int) -> None:
        done = self._connection.execute(
            tables.notice_seen.update().where(_n.person == person).values(idx=seen, mailed=mailed)
        )
        if done.rowcount == 0:
            bulk.insert(self._connection, tables.notice_seen, [(person, seen, mailed)])
