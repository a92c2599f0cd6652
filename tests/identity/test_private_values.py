"""A value that is not public is nowhere public: neither resolved nor in the entry's body."""

from __future__ import annotations

from pathlib import Path

from tests.ledger.world import World, core, node

from tallystick.identity import AddPlaceholder, CreateHandles, HandleRecord, HandleValue
from tallystick.ledger import Body, Reader, auditor_reader, public_reader


def body_for(world: World, index: int, reader: Reader) -> bytes | None:
    with world.reader.open() as snapshot:
        return snapshot.disclose(index, reader).body


def handles(public: bool) -> Body:
    permissions = "1110" if public else "1100"
    value = HandleValue(index=1, type="NOTE", data="for us alone", permissions=permissions)
    suffix = "open" if public else "closed"
    record = HandleRecord(handle=f"99.100.1/{suffix}", values=(value,))
    return CreateHandles(handles=(record,))


def test_bodies_follow_the_values(tmp_path: Path, database_url: str) -> None:
    """Every identity body was once public, private values and counterparties with it."""
    world = World(database_url, tmp_path)
    world.populate()
    shown = world.add(core, "identity.handle.create/1", handles(True)).index
    hidden = world.add(core, "identity.handle.create/1", handles(False)).index
    placeholder = AddPlaceholder(organisation="99.100/O-SOMEBODY", name={"en": "Somebody"})
    known = world.add(core, "identity.placeholder.add/1", placeholder).index
    assert body_for(world, shown, public_reader) is not None
    for index in (hidden, known):
        assert body_for(world, index, public_reader) is None
        assert body_for(world, index, Reader.party(node)) is None
        assert body_for(world, index, Reader.party(core)) is not None
        assert body_for(world, index, auditor_reader) is not None
