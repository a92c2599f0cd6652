"""A populated log for the tests of the registry."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.ledger.world import World


@pytest.fixture
def world(tmp_path: Path, sqlite_url: str) -> Iterator[World]:
    made = World(sqlite_url, tmp_path / "home")
    made.populate()
    yield made
    # Some thousand tests with an open database each are more files than a process should have.
    made.store.close()
