"""Connections that a server ended are replaced before anybody notices."""

from __future__ import annotations

from contextlib import closing

import psycopg
import pytest
from sqlalchemy import make_url
from tests.ledger.world import World

from tallystick.ledger import Store
from tallystick.ledger.store import StoreUnusable


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


def test_what_fails_among_rows_that_go_together_leaves_nothing(any_world: World) -> None:
    """On PostgreSQL the error comes at their end: those behind the one that fails were sent already."""
    world, nobody = any_world, "99.100/O-NOBODY"
    world.append(world.mint(2, 500))
    with world.store.read() as transaction:
        taken = transaction.entry(1)
    assert taken is not None

    def write() -> None:
        with world.store.write() as transaction, transaction.together():
            transaction.put_streams([(nobody, 7, "0" * 64)])
            transaction.add_entries([taken])
            transaction.put_streams([(nobody, 8, "0" * 64)])

    with pytest.raises(StoreUnusable):
        write()
    with world.store.read() as transaction:
        assert transaction.stream(nobody) is None
    (answer,) = world.append(world.mint(1, 510))
    assert world.audit().size == answer.index + 1
