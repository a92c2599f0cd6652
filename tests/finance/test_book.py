"""The interval book: I1-I8 on its own."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tallystick.finance import Book, run_transfers, tiered_moves
from tallystick.finance.errors import BelowMinimum, NotEnoughFree, SameParty, TooManyHoldings
from tallystick.finance.receivables.book import (
    Lot,
    Tag,
    holdings_max,
    split_minimum_minor,
)
from tallystick.ledger.errors import InvariantError

units = 900_000_000
moves = st.lists(
    st.tuples(st.sampled_from("ABC"), st.sampled_from("ABC"), st.integers(1, units)), max_size=30
)


@given(moves)
def test_any_run_of_transfers_keeps_a_partition_and_conserves(
    wanted: list[tuple[str, str, int]],
) -> None:
    book = Book.issue(units, "A")
    for holder, to, amount in wanted:
        before = book.totals()
        amount = max(split_minimum_minor, min(amount, book.free(holder)))
        if holder == to or book.free(holder) < amount:
            continue
        moved = book.transfer(holder, to, amount)
        book.check()
        after = book.totals()
        assert sum(lot.end - lot.start for lot in moved) == amount
        assert after.get(to, 0) == before.get(to, 0) + amount
        assert after.get(holder, 0) == before[holder] - amount
        assert sum(after.values()) == units


@given(st.integers(split_minimum_minor, units), moves)
def test_unlock_restores_exactly(amount: int, wanted: list[tuple[str, str, int]]) -> None:
    book = Book.issue(units, "A")
    for holder, to, size in wanted:
        if holder != to and split_minimum_minor <= size <= book.free(holder):
            book.transfer(holder, to, size)
    before = list(book)
    if amount <= book.free("A"):
        book.lock("A", amount, "offer")
        book.unlock("offer")
    assert list(book) == before


def test_there_and_back_gives_one_holding_again() -> None:
    book = Book.issue(units, "A")
    book.transfer("A", "B", 12_345_678)
    book.transfer("B", "A", 12_345_678)
    assert list(book) == [Lot(0, units, Tag("A"))]


def test_largest_first_then_lowest() -> None:
    tags = [Tag("A"), Tag("B"), Tag("A"), Tag("B"), Tag("A")]
    edges = [0, 20_000, 40_000, 90_000, 100_000, 120_000]
    book = Book(
        [Lot(low, high, tag) for low, high, tag in zip(edges, edges[1:], tags, strict=False)]
    )
    moved = book.transfer("A", "C", 60_000)
    assert [(lot.start, lot.end) for lot in moved] == [(40_000, 90_000), (0, 10_000)]


def test_neighbours_join_only_when_equal_in_everything() -> None:
    lots = [Lot(0, 20_000, Tag("A", batch="1")), Lot(20_000, 50_000, Tag("A"))]
    book = Book([*lots, Lot(50_000, 60_000, Tag("B"))])
    book.transfer("B", "A", 10_000)
    assert list(book) == [lots[0], Lot(20_000, 60_000, Tag("A"))]


@pytest.mark.parametrize("amount", [0, -1, units + 1])
def test_no_more_than_what_is_free(amount: int) -> None:
    with pytest.raises(NotEnoughFree):
        Book.issue(units, "A").transfer("A", "B", amount)


def test_locked_and_foreign_units_do_not_move() -> None:
    book = Book.issue(units, "A")
    book.lock("A", units, "offer")
    for holder in ("A", "B"):
        with pytest.raises(NotEnoughFree):
            book.transfer(holder, "C", 10_000)


def test_not_to_oneself_and_no_dust() -> None:
    book = Book.issue(units, "A")
    with pytest.raises(SameParty):
        book.transfer("A", "A", 10_000)
    with pytest.raises(BelowMinimum):
        book.transfer("A", "B", split_minimum_minor - 1)
    small = Book.issue(7, "A")
    small.transfer("A", "B", 7)
    assert small.totals() == {"B": 7}


def test_at_most_so_many_holdings() -> None:
    size = split_minimum_minor
    lots = [
        Lot(start * size, (start + 1) * size, Tag("AB"[start % 2]))
        for start in range(holdings_max - 1)
    ]
    last = Lot((holdings_max - 1) * size, (holdings_max + 9) * size, Tag("B" * 2))
    book = Book([*lots, last])
    with pytest.raises(TooManyHoldings):
        book.transfer("BB", "C", 2 * size)


def test_a_hole_is_found() -> None:
    with pytest.raises(InvariantError):
        Book([Lot(0, 5, Tag("A")), Lot(6, 9, Tag("A"))]).check()


def test_long_runs_stay_small() -> None:
    book = Book.issue(units, "S01")
    assert run_transfers(book, tiered_moves(3000)) == 3000
    book.check()
    assert sum(book.totals().values()) == units
    assert len(book) <= holdings_max
