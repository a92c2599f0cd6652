"""Two logs, each in a store of its own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from tests import postgres
from tests.app.prefixes.moved import Two, holder_there, other_origin, register
from tests.ledger.world import Seeded, World, root

from tallystick.app.prefixes import carrying


@contextmanager
def _second(request: pytest.FixtureRequest, engine: str, folder: Path) -> Iterator[str]:
    if engine == "sqlite":
        yield f"sqlite:///{folder / 'b.sqlite'}"
        return
    server: postgres.Server = request.getfixturevalue("postgres_server")
    with server.fresh_database() as url:
        yield url


@pytest.fixture(autouse=True)
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(carrying, "records_at_once", 20)


@pytest.fixture
def two(request: pytest.FixtureRequest, database_url: str, tmp_path: Path) -> Iterator[Two]:
    a = World(database_url, tmp_path / "a")
    a.populate()
    with _second(request, database_url.partition(":")[0], tmp_path) as url:
        b = World(url, tmp_path / "b", origin=other_origin, random=Seeded("b"))
        register(b, root, holder_there)
        yield Two(a, b)
