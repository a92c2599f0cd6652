"""A populated log for the tests of the registry."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.ledger.world import World


@pytest.fixture
def world(tmp_path: Path, sqlite_url: str) -> World:
    made = World(sqlite_url, tmp_path / "home")
    made.populate()
    return made
