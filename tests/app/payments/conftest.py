"""Served nodes at which banks pay and are notified, on both databases."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from tests.app.settlement.till import Till, till


@pytest.fixture(params=["sqlite", "postgresql"])
def place(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Till]:
    name = "sqlite_url" if request.param == "sqlite" else "postgres_url"
    with till(tmp_path_factory.mktemp("payments"), request.getfixturevalue(name)) as found:
        yield found
