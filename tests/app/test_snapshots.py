"""The snapshot of a request: taken where it is looked at, let go of when the request ends, whatever happens."""

from __future__ import annotations

import threading
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import pytest
from fastapi import Depends, FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import text
from sqlalchemy.pool import QueuePool

from tallystick.app import problems
from tallystick.app.access import Reading
from tallystick.app.snapshots import SnapshotOfRequest
from tallystick.ledger import LogReader, RuleSet, Store, public_reader


@pytest.fixture
def store(database_url: str) -> Iterator[Store]:
    made = Store(database_url)
    made.migrate()
    yield made
    made.close()


def _client(store: Store, work: Callable[[Reading], Any]) -> TestClient:
    app = FastAPI()
    problems.install(app)
    log = LogReader(store, RuleSet())

    async def reading() -> AsyncIterator[Reading]:
        async with SnapshotOfRequest(log) as snapshot:
            yield Reading(snapshot, public_reader)

    @app.get("/")
    def look(found: Reading = Depends(reading)) -> dict[str, Any]:
        return {"said": work(found)}

    return TestClient(app, raise_server_exceptions=False)


def _lent(store: Store) -> int:
    pool = store.engine.pool
    assert isinstance(pool, QueuePool)
    return pool.checkedout()


def test_it_is_taken_once_and_let_go_of(store: Store) -> None:
    def work(reading: Reading) -> list[int]:
        assert reading.snapshot is reading.snapshot
        return [reading.snapshot.size(), _lent(store)]

    assert _client(store, work).get("/").json() == {"said": [0, 1]}
    assert _lent(store) == 0


def test_a_request_that_never_looks_takes_none(store: Store) -> None:
    assert _client(store, lambda _: _lent(store)).get("/").json() == {"said": 0}


def test_what_fails_while_it_is_open_lets_go_of_it(store: Store) -> None:
    def work(reading: Reading) -> None:
        reading.snapshot.size()
        raise ValueError("a defect")

    assert _client(store, work).get("/").json()["code"] == "unexpected"
    assert _lent(store) == 0


def test_what_the_database_says_gets_its_name(store: Store) -> None:
    def work(reading: Reading) -> None:
        reading.snapshot._transaction.connection.execute(text("SELECT * FROM nowhere"))

    answer = _client(store, work).get("/")
    assert (answer.status_code, answer.json()["code"]) == (503, "store-unusable")
    assert _lent(store) == 0


def test_a_file_is_read_by_the_one_thread_that_answers(sqlite_url: str) -> None:
    """A step from thread to thread costs as much as the resolution, and there were three for each request."""
    store = Store(sqlite_url)
    seen: set[int] = set()
    store.migrate()
    read = store.read

    def watched() -> Any:
        seen.add(threading.get_ident())
        return read()

    store.read = watched  # type: ignore[method-assign]

    def work(reading: Reading) -> bool:
        reading.snapshot.size()
        return seen == {threading.get_ident()}

    assert _client(store, work).get("/").json() == {"said": True}
    store.close()
