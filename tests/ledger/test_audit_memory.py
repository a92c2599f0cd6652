"""The signer's memory is what shows that the newest entries are gone; without it the audit says so."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.ledger.world import World

from tallystick.ledger import NotSound


def test_a_missing_memory_is_a_finding(tmp_path: Path, sqlite_url: str) -> None:
    world = World(sqlite_url, tmp_path)
    with world.reader.open() as snapshot:
        found = snapshot.checkpoint()
    assert found is not None
    (tmp_path / "last.json").unlink()
    with pytest.raises(NotSound, match="signer's memory"):
        world.audit()
    assert world.audit(pinned=found[1]).size == found[0]
