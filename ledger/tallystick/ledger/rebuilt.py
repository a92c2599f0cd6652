"""What a store must hold after a replay: the audit compares it, an import writes it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import orjson

from tallystick.ledger.errors import defects
from tallystick.ledger.replay import Replay
from tallystick.ledger.replayed import Replayed
from tallystick.ledger.rules import RuleSet
from tallystick.ledger.store import EntryRow, TreeState
from tallystick.ledger.store.scratch import AuditStateDamaged, Scratch

#: Tables that follow from the entries.
names = (
    "tile", "stream", "entry_party", "document", "lookup", "head", "head_touch", "head_page",
)  # fmt: skip


def entry_row(done: Replayed) -> EntryRow:
    """The entry's row, every column as leaf and replay say."""
    entry, refusal = done.verified.entry, done.outcome.refusal
    return EntryRow(
        done.record.index,
        entry.author,
        entry.id,
        entry.type,
        entry.seq,
        "refused" if refusal else "accepted",
        refusal.code if refusal else None,
        done.time,
        done.verified.payload_hash,
        done.verified.leaf_hash,
        done.record.leaf,
    )


def tree_state(replay: Replay) -> TreeState:
    """The one row that says where the log stands."""
    frontier = replay.tiles.frontier
    return TreeState(
        frontier.size,
        frontier.root(),
        frontier.encode(),
        replay.judge.chain,
        replay.block_size,
        replay.judge.block_time,
    )


def tables(replay: Replay) -> dict[str, Iterable[tuple[Any, ...]]]:
    """Tiles and projections by table, each in the order of its key."""
    replay.flush()
    return {name: rows(replay.scratch, replay.rules, name) for name in names}


def rows(scratch: Scratch, rules: RuleSet, name: str) -> Iterator[tuple[Any, ...]]:
    """One of `names`, from a scratch file into which the replay wrote everything."""
    if name == "lookup":
        return scratch.in_order(_lookups(scratch, rules), 4)
    return scratch.rows(name)


def _lookups(scratch: Scratch, rules: RuleSet) -> Iterator[tuple[str, str, str, str]]:
    for kind, name, part, value in scratch.rows("document"):
        indexes = rules.kinds[kind].indexes
        if not indexes:
            continue
        try:
            document = orjson.loads(value)
            found = [
                (i, one, name, part) for i, k in indexes.items() for one in k(name, part, document)
            ]
        except defects:
            raise AuditStateDamaged(f"{scratch.path}: no rule wrote {kind} {name}") from None
        yield from found
