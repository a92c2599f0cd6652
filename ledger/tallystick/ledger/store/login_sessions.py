"""Who is logged in, for all processes that serve: the digest of a session's name, whose it is, and until when.

A name alone lets its bearer in, so it does not stand here. A row of nobody is a name that was used up.
"""

from __future__ import annotations

from sqlalchemy import Connection, delete, func, select, update
from sqlalchemy.dialects import postgresql, sqlite

from tallystick.ledger.store import tables

_s = tables.login_session.c


class LoginSessions:
    """Queries and writes on the table in one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, digest: str, subject: str | None, ends_ms: int) -> bool:
        """Whether there was none of this name."""
        server = self._connection.dialect.name == "postgresql"
        insert = (postgresql if server else sqlite).insert(tables.login_session)
        row = {"digest": digest, "subject": subject, "ends_ms": ends_ms}
        added = insert.values(row).on_conflict_do_nothing().returning(_s.digest)
        return self._connection.execute(added).one_or_none() is not None

    def set(self, digest: str, subject: str | None, ends_ms: int) -> None:
        """It goes on for somebody, or for nobody."""
        change = update(tables.login_session).where(_s.digest == digest)
        self._connection.execute(change.values(subject=subject, ends_ms=ends_ms))

    def find(self, digest: str) -> tuple[str | None, int] | None:
        """(whose it is, until when); None if nobody used the name."""
        row = self._connection.execute(
            select(_s.subject, _s.ends_ms).where(_s.digest == digest)
        ).one_or_none()
        return None if row is None else (row.subject, row.ends_ms)

    def forget(self, now_ms: int) -> int:
        """Those that have ended; how many are left."""
        self._connection.execute(delete(tables.login_session).where(_s.ends_ms <= now_ms))
        return self._connection.scalar(select(func.count()).select_from(tables.login_session)) or 0
