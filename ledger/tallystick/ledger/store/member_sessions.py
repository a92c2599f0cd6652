"""Who is logged in: sessions of people, by the digest of what their browser keeps."""

from __future__ import annotations

from sqlalchemy import Connection, bindparam, delete, func, insert, select

from tallystick.ledger.store import tables

_l = tables.member_session.c
#: Asked at each request of a person: made once.
_named = select(tables.member_session).where(_l.digest == bindparam("named"))
#: digest, person, key reference, began and ends in milliseconds since 1970.
MemberSession = tuple[str, str, str, int, int]


class MemberSessions:
    """Queries and writes on the table in one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, row: MemberSession) -> None:
        names = ("digest", "person", "key", "began", "ends")
        self._connection.execute(
            insert(tables.member_session).values(dict(zip(names, row, strict=True)))
        )

    def get(self, digest: str) -> MemberSession | None:
        row = self._connection.execute(_named, {"named": digest}).one_or_none()
        return None if row is None else (row[0], row[1], row[2], row[3], row[4])

    def count(self, person: str) -> int:
        query = select(func.count()).select_from(tables.member_session).where(_l.person == person)
        return int(self._connection.execute(query).scalar_one())

    def end(self, digest: str) -> None:
        self._connection.execute(delete(tables.member_session).where(_l.digest == digest))

    def end_of(self, person: str) -> int:
        """All of a person; how many that were."""
        return self._connection.execute(
            delete(tables.member_session).where(_l.person == person)
        ).rowcount

    def forget(self, now_ms: int) -> int:
        """Those whose time is over; how many that were."""
        return self._connection.execute(
            delete(tables.member_session).where(_l.ends <= now_ms)
        ).rowcount
