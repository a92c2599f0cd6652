"""A certification body, a supplier that it certifies, and a buyer."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.app.credentials.scene import Scene


@pytest.fixture
def scene(tmp_path: Path, sqlite_url: str) -> Scene:
    return Scene.made(sqlite_url, tmp_path / "home")


@pytest.fixture(scope="module")
def still(tmp_path_factory: pytest.TempPathFactory) -> Scene:
    """One that the tests of a module share, since they write nothing that another would see."""
    folder = tmp_path_factory.mktemp("still")
    return Scene.made(f"sqlite:///{folder / 'log.sqlite'}", folder / "home")
