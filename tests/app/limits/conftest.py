"""Served nodes with four banks; each test has certificates of its own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from tests.app.limits.bourse import Bourse, bourse


@pytest.fixture(params=["sqlite", "postgresql"])
def place(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Bourse]:
    name = "sqlite_url" if request.param == "sqlite" else "postgres_url"
    with bourse(tmp_path_factory.mktemp("limits"), request.getfixturevalue(name)) as found:
        yield found
