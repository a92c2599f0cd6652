"""Rigs on each database: the mirror's store is of the kind in turn, the log's is SQLite."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.ledger.mirror.rig import Rig
from tests.ledger.world import World


@pytest.fixture
def rig(tmp_path: Path, world: World) -> Rig:
    world.ledger.seal()
    return Rig(world, f"sqlite:///{tmp_path / 'mirror.sqlite'}", tmp_path / "mirror")


@pytest.fixture
def any_rig(tmp_path: Path, database_url: str) -> Rig:
    from tests.ledger.world import rules_with_notes

    world = World(f"sqlite:///{tmp_path / 'log.sqlite'}", tmp_path / "home", rules_with_notes())
    world.populate()
    world.ledger.seal()
    return Rig(world, database_url, tmp_path / "mirror")
