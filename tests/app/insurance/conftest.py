"""A served node with an insurer, banks and a core; each test has certificates of its own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from tests.app.insurance.house import House, house


@pytest.fixture(params=["sqlite", "postgresql"])
def place(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[House]:
    name = "sqlite_url" if request.param == "sqlite" else "postgres_url"
    with house(tmp_path_factory.mktemp("insurance"), request.getfixturevalue(name)) as found:
        yield found
