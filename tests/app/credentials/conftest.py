"""A certification body, a supplier that it certifies, and a buyer."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.app.credentials.scene import Scene


@pytest.fixture
def scene(tmp_path: Path, sqlite_url: str) -> Scene:
    return Scene.made(sqlite_url, tmp_path / "home")
