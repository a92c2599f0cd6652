"""A populated log with a folder for its batches."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.identity.minting.minted import Mint
from tests.ledger.world import World


@pytest.fixture
def world(request: pytest.FixtureRequest, tmp_path: Path) -> World:
    """On SQLite, or where `on_both` says."""
    engine = "postgres" if getattr(request, "param", "sqlite") == "postgresql" else "sqlite"
    made = World(request.getfixturevalue(f"{engine}_url"), tmp_path / "home")
    made.populate()
    return made


@pytest.fixture
def mint(world: World, tmp_path: Path) -> Mint:
    return Mint.of(world, tmp_path)
