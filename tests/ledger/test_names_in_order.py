"""Names of documents as a rule goes through them: the same in memory, in a store and in a replay, written or not."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.ledger.world import World, rules_with_notes

from tallystick.ledger import Change, MemoryState, Overlay
from tallystick.ledger.store import StateCache, StoredState
from tallystick.ledger.store.scratch import Scratch
from tallystick.ledger.store.scratch_state import ScratchState

names = st.sampled_from(["99.1/a", "99.1/B", "99.1/电池", "99.1/é", "99.10/a", "99.1", "0.NA/99.1"])
kinds = st.sampled_from(["handle", "party"])
changes = st.lists(st.tuples(kinds, names, st.sampled_from(["", "p"]), st.booleans()), max_size=14)


def change(kind: str, name: str, part: str, there: bool) -> Change:
    owned: dict[str, Any] = {"handle": name, "owner": "99/O-1", "values": [], "since": 0}
    return Change(kind, name, owned if there else None, part)


def told(state: Any, after: str, limit: int) -> Sequence[str]:
    return list(state.names("handle", after=after, limit=limit))


@settings(max_examples=60, deadline=None)
@given(changes, changes, names, st.integers(1, 4))
def test_memory_overlay_and_replay_agree(
    before: list[Any], later: list[Any], after: str, limit: int
) -> None:
    memory, under, scratch = MemoryState(), MemoryState(), ScratchState(Scratch())
    first, second = [change(*one) for one in before], [change(*one) for one in later]
    for state in (memory, under, scratch):
        state.apply(first)
    scratch.flush()
    overlay = Overlay(under)
    for other in (memory, overlay, scratch):
        other.apply(second)
    wanted = sorted({name for (kind, name, _), _ in memory.documents() if kind == "handle" and name > after})  # fmt: skip
    for found in (memory, overlay, scratch):
        assert told(found, after, limit) == wanted[:limit]


def test_a_store_agrees_within_a_batch_and_after_it(database_url: str, tmp_path: Path) -> None:
    world = World(database_url, tmp_path, rules_with_notes())
    every = ["99.1/a", "99.1/B", "99.1/电池", "99.1/é", "99.10/a", "99.1", "0.NA/99.1"]
    with world.store.write() as transaction:
        state = StoredState(transaction, world.rules, StateCache())
        state.apply([change("handle", name, "", there=True) for name in every])
        assert told(state, "", 99) == sorted(every)
        state.flush()
        fresh = StoredState(transaction, world.rules, StateCache())
        assert told(fresh, "", 99) == sorted(every)
        fresh.apply([change("handle", "99.1/B", "", there=False), change("handle", "99.1/C", "", there=True)])  # fmt: skip
        left = sorted({*every, "99.1/C"} - {"99.1/B"})
        for limit in range(1, 9):
            for after in ("", "99.1/", "99.1/a", "99.1/é"):
                wanted = [name for name in left if name > after][:limit]
                assert told(fresh, after, limit) == wanted
