"""What a store must hold after a replay: the audit compares it, an import writes it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from tallystick.ledger import canonical
from tallystick.ledger.earlier import named_hashes
from tallystick.ledger.replay import NotSound, Replay, Replayed
from tallystick.ledger.rules import RuleSet
from tallystick.ledger.store import EntryRow, TreeState


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
    touched = replay.tiles.touched.items()
    return {
        "tile": sorted((level, n, bytes(data)) for (level, n), data in touched),
        "stream": sorted((a, seq, prev) for a, (seq, prev) in replay.judge.streams.items()),
        "entry_party": sorted(replay.parties),
        "document": (
            (*key, canonical.encode(value).decode()) for key, value in replay.state.documents()
        ),
        "lookup": sorted(_lookups(replay)),
        "head": replay.heads.head_rows(replay.judge.touches),
        "head_touch": replay.heads.touch_rows(replay.judge.touches),
        "head_page": replay.heads.pages(),
    }


def missing_attachments(rules: RuleSet, done: Replayed) -> frozenset[str]:
    """Attachments that the body names and nobody has: they may be erased, never unnoticed.

    Raises `NotSound` for one that is there, and that the body does not name.
    """
    record = done.record
    named: frozenset[str] = frozenset()
    if done.outcome.refusal is None:
        named = named_hashes(rules, done.verified.entry.type, record.body or b"")
    if strangers := sorted(set(record.unseen) - named):
        raise NotSound("attachments", "those that the body names", strangers[0], record.index)
    return named - {one.hash() for one in record.attachments} - set(record.unseen)


def _lookups(replay: Replay) -> set[tuple[str, str, str, str]]:
    return {
        (index, found, name, part)
        for (kind, name, part), value in replay.state.documents()
        for index, keys in replay.rules.kinds[kind].indexes.items()
        for found in keys(name, part, value)
    }
