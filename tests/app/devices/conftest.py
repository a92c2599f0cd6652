"""A node over a small log, asked in this process; an administrator with a key of its own, and devices."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.app.devices.desk import Desk


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with Desk.opened(tmp_path) as opened:
        yield opened
