from __future__ import annotations

from collections.abc import Iterator

import pytest
from tests.app.joining.rig import Rig, rigged
from tests.app.webhooks.rig import Hooked, hooked, warehouse
from tests.identity.people.firm import add, first


@pytest.fixture(scope="module")
def firm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rig]:
    home = tmp_path_factory.mktemp("webhooks")
    with rigged(home, f"sqlite:///{home / 'ledger.sqlite3'}") as rig:
        assert add(rig.world, first, warehouse.person, "warehouse") == "accepted"
        rig.world.add_key(first, warehouse.person)
        yield rig


@pytest.fixture
def place(firm: Rig) -> Iterator[Hooked]:
    with hooked(firm) as found:
        yield found
