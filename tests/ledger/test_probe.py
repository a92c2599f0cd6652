"""Whether a database takes writes is tried by a real one, and side effects are counted as they stand."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import event
from tests.ledger.world import World

from tallystick.ledger import Store
from tallystick.ledger.store.probe import StoreReadOnly


def test_the_probe_writes_and_changes_nothing(any_world: World) -> None:
    before = any_world.audit()
    any_world.store.require_writable()
    assert any_world.audit() == before


def test_on_sqlite_it_reaches_the_write_ahead_log(world: World) -> None:
    """A probe that only took the lock once found a full disk writable."""
    path = world.url.removeprefix("sqlite:///")
    wal = Path(f"{path}-wal")
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        assert wal.stat().st_size == 0
        world.store.require_writable()
        assert wal.stat().st_size > 0


def test_a_server_that_takes_no_writes_is_named(postgres_url: str, tmp_path: Path) -> None:
    store = Store(postgres_url)
    store.require_writable()
    store.engine.dispose()

    def read_only(connection: object, _record: object) -> None:
        with connection.cursor() as cursor:  # type: ignore[attr-defined]
            cursor.execute("SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY")
        connection.commit()  # type: ignore[attr-defined]

    event.listen(store.engine, "connect", read_only)
    with pytest.raises(StoreReadOnly):
        store.require_writable()
    store.close()


def test_side_effects_are_counted_by_job(any_world: World) -> None:
    with any_world.store.write() as transaction:
        for _, key, _, _ in transaction.outbox.waiting(100):
            transaction.outbox.close("log.publish", key, done="then", problem=None)
        for key in ("1", "2", "3"):
            transaction.outbox.add("any.job", key, key)
        transaction.outbox.close("any.job", "2", done=None, problem="in vain")
        transaction.outbox.close("any.job", "3", done="then", problem=None)
    with any_world.store.read() as transaction:
        assert transaction.outbox.counts() == [("any.job", 2, 1)]
