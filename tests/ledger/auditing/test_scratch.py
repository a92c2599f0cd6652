"""What a replay keeps on disk is what it would keep in memory."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tallystick.ledger import Change, MemoryState, merkle
from tallystick.ledger.store import scratch_state
from tallystick.ledger.store.scratch import Scratch
from tallystick.ledger.store.scratch_state import ScratchState
from tallystick.ledger.tiles import TileBuilder

names = st.sampled_from(["a", "b", "c", "d"])
changes = st.builds(
    lambda kind, name, part, value: Change(kind, name, {"n": value} if value else None, part),
    st.sampled_from(["k", "l"]), names, st.sampled_from(["", "1", "2"]), st.integers(0, 3),
)  # fmt: skip
steps = st.lists(st.one_of(st.lists(changes, max_size=4), st.sampled_from(["flush", "reopen"])))


@given(steps)
@settings(max_examples=60)
def test_a_state_on_disk_reads_as_one_in_memory(tried: list[list[Change] | str]) -> None:
    told, scratch = MemoryState(), Scratch()
    state = ScratchState(scratch)
    for step in tried:
        if isinstance(step, str):
            state.flush()
            state = ScratchState(scratch) if step == "reopen" else state
            continue
        told.apply(step)
        state.apply(step)
        for kind in ("k", "l"):
            for name in ("a", "b", "c", "d"):
                assert state.group(kind, name) == told.group(kind, name)
                assert state.get(kind, name, "1") == told.get(kind, name, "1")
    state.flush()
    rows = [tuple(row[:3]) for row in scratch.rows("document")]
    assert rows == [key for key, _ in told.documents()]


def test_memory_is_given_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scratch_state, "groups_max", 10)
    scratch = Scratch()
    state = ScratchState(scratch)
    for number in range(100):
        state.apply([Change("k", f"{number}", {"n": number})])
        assert state.get("k", f"{number}") == {"n": number}
        if number % 20 == 19:
            state.flush()
            assert len(state._groups) <= 10
    assert all(state.get("k", f"{number}") == {"n": number} for number in range(100))
    assert state.get("k", "100") is None


def test_ids_used_again_are_told_by_position() -> None:
    scratch = Scratch()
    assert scratch.use_ids([b"a", b"b"]) == []
    assert scratch.use_ids([b"c", b"b", b"d", b"c"]) == [1, 3]
    assert scratch.use_ids([b"d"]) == [0]


def test_what_was_not_saved_is_forgotten(tmp_path: Path) -> None:
    path = tmp_path / "state"
    scratch = Scratch(path)
    assert scratch.where() is None
    scratch.put("stream", [("a", 1, "x")])
    scratch.save({"size": 1})
    scratch.put("stream", [("a", 2, "y"), ("b", 1, "z")])
    scratch.close()
    again = Scratch(path)
    assert (again.where(), again.stream("a"), again.stream("b")) == ({"size": 1}, (1, "x"), None)
    again.close()


@given(st.integers(0, 700), st.integers(0, 3))
@settings(max_examples=20)
def test_tiles_taken_whole_give_the_tree_of_their_leaves(rest: int, tiles: int) -> None:
    leaves = [merkle.leaf_hash(n.to_bytes(4, "big")) for n in range(256 * tiles + rest)]
    one, other = (TileBuilder(merkle.Frontier(), lambda _l, _n: b"") for _ in range(2))
    for leaf in leaves:
        one.append(leaf)
    for n in range(tiles):
        hashes = b"".join(leaves[256 * n : 256 * n + 256])
        other.append_tile(hashes, merkle.subtree_root(hashes))
    for leaf in leaves[256 * tiles :]:
        other.append(leaf)
    assert other.frontier.root() == one.frontier.root()
    assert other.touched == one.touched


def test_a_subtree_behind_a_crooked_edge_is_refused() -> None:
    frontier = merkle.Frontier()
    frontier.append(bytes(32))
    with pytest.raises(merkle.ProofRefused):
        frontier.append_subtree(8, bytes(32))
