"""Worlds for the tests of the ledger."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.ledger.world import World, rules_with_notes


@pytest.fixture
def world(tmp_path: Path, sqlite_url: str) -> Iterator[World]:
    """A populated log on SQLite whose rules know notes."""
    made = World(sqlite_url, tmp_path / "home", rules=rules_with_notes())
    made.populate()
    yield made
    # Some thousand tests with an open database each are more files than a process should have.
    made.store.close()


@pytest.fixture
def any_world(tmp_path: Path, database_url: str) -> Iterator[World]:
    """As `world`, on each database in turn."""
    made = World(database_url, tmp_path / "home", rules=rules_with_notes())
    made.populate()
    yield made
    made.store.close()
