"""Two logs, each in a store of its own, and their operators."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from rich.console import Console
from tests import postgres
from tests.app.prefixes.moved import Two, holder_there, other_origin, register
from tests.app.prefixes.typed import Typed, there
from tests.ledger.world import Seeded, World, root

from tallystick.app.prefixes import carrying, moving_cli, returning_cli
from tallystick.app.prefixes import cli as prefix_cli


@contextmanager
def _second(request: pytest.FixtureRequest, engine: str, folder: Path) -> Iterator[str]:
    if engine == "sqlite":
        yield f"sqlite:///{folder / 'b.sqlite'}"
        return
    server: postgres.Server = request.getfixturevalue("postgres_server")
    with server.fresh_tables() as url:
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


@pytest.fixture
def two_files(sqlite_url: str, tmp_path: Path) -> Two:
    """As `two`, in files alone."""
    a = World(sqlite_url, tmp_path / "a")
    a.populate()
    url = f"sqlite:///{tmp_path / 'b.sqlite'}"
    b = World(url, tmp_path / "b", origin=other_origin, random=Seeded("b"))
    register(b, root, holder_there)
    return Two(a, b)


@pytest.fixture
def operators(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Typed, Typed]:
    monkeypatch.setenv("TALLYSTICK_VERIFY_PROCESSES", "0")
    for module in (prefix_cli, moving_cli, returning_cli):
        monkeypatch.setattr(module, "console", Console(width=300))
    a = Typed(tmp_path / "a", monkeypatch, "log.example/tests/simulated", "a")
    a.world.populate()
    b = Typed(tmp_path / "b", monkeypatch, there, "b")
    register(b.world, root, holder_there)
    return a, b
