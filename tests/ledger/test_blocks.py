"""Blocks and ledger time (formats §3, §4), checkpoints at blocks only, and what genesis must say."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson
import pytest
from tests.ledger.world import World, a_vault, key, log, root

from tallystick.ledger import (
    P256,
    Genesis,
    LogExists,
    NamedKey,
    TallystickError,
    from_instant,
    instant,
    open_checkpoint,
    suites,
)
from tallystick.ledger.merkle import tree_root
from tallystick.ledger.tiles import node_reader


def blocks(world: World) -> list[tuple[int, dict[str, Any]]]:
    with world.store.read() as t:
        tree = t.tree()
        assert tree is not None
        rows = [r for r in t.entries(0, tree.size) if r.type == "ledger.block/1"]
        found = []
        for row in rows:
            body = t.body(row.index)
            assert body is not None
            assert body.salt == bytes(32)
            found.append((row.index, orjson.loads(body.data)))
        return found


def checkpoints(world: World) -> list[int]:
    with world.store.read() as t:
        rows = list(t.rows("checkpoint"))
    for size, note in rows:
        assert open_checkpoint(note, world.ledger.signer.verifier).size == size
    return [size for size, _ in rows]


def test_blocks_state_the_tree_before_them(world: World) -> None:
    for step in range(4):
        world.ledger.append(world.mint(3, start=step * 3))
        world.ledger.seal()
        world.clock.advance(1500)
    told = blocks(world)
    times = [block["time"] for _, block in told]
    assert [block["height"] for _, block in told] == list(range(len(told)))
    assert times == sorted(times)
    with world.store.read() as t:
        node = node_reader(t.tile)
        for index, block in told:
            row = t.entry(index)
            assert row is not None
            assert (block["size"], row.seq) == (index, block["height"])
            assert block["root"] == tree_root(node, index).hex()
    assert set(checkpoints(world)) <= {index + 1 for index, _ in told}
    assert checkpoints(world)[-1] == told[-1][0] + 1


def test_nothing_appended_means_no_block(world: World) -> None:
    world.ledger.append(world.mint(1))
    assert world.ledger.seal()
    before = blocks(world)
    for _ in range(3):
        world.clock.advance(60_000)
        assert not world.ledger.seal()
        bad = replace(world.mint(1, 900)[0], salt=bytes(32))
        assert world.ledger.append([bad])[0].problem is not None
    assert blocks(world) == before


def test_a_batch_after_more_than_a_second_begins_with_a_block(world: World) -> None:
    world.ledger.append(world.mint(1))
    world.ledger.seal()
    count = len(blocks(world))
    world.clock.advance(1000)
    (exactly,) = world.ledger.append(world.mint(1, 1))
    assert len(blocks(world)) == count
    world.clock.advance(1)
    (late,) = world.ledger.append(world.mint(1, 2))
    assert len(blocks(world)) == count + 1
    index, block = blocks(world)[-1]
    assert (exactly.index, index, late.index) == (index - 1, index, index + 1)
    with world.reader.open() as snapshot:
        assert snapshot.row(late.index).time == block["time"] == instant(world.clock.now_ms())
        assert snapshot.row(exactly.index).time < block["time"]


def test_time_never_decreases(world: World) -> None:
    class Backwards:
        def now_ms(self) -> int:
            return from_instant("2020-01-01T00:00:00.000Z")

    world.ledger.append(world.mint(1))
    world.ledger.seal()
    before = blocks(world)[-1][1]["time"]
    world.ledger.clock = Backwards()
    world.ledger.append(world.mint(1, 1))
    assert world.ledger.seal()
    assert blocks(world)[-1][1]["time"] == before
    assert world.audit().blocks == len(blocks(world))


def test_a_log_is_made_once(world: World) -> None:
    with pytest.raises(LogExists):
        replace(world)


def genesis(world: World, **change: Any) -> Genesis:
    named = [
        NamedKey(key=k.keyid, jwk=k.private.public.jwk())
        for k in (key(f"300:{log}"), key(f"301:{log}"), key(f"300:{root}"))
    ]
    told = {
        "origin": world.origin, "log": log, "log_key": named[0], "receipt_key": named[1],
        "root": root, "root_name": {"en": "Root"}, "root_key": named[2], "rules": "r",
        "policy": "quorum none\n", "suites": suites,
    }  # fmt: skip
    return Genesis(**{**told, **change})


def _named(reference: str, suite: str = suites[0]) -> NamedKey:
    return NamedKey(key=reference, jwk=key(reference, suite).private.public.jwk())


@pytest.mark.parametrize(
    ("change", "signers"),
    [
        ({}, [f"300:{log}", f"301:{log}"]),
        ({}, [f"300:{root}"]),
        ({"log_key": _named(f"300:{log}", P256)}, None),
        ({"receipt_key": _named(f"300:{log}")}, None),
        ({"log": root}, None),
        ({"suites": ("ecdsa-p256-sha256",)}, None),
    ],
    ids=["without root", "root alone", "p256 log key", "one key twice", "log is root", "suite"],
)
def test_a_genesis_is_signed_by_the_keys_it_names(
    tmp_path: Path, change: dict[str, Any], signers: list[str] | None
) -> None:
    """Whoever held one key could make a log in the name of the others."""
    other = World(f"sqlite:///{tmp_path / 'a.sqlite'}", tmp_path / "a")
    fresh = World.__new__(World)
    fresh.__dict__.update(other.__dict__, url=f"sqlite:///{tmp_path / 'b.sqlite'}")
    from tallystick.ledger import FileMemory, Store

    fresh.store, fresh.memory = (
        Store(fresh.url, vault=a_vault),
        FileMemory(tmp_path / "b" / "last.json"),
    )
    fresh.ledger = fresh.open()
    told = genesis(fresh, **change)
    keys = {k.key: k for k in (told.log_key, told.receipt_key, told.root_key)}
    used = signers or list(keys)
    suite = P256 if change.get("log_key") else suites[0]
    signing = [key(ref, suite if ref == told.log_key.key else suites[0]) for ref in used]
    with pytest.raises(TallystickError):
        fresh.ledger.create(told, signing)
    with fresh.store.read() as transaction:
        assert transaction.tree() is None
