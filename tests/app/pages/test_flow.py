"""The drawing of a certificate's way adds up, whatever moved."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from tallystick.app.pages.certificates import cut
from tallystick.app.pages.flow import Passing, draw
from tallystick.finance import tiered_moves

face = 900_000_000


@given(st.integers(1, 120), st.integers(2, 30), st.integers(0, 10**6))
def test_what_firms_keep_is_the_face(count: int, firms: int, seed: int) -> None:
    moves = tiered_moves(count, face, firms, seed)
    found = draw("S01", face, [Passing(*move) for move in moves])
    assert found is not None
    assert sum(bar.kept for bar in found.bars) == face
    assert all(bar.kept >= 0 for bar in found.bars)
    assert sum(ribbon.passing.amount for ribbon in found.ribbons) == sum(m[2] for m in moves)
    for bar in found.bars:
        assert 0 <= bar.x < found.width
        assert 0 < bar.y + bar.height < found.height
    for tier in {bar.tier for bar in found.bars}:
        column = sorted((bar.y, bar.height) for bar in found.bars if bar.tier == tier)
        for (y, height), (following, _) in pairwise(column):
            assert y + height < following


def test_a_bank_stands_behind_all_firms() -> None:
    found = draw("A", 100, [Passing("A", "B", 60), Passing("B", "BANK", 20, True)])
    assert found is not None
    assert {bar.firm: bar.tier for bar in found.bars} == {"A": 0, "B": 1, "BANK": 2}
    assert [tier.financing for tier in found.tiers] == [False, False, True]


def test_a_bank_that_finances_the_first_holder() -> None:
    found = draw("A", 100, [Passing("A", "BANK", 100, True)])
    assert found is not None
    assert {bar.firm: bar.kept for bar in found.bars} == {"A": 0, "BANK": 100}


def test_nothing_moved_or_too_much() -> None:
    assert draw("A", 100, []) is None
    assert draw("A", 10**6, [Passing("A", f"F{n}", 1) for n in range(100)]) is None


def test_pages_of_rows() -> None:
    assert cut(range(65), 2, 50).rows == range(50, 65)
    assert cut(range(65), 9, 50).page == 2
    assert cut([], 1, 50).pages == 1
