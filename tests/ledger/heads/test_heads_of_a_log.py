"""Every block states the map of heads; the log proves what touched a name, and that nothing else did."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from pathlib import Path

import orjson
import pytest
from tests.ledger.world import World, core, key, node, rules_with_notes

from tallystick.identity import RevokeKey
from tallystick.ledger import heads
from tallystick.ledger.heads import HeadProofRefused, HeadsUnknown, MemoryPages, fold, head_value
from tallystick.ledger.reader import Snapshot


def touched_by_hand(snapshot: Snapshot, size: int) -> dict[tuple[str, str], list[bytes]]:
    """Key, handle and organisation of the entries below `size`, read from their bodies."""
    found: dict[tuple[str, str], list[bytes]] = defaultdict(list)
    for index in range(size):
        row = snapshot.row(index)
        if row.outcome != "accepted":
            continue
        body = orjson.loads(snapshot.stored_body(index))
        match row.type:
            case "ledger.genesis/1":
                names = [("organisation", body["root"])]
                names += [
                    ("key", body[one]["key"]) for one in ("log_key", "receipt_key", "root_key")
                ]
                names += [("handle", body["root"].upper()), ("handle", body["log"].upper())]
            case "identity.handle.create/1":
                names = [("handle", record["handle"].upper()) for record in body["handles"]]
            case "identity.key.add/1" | "identity.key.revoke/1":
                names = [("key", body["key"])]
            case _:
                continue
        for name in names:
            found[name].append(row.leaf_hash)
    return found


def world_at(url: str, folder: Path) -> World:
    world = World(url, folder, rules=rules_with_notes())
    world.populate()
    world.ledger.seal()
    return world


def test_a_block_states_the_map_of_all_entries_before_it(database_url: str, tmp_path: Path) -> None:
    world = world_at(database_url, tmp_path)
    for step in range(3):
        world.ledger.append(world.mint(20, start=100 * step))
        world.clock.advance(1500)
        world.ledger.seal()
    with world.reader.open() as snapshot:
        asked = touched_by_hand(snapshot, snapshot.size())
        asked = {name: leaves for name, leaves in asked.items() if name[0] != "handle"}
        assert len(asked) > 5
        for (kind, name), leaves in asked.items():
            found = snapshot.head(kind, name)
            assert list(found.proof.leaves) == leaves, (kind, name)
            found.proof.verify(found.root)
        with world.store.read() as t:
            rows = list(t.rows("head"))
        pages = MemoryPages()
        for kind, name, count, chain, _last in rows:
            value = {heads.head_key(kind, name): head_value(count, chain)}
            pages.pages.update(heads.update(pages, value)[1])
        assert heads.root(pages) == snapshot.head("key", "300:99/none").root


def test_a_revoked_key_cannot_be_shown_as_current(database_url: str, tmp_path: Path) -> None:
    world = world_at(database_url, tmp_path)
    stream = world.add_device(core, "99.100.1/scanner-9")
    world.ledger.seal()
    name = stream.author.key.keyid
    with world.reader.open() as snapshot:
        before = snapshot.head("key", name)
    assert len(before.proof.leaves) == 1
    world.ledger.append(
        [world.write(node, "identity.key.revoke/1", RevokeKey(key=name, reason="stolen"))]
    )
    world.clock.advance(1500)
    world.ledger.seal()
    with world.reader.open() as snapshot:
        now = snapshot.head("key", name)
        assert len(now.proof.leaves) == 2
        assert now.proof.leaves[0] == before.proof.leaves[0]
    with pytest.raises(HeadProofRefused):
        before.proof.verify(now.root)
    hidden = heads.HeadProof("key", name, now.proof.leaves[:1], now.proof.proof)
    with pytest.raises(HeadProofRefused):
        hidden.verify(now.root)


def test_a_name_that_was_never_touched_is_proven_absent(database_url: str, tmp_path: Path) -> None:
    world = world_at(database_url, tmp_path)
    with world.reader.open() as snapshot:
        found = snapshot.head("invoice line", "99.100/O-1#I-1#1")
        assert not found.present
        found.proof.verify(found.root)
        there = snapshot.head("key", key("300:" + node).keyid)
        with pytest.raises(HeadProofRefused):
            heads.HeadProof("key", there.proof.name, (), there.proof.proof).verify(there.root)


def test_a_name_that_the_log_would_write_otherwise_is_refused(tmp_path: Path) -> None:
    world = world_at(f"sqlite:///{tmp_path / 'log.sqlite3'}", tmp_path)
    there = heads.names
    assert set(there) >= {"key", "handle", "organisation", "certificate", "invoice line"}
    with world.store.read() as t, world.reader.open() as snapshot:
        for kind, name, *_ in t.rows("head"):
            heads.require_name(kind, name)
            assert snapshot.head(kind, name).present
        for kind, name in (
            ("keys", key("300:" + node).keyid), ("key", node), ("handle", "99.100.1/sn-000"),
            ("organisation", core.lower()), ("invoice line", "99.100/O-1#I-1"),
            ("invoice line", "99.100/O-1#I-1#1 "), ("certificate", "99.100/O-1#1"), ("credential", "x"),
        ):  # fmt: skip
            with pytest.raises(heads.HeadNameRefused):
                snapshot.head(kind, name)


def test_heads_are_proven_under_the_newest_final_checkpoint_while_the_log_goes_on(
    database_url: str, tmp_path: Path
) -> None:
    world = world_at(database_url, tmp_path)
    with world.reader.open() as snapshot:
        sealed = snapshot.checkpoint()
        assert sealed is not None
        old = {n: snapshot.head("handle", n) for n in ("99.100.1/SN-000", "99.100.1/NONE")}
        size = sealed[0]
    with world.store.write() as t:
        t.connection.exec_driver_sql(f"INSERT INTO finality (size) VALUES ({size})")
    for step in range(3):
        world.ledger.append(world.mint(40, start=100 * step))
        world.clock.advance(1500)
        world.ledger.seal()
    with world.reader.open() as snapshot:
        for name, told in old.items():
            assert snapshot.head("handle", name, size) == told
        newest = snapshot.checkpoint()
        assert newest is not None
        assert newest[0] > size
    with world.store.write() as t:
        t.connection.exec_driver_sql(f"INSERT INTO finality (size) VALUES ({newest[0]})")
    world.ledger.append(world.mint(40, start=900))
    world.clock.advance(1500)
    world.ledger.seal()
    with world.reader.open() as snapshot:
        assert snapshot.head("handle", "99.100.1/NONE", newest[0]).block == newest[0] - 1
        with pytest.raises(HeadsUnknown):
            snapshot.head("handle", "99.100.1/NONE", size)
        with pytest.raises(HeadsUnknown, match="no checkpoint of size 3"):
            snapshot.head("handle", "99.100.1/NONE", 3)


def test_folding_is_the_chain_of_the_formats() -> None:
    one, two = b"\x01" * 32, b"\x02" * 32
    first = hashlib.sha256(bytes(32) + one).digest()
    assert fold((one, two)) == hashlib.sha256(first + two).digest()
    assert (
        head_value(2, fold((one, two)))
        == hashlib.sha256(b'[2,"' + fold((one, two)).hex().encode() + b'"]').digest()
    )
