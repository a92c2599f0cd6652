"""One sequencer at a time: a lock that lives as long as the process that holds it.

PostgreSQL: an advisory lock of a session, so that a second sequencer anywhere is held off. SQLite: a locked file
beside the database. It holds off a mistake; what fences a process that lost the lock without noticing is its
term (`terms`).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import FileLock, Timeout
from psycopg.errors import LockNotAvailable
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from tallystick.ledger.store.terms import SequencerBusy, SequencerFenced

lock_timeout_s = 2
#: Two keys of PostgreSQL's advisory locks ("TALY", 1): another space than the lock of each transaction.
sequencer_keys = (0x54414C59, 1)
#: A holder whose machine is gone lets go after about 25 seconds.
_keepalive = (
    "SET tcp_keepalives_idle = 10; SET tcp_keepalives_interval = 5; SET tcp_keepalives_count = 3"
)
_wait = f"SET lock_timeout = '{lock_timeout_s}s'"
_lock = f"SELECT pg_advisory_lock({sequencer_keys[0]}, {sequencer_keys[1]})"
_unlock = f"SELECT pg_advisory_unlock({sequencer_keys[0]}, {sequencer_keys[1]})"


class SessionLock:
    """Of a server's session of its own."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._connection: Connection | None = None

    def acquire(self) -> bool:
        """Whether it is ours: a holder that is just ending is waited for."""
        connection = self._engine.connect().execution_options(isolation_level="AUTOCOMMIT")
        try:
            connection.exec_driver_sql(_keepalive)
            connection.exec_driver_sql(_wait)
            connection.exec_driver_sql(_lock)
        except BaseException as error:
            _end(connection)
            if isinstance(getattr(error, "orig", None), LockNotAvailable):
                return False
            raise
        self._connection = connection
        return True

    def keep(self) -> None:
        """See whether the session lives, and take the lock again if not; raises `SequencerFenced`."""
        if self._connection is not None:
            try:
                self._connection.exec_driver_sql("SELECT 1")
                return
            except DBAPIError:
                self.release()
        if not self.acquire():
            raise SequencerFenced("the lock was lost with the database's session, and is another's")

    def release(self) -> None:
        """When this returns the next may have it. A server's session ends some time after its connection."""
        connection, self._connection = self._connection, None
        if connection is not None:
            # A session that is gone has let go already.
            with suppress(SQLAlchemyError):
                connection.exec_driver_sql(_unlock)
            _end(connection)


def _end(connection: Connection) -> None:
    """The session had settings of its own; the pool makes a new one."""
    connection.invalidate()
    connection.close()


@contextmanager
def locked_file(path: Path) -> Iterator[None]:
    """Raises `SequencerBusy`."""
    try:
        with FileLock(path).acquire(timeout=lock_timeout_s):
            yield
    except Timeout:
        raise SequencerBusy(str(path)) from None
