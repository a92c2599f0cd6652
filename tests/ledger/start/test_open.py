"""A real log opened after every kind of stop, on both databases."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tests.ledger.test_audit import Raw
from tests.ledger.world import World, key, log, rules_with_notes

from tallystick.identity import Directory
from tallystick.ledger import (
    Checkpoint,
    DataLost,
    FileMemory,
    Store,
    StoreDamaged,
    auditor_reader,
    export,
    start,
)
from tallystick.ledger.signer import SignerMemoryLost
from tallystick.ledger.start import HistoryDiffers


def newest(world: World) -> str:
    with world.reader.open() as snapshot:
        found = snapshot.checkpoint()
    assert found is not None
    return found[1]


def claim(world: World, note: str) -> start.Claim:
    return start.claim_by(note, start.Known.by(world.store, world.rules), "a witness")


def older(world: World, path: Path) -> World:
    """A copy of the store and of the signer's memory as they are now."""
    copied = Store(f"sqlite:///{path / 'older.sqlite'}")
    world.store.copy_to(copied)
    copied.close()
    FileMemory(path / "older" / "last.json").save(*world.memory.load())
    return World(copied.url, path / "older", rules_with_notes(), existing=True)


def test_a_start_seals_what_was_committed_before_anything_else(any_world: World) -> None:
    world = any_world
    world.ledger.seal()
    world.append(world.mint(3))
    world.restart()
    assert world.ledger.started is not None
    assert world.ledger.started.told() == "integrate: 3 entries were committed and not sealed"
    with world.reader.open() as snapshot:
        found = snapshot.checkpoint()
        assert found is not None
        assert found[0] == snapshot.size()
    world.restart()
    assert world.ledger.started.told() == "go on"
    world.audit()


def test_a_checkpoint_that_was_signed_and_not_stored_is_stored(any_world: World) -> None:
    world = any_world
    world.ledger.seal()
    signed, raw = newest(world), Raw(world.store)
    size, _ = world.memory.load()
    row = next(r for r in raw.rows("checkpoint") if r["size"] == size)
    raw.replace("checkpoint", [row], [])
    world.restart()
    assert world.ledger.started is not None
    assert f"checkpoint {size} was signed and not stored" in world.ledger.started.told()
    assert newest(world) == signed, "the same bytes: nobody can hold two of them against the log"


def test_the_newest_entries_gone_with_their_checkpoints_stop_the_log(
    world: World, tmp_path: Path
) -> None:
    """Found three ways: by the signer's memory, by a witness, by a checkpoint that somebody kept."""
    world.ledger.seal()
    gone = older(world, tmp_path)
    world.append(world.mint(2))
    world.ledger.seal()
    kept, (size, root) = newest(world), world.memory.load()
    assert start.look(gone.store, gone.rules, gone.memory).told() == "go on"
    with pytest.raises(DataLost, match="a witness has the checkpoint") as seen:
        gone.ledger.open([claim(world, kept)])
    assert seen.value.members == {"size": size}
    gone.memory.save(size, root)
    with pytest.raises(DataLost, match="the signer's memory has the checkpoint") as found:
        gone.restart()
    assert type(found.value) is DataLost
    for command in ("tallystick restore", "tallystick log export", "tallystick log import"):
        assert command in found.value.advice


def test_the_way_back_is_a_mirrors_export(world: World, tmp_path: Path) -> None:
    """The log lost data, a mirror has it: after the import the same signer goes on."""
    world.ledger.seal()
    lost = older(world, tmp_path)
    world.append(world.mint(2))
    world.ledger.seal()
    lost.memory.save(*world.memory.load())
    with pytest.raises(DataLost):
        lost.restart()
    export.export_log(world.store, world.rules, tmp_path / "x", auditor_reader)
    fresh = Store(f"sqlite:///{tmp_path / 'fresh.sqlite'}")
    opened = export.Export(tmp_path / "x")
    export.import_log(opened, fresh, world.rules, Directory(), world.checker)
    back = World(fresh.url, lost.home, rules_with_notes(), existing=True)
    assert back.ledger.started is not None
    assert back.ledger.started.told() == "go on"
    back.append(back.mint(1, 50))
    back.ledger.seal()
    back.audit(newest(world))


def test_another_history_of_the_same_key_stops_the_log(world: World) -> None:
    world.ledger.seal()
    size, _ = world.memory.load()
    forged = Checkpoint(world.origin, size, bytes(32)).sign(key(f"300:{log}").private).encode()
    with pytest.raises(HistoryDiffers, match=f"the first {size} entries are not those"):
        world.ledger.open([claim(world, forged)])


def test_a_memory_behind_is_raised_by_what_the_log_itself_signed(world: World) -> None:
    """Somebody brought back an old `last.json`: nothing between is ever signed again."""
    world.ledger.seal()
    old = world.memory.load()
    world.append(world.mint(1))
    world.ledger.seal()
    signed = world.memory.load()
    world.memory.save(*old)
    world.restart()
    assert world.memory.load() == signed


def test_a_lost_memory_is_named(world: World) -> None:
    world.ledger.seal()
    (world.home / "last.json").unlink()
    with pytest.raises(SignerMemoryLost, match="the database has it"):
        world.restart()


def test_a_database_that_contradicts_itself_is_damaged_and_not_started(any_world: World) -> None:
    world = any_world
    world.ledger.seal()
    raw = Raw(world.store)
    tree, tile = raw.rows("tree_state")[0], raw.rows("tile")[0]
    entry = max(raw.rows("entry"), key=lambda row: row["idx"])
    note = max(raw.rows("checkpoint"), key=lambda row: row["size"])
    flipped = {name: bytes([tree[name][0] ^ 1]) + tree[name][1:] for name in ("root", "frontier")}
    cases: list[tuple[str, dict[str, Any], list[dict[str, Any]]]] = [
        ("tree_state", tree, [{**tree, "root": flipped["root"]}]),
        ("tree_state", tree, [{**tree, "frontier": flipped["frontier"]}]),
        ("tree_state", tree, [{**tree, "frontier": b""}]),
        ("tree_state", tree, [{**tree, "block_size": tree["block_size"] + 1}]),
        ("tree_state", tree, [{**tree, "size": tree["size"] + 1}]),
        ("tile", tile, [{**tile, "hashes": bytes(32) + tile["hashes"][32:]}]),
        ("tile", tile, []),
        ("entry", entry, []),
        ("checkpoint", note, [{**note, "note": note["note"].replace("\n", "\n1", 1)}]),
        ("checkpoint", note, [{**note, "size": note["size"] + 1}]),
        ("checkpoint", note, [{**note, "note": "not a note"}]),
    ]
    for table, row, bad in cases:
        with raw.changed(table, [row], bad), pytest.raises(StoreDamaged) as found:
            world.restart()
        assert "tallystick restore" in found.value.advice
    world.restart()


def test_looking_changes_nothing(world: World) -> None:
    world.ledger.seal()
    world.append(world.mint(1))
    before = (Raw(world.store).rows("tree_state"), world.memory.load())
    assert start.look(world.store, world.rules, world.memory).name == "integrate"
    assert (Raw(world.store).rows("tree_state"), world.memory.load()) == before
