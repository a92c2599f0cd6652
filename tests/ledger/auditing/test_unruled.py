"""Without rules: what was signed, hashed and sealed is checked; what follows from it is not."""

from __future__ import annotations

import pytest
from tests.ledger.auditing.audits import audited, filled
from tests.ledger.test_audit import Raw
from tests.ledger.world import World

from tallystick.ledger import NotSound


def test_it_counts_what_it_saw(any_world: World) -> None:
    world = filled(any_world)
    ruled, found = audited(world), audited(world, ruled=False)
    assert (found.origin, found.size, found.root) == (ruled.origin, ruled.size, ruled.root)
    assert found.signatures == ruled.signatures > found.size
    assert (found.bodies, found.blocks, found.checkpoints) == (
        ruled.bodies, ruled.blocks, ruled.checkpoints,
    )  # fmt: skip
    assert (found.ruled, found.documents, found.state) == (False, 0, b"")
    assert (found.withheld, found.bodies_withheld, found.signatures_unknown) == (0, 0, 0)


@pytest.mark.parametrize(
    ("table", "column", "named"),
    [
        ("entry", "leaf", "leaf|signature|column"),
        ("entry", "author", "column author"),
        ("entry", "leaf_hash", "column leaf_hash"),
        ("entry", "payload_hash", "column payload_hash"),
        ("body", "data", "body"),
        ("body", "salt", "body"),
        ("tile", "hashes", "table tile"),
        ("tree_state", "root", "tree_state root"),
        ("tree_state", "block_size", "tree_state block_size"),
        ("checkpoint", "note", "checkpoint"),
    ],
)
def test_a_changed_byte_is_named(world: World, table: str, column: str, named: str) -> None:
    filled(world, entries=100)
    raw = Raw(world.store)
    row = raw.rows(table)[-1]
    value = row[column]
    if isinstance(value, bytes):
        bad = value[:-9] + bytes([value[-9] ^ 1]) + value[-8:]
    else:
        bad = value + 1 if isinstance(value, int) else value.replace("0", "1", 1)
    with (
        raw.changed(table, [row], [{**row, column: bad}]),
        pytest.raises(NotSound, match=named),
    ):
        audited(world, ruled=False)


def test_a_removed_entry_is_named(world: World) -> None:
    filled(world)
    raw = Raw(world.store)
    row = raw.rows("entry")[70]
    with raw.changed("entry", [row], []), pytest.raises(NotSound, match="index 70, entry"):
        audited(world, ruled=False)


def test_what_rules_alone_would_find_it_does_not_find(world: World) -> None:
    """That is what the report says, too: a document changed in the store is no business of signatures."""
    filled(world)
    with world.store.write() as transaction:
        transaction.put_documents([("note", "99.100/O-NOBODY0000000", "", '{"text":"x"}')])
    assert audited(world, ruled=False).size > 0
    with pytest.raises(NotSound, match="table document"):
        audited(world)


def test_a_foreign_checkpoint_is_named(world: World) -> None:
    filled(world)
    with world.reader.open() as snapshot:
        note = (snapshot.checkpoint() or (0, ""))[1]
    assert audited(world, ruled=False, pinned=note).size > 0
    foreign = note.replace("log.example", "elsewhere.example")
    with pytest.raises(NotSound, match="the checkpoint given"):
        audited(world, ruled=False, pinned=foreign)
