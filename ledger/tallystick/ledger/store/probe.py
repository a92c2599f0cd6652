"""Whether the database takes a durable write, tried without changing anything.

It must be a real one: a full disk, a file system that has become read-only and a standby show themselves
only when something is written and flushed.
"""

from __future__ import annotations

from sqlalchemy import Connection

from tallystick.ledger.errors import TallystickError

_message = "SELECT pg_logical_emit_message(true, 'tallystick', 'probe')"


class StoreReadOnly(TallystickError):
    code = "store-read-only"
    status = 503
    title = "The database takes no writes"
    advice = "It is a standby or was made read-only: point TALLYSTICK_DATABASE_URL at the primary."


def write(connection: Connection) -> None:
    """Write in this transaction; its commit then tells. Raises `StoreReadOnly`."""
    if connection.dialect.name == "sqlite":
        # Written even if it stays the same, and so flushed to the write-ahead log at commit.
        known = connection.exec_driver_sql("PRAGMA user_version").scalar_one()
        connection.exec_driver_sql(f"PRAGMA user_version = {int(known)}")
        return
    if connection.exec_driver_sql("SHOW transaction_read_only").scalar_one() == "on":
        raise StoreReadOnly
    # A standby that is away is told by the writes themselves; this asks the server's own disk.
    connection.exec_driver_sql("SET LOCAL synchronous_commit = local")
    connection.exec_driver_sql(_message)
