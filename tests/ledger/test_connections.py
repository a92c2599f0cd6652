"""Connections that a server ended are replaced before anybody notices."""

from __future__ import annotations

from contextlib import closing

import psycopg
from sqlalchemy import make_url

from tallystick.ledger import Store


def test_a_connection_that_the_server_ended_is_replaced(postgres_url: str) -> None:
    """The server restarts between two reads: the second one does not fail on the connection of the first."""
    with closing(Store(postgres_url)) as store:
        store.migrate()
        with store.read() as transaction:
            pid = transaction.connection.exec_driver_sql("SELECT pg_backend_pid()").scalar()
        url = make_url(postgres_url).set(drivername="postgresql")
        with psycopg.connect(url.render_as_string(hide_password=False), autocommit=True) as other:
            ended = other.execute("SELECT pg_terminate_backend(%s, 5000)", (pid,)).fetchone()
        assert ended == (True,)
        with store.read() as transaction:
            again = transaction.connection.exec_driver_sql("SELECT pg_backend_pid()").scalar()
        assert again != pid


def test_sqlite_keeps_its_promises_in_every_connection(sqlite_url: str) -> None:
    with closing(Store(sqlite_url)) as store:
        store.migrate()
        with store.write() as transaction:
            told = {
                name: transaction.connection.exec_driver_sql(f"PRAGMA {name}").scalar()
                for name in ("journal_mode", "synchronous")
            }
    assert told == {"journal_mode": "wal", "synchronous": 2}
