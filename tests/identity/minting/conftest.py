"""A populated log with a folder for its batches."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.identity.minting.minted import Mint
from tests.ledger.world import World


@pytest.fixture
def mint(world: World, tmp_path: Path) -> Mint:
    return Mint.of(world, tmp_path)
