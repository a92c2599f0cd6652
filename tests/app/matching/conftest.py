"""One served node for all tests of the match; each test has orders and invoices of its own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from tests.app.matching.office import Office, office


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    home = tmp_path_factory.mktemp("matching")
    with office(home, f"sqlite:///{home / 'ledger.sqlite3'}") as place:
        place.contract()
        yield place
