"""A populated log with an administrator of the core enterprise."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.identity.devices.enrolled import populated
from tests.ledger.world import World

from tallystick.app.bootstrap import rule_set


@pytest.fixture
def world(tmp_path: Path, sqlite_url: str) -> World:
    return populated(World(sqlite_url, tmp_path / "home", rule_set()))
