"""The interval book: I1-I8 on its own."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tallystick.finance import Book, run_transfers, tiered_moves
from tallystick.finance.draft import Draft
from tallystick.finance.errors import BelowMinimum, NotEnoughFree, SameParty, SplitBudgetSpent
from tallystick.finance.receivables.book import (
    Lot,
    Tag,
    holdings_max,
    split_minimum_minor,
)
from tallystick.finance.receivables.budgets import splits_default
from tallystick.finance.receivables.certificates import (
    book_locked,
    book_of,
    load_book,
    save_book,
    unit_part,
)
from tallystick.ledger import Change, MemoryState
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
        try:
            moved = book.transfer(holder, to, amount)
        except SplitBudgetSpent:
            assert book.left(holder) == 0
            return  # a book on which an act was refused is thrown away
        book.check()
        assert sum(book.splits().values()) == splits_default - (len(book) - 1)
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
            try:
                book.transfer(holder, to, size)
            except SplitBudgetSpent:
                return  # a book on which an act was refused is thrown away
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


def test_whoever_has_no_split_left_moves_whole_holdings() -> None:
    book = Book.issue(units, "A", splits=2)
    book.transfer("A", "B", split_minimum_minor)
    assert book.splits() == {"A": 0, "B": 1}
    book.transfer("A", "C", units - split_minimum_minor)
    with pytest.raises(SplitBudgetSpent, match="C has 0 splits left"):
        book.transfer("C", "A", split_minimum_minor)


def test_holdings_never_pass_the_cap_by_transfers() -> None:
    book = Book.issue(units, "A")
    for number in range(holdings_max):
        try:
            book.transfer("A", f"B{number}", split_minimum_minor)
        except SplitBudgetSpent:
            break
    assert number == holdings_max // 2  # each took one split and one went along
    assert [book.left(f"B{small}") for small in range(number)] == [1] * (number - 1) + [0]
    assert len(book) == number + 1 <= holdings_max


def test_a_freeze_is_never_refused_for_the_cap() -> None:
    book = Book.issue(units, "A", splits=0)
    with pytest.raises(SplitBudgetSpent):
        book.lock("A", units // 2, "offer")
    book.freeze("A", units // 2, "freeze")
    assert (len(book), book.splits()) == (2, {"A": -1})
    book.unlock("freeze")
    assert (list(book), book.splits()) == ([Lot(0, units, Tag("A"))], {"A": 0})


def test_a_pledge_goes_on_below_a_freeze() -> None:
    book = Book.issue(units, "A")
    book.lock("A", 600_000, "pledge")
    book.pledge("pledge")
    book.freeze("A", units, "freeze")
    assert [(lot.tag.state, lot.tag.lock) for lot in book] == [
        ("frozen", "freeze pledge"), ("frozen", "freeze"),
    ]  # fmt: skip
    book.unlock("freeze")
    assert [(lot.tag.state, lot.tag.lock) for lot in book] == [("pledged", "pledge"), ("free", "")]
    book.freeze("A", units, "again")
    book.unlock("pledge")
    assert list(book) == [Lot(0, units, Tag("A", "frozen", "again"))]
    book.unlock("again")
    assert list(book) == [Lot(0, units, Tag("A"))]


def test_a_hole_is_found() -> None:
    with pytest.raises(InvariantError):
        Book([Lot(0, 5, Tag("A")), Lot(6, 9, Tag("A"))]).check()


def test_long_runs_stay_small() -> None:
    book = Book.issue(units, "S01")
    assert run_transfers(book, tiered_moves(3000)) == 3000
    book.check()
    assert sum(book.totals().values()) == units
    assert len(book) <= holdings_max


cuts = st.lists(st.integers(1, 59), max_size=24, unique=True)
tags = st.lists(
    st.tuples(st.sampled_from("AB"), st.sampled_from(("", "", "offer-1", "offer-2"))),
    min_size=25,
    max_size=25,
)


@given(cuts, tags, st.sampled_from("AB"), st.integers(1, 60), st.sampled_from(("offer-1", "new")))
def test_a_book_open_in_part_does_what_the_whole_one_does(
    at: list[int], said: list[tuple[str, str]], holder: str, parts: int, lock: str
) -> None:
    """An act that opens only the lots it needs has the same effects, byte by byte."""
    state = MemoryState()
    edges = [0, *(split_minimum_minor * cut for cut in sorted(at)), split_minimum_minor * 60]
    lots = [
        Lot(start, end, Tag(who, "locked" if held else "free", held))
        for (start, end), (who, held) in zip(pairwise(edges), said, strict=False)
    ]
    whole = Book(lots)
    whole._join_all(lots)
    state.apply(
        Change("holding", "C", {"start": lot.start, "end": lot.end, **lot.tag._asdict()},
               unit_part(lot.start))
        for lot in reversed(list(whole))
    )  # fmt: skip
    state.apply([Change("split-budget", "C", {"left": 3}, who) for who in "AB"])
    state.apply([Change("certificate", "C", {"currency": "CNY"})])
    amount = parts * split_minimum_minor

    def played(opened: Callable[[Draft], Book], act: Callable[[Book], object]) -> object:
        draft = Draft(state)
        book = opened(draft)
        try:
            act(book)
        except NotEnoughFree as error:
            return str(error)
        save_book(draft, "C", book)
        return len(book), draft.effects

    def load(draft: Draft) -> Book:
        return load_book(draft, "C")

    def offer(book: Book) -> None:
        book.lock(holder, amount, lock)

    def accept(book: Book) -> None:
        book.move(lock, holder)

    assert played(lambda d: book_of(d, "C", holder), offer) == played(load, offer)
    assert played(lambda d: book_locked(d, "C", lock), accept) == played(load, accept)
    locked = book_locked(Draft(state), "C", lock).locked(lock)
    assert locked == load_book(Draft(state), "C").locked(lock)


@pytest.mark.parametrize("lots", [[(0, 5), (6, 9)], [(0, 5), (4, 9)], [(1, 5), (5, 9)]])
def test_a_damaged_store_is_noticed_also_far_from_the_act(lots: list[tuple[int, int]]) -> None:
    state = MemoryState()
    for start, end in lots:
        document = {"start": start, "end": end, **Tag("A")._asdict()}
        state.apply([Change("holding", "C", document, unit_part(start))])
    with pytest.raises(InvariantError, match="gap or overlap"):
        book_of(Draft(state), "C", "B")


def test_a_book_in_part_that_lost_units_is_not_saved() -> None:
    state = MemoryState()
    lots = [Lot(0, 10, Tag("A")), Lot(10, 20, Tag("B")), Lot(20, 30, Tag("A"))]
    book = Book.part(lots[:2], 1)
    del book._lots[0]
    with pytest.raises(InvariantError, match="lots cover"):
        save_book(Draft(state), "C", book)
