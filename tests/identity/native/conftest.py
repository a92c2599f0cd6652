"""A log with records, and a node that answers from it by UDP and TCP."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.identity.native.rig import populate, serving
from tests.ledger.world import World


@pytest.fixture
def populated(tmp_path: Path, database_url: str) -> World:
    world = World(database_url, tmp_path / "home")
    world.populate()
    populate(world)
    return world


@pytest.fixture
def here(world: World) -> Iterator[tuple[World, int]]:
    populate(world)
    with serving(world) as port:
        yield world, port
