"""A desk on SQLite."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.app.minting.desk import Desk


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    monkeypatch.setenv("TALLYSTICK_HOME", str(tmp_path))
    monkeypatch.setenv("TALLYSTICK_DATABASE_URL", "")
    monkeypatch.setenv("TALLYSTICK_VERIFY_PROCESSES", "0")
    monkeypatch.setenv("COLUMNS", "200")
    return Desk(tmp_path)
