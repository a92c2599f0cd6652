"""A populated log with an administrator of the core enterprise."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.identity.devices.enrolled import copied
from tests.ledger.world import World


@pytest.fixture
def world(tmp_path: Path) -> World:
    return copied(tmp_path)
