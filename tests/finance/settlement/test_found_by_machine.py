"""What any order of payments (`machine`) brought to light, each in the order that showed it."""

from __future__ import annotations

import pytest
from tests.finance.desk import core, other_bank, supplier
from tests.finance.settlement.cashier import Cashier, due, face, paid_out_at, value_on
from tests.finance.settlement.teller import Teller
from tests.finance.settlement.test_settling import day, friend, overdue

from tallystick.finance.errors import OverPayment
from tallystick.finance.receivables.book import Book, Lot, Tag
from tallystick.finance.settlement.errors import NotInArrears

half = face // 2


@pytest.fixture
def desk() -> Cashier:
    return Cashier([friend])


def pledged(desk: Teller, amount: int, days: int) -> tuple[str, str]:
    name = desk.live(face)
    desk.time = "2026-07-09T02:00:00.000Z"
    pledge = desk.pledge(name, supplier, other_bank, amount, days)
    desk.take_pledge(pledge, other_bank)
    desk.block(due)
    assert desk.owed(name)[other_bank] == amount
    return name, pledge


@pytest.mark.parametrize("amount", [face, half])
def test_a_pledge_that_ends_behind_the_due_date_pays_the_pledgee(amount: int) -> None:
    """Its units were their holder's again, and the next payment found no claim for them, or paid the wrong one."""
    desk = Teller()
    name, _ = pledged(desk, amount, 2)
    desk.block("2026-07-13T03:00:00.000Z")
    assert desk.owed(name)[other_bank] == amount
    desk.pay(name, face, desk.time)
    paid = {row["holder"]: row["amount"] for row in desk.rows("payout", name).values()}
    assert paid == {other_bank: amount, **({supplier: half} if amount == half else {})}


def test_a_pledge_that_is_given_up_behind_the_due_date_pays_the_holder() -> None:
    """The claim stayed the pledgee's."""
    desk = Teller()
    name, pledge = pledged(desk, face, 9)
    desk.answer_pledge("release", pledge, other_bank)
    assert desk.owed(name) == {supplier: face}
    desk.pay(name, face, desk.time)
    assert [row["holder"] for row in desk.rows("payout", name).values()] == [supplier]


def test_what_is_paid_early_and_evidenced_late_ends_arrears(desk: Cashier) -> None:
    """Nothing was owed any more, and the debtor was in arrears for ever."""
    name = desk.live(face)
    desk.time = paid_out_at
    quote = desk.quote(name, supplier, half, 60_000, value_on, by=core)
    desk.take(quote, supplier)
    desk.instruct(quote, desk.time, by=core)
    for time in (due, overdue, day.format(20)):
        desk.block(time)
    desk.pay(name, half, desk.time)
    desk.pay_late(name, desk.row("arrears", name)["late_due"])
    assert desk.row("arrears", name)["status"] == "overdue"
    desk.pay_out(quote, desk.time, by=supplier)
    assert desk.row("certificate", name)["status"] == "settled"
    assert desk.row("arrears", name)["status"] == "cured"
    assert desk.row("standing", core)["overdue"] == 0


def test_late_interest_that_was_paid_is_not_owed_again_for_the_same_days(desk: Cashier) -> None:
    """Ten days were paid for when the payment came back; it was paid again on the twelfth, and twenty-two were owed."""
    name = desk.live(face)
    for time in (due, overdue, day.format(20)):
        desk.block(time)
    desk.pay(name, half, desk.time)
    ten_days = half * 10 * 500 // 10**6
    desk.pay_late(name, ten_days)
    desk.came_back(name, supplier)
    claim = desk.row("claim", name, supplier)
    assert (claim["late_due"], claim["late_paid"], claim["late_credit"]) == (ten_days,) * 3
    with pytest.raises(NotInArrears):
        desk.pay_late(name, 1)
    desk.block(day.format(22))
    desk.pay(name, half, desk.time)
    two_days = half * 2 * 500 // 10**6
    assert desk.row("arrears", name)["late_due"] == ten_days + two_days
    with pytest.raises(OverPayment):
        desk.pay_late(name, two_days + 1)
    desk.pay_late(name, two_days)
    # It comes back once more, and twelve days are its credit.
    desk.came_back(name, supplier)
    claim = desk.row("claim", name, supplier)
    assert (claim["late_credit"], claim["late_due"]) == (ten_days + two_days,) * 2
    desk.pay(name, face, desk.time)
    assert "late_credit" not in desk.row("claim", name, supplier)
    assert desk.row("arrears", name)["late_due"] == face * 12 * 500 // 10**6


def test_units_that_come_together_are_one_holding() -> None:
    """Recourse gave two neighbours, one of them insured, back to whoever held the third: two were joined, and a split lost."""
    lots = [Lot(0, 10, Tag("B", cover="X")), Lot(10, 100, Tag("B")), Lot(100, 200, Tag("A"))]
    for order in ([0, 1], [1, 0]):
        book = Book(lots)
        before = book.left("A") + book.left("B")
        book.succeed([lots[place] for place in order], "A", 100)
        assert list(book) == [Lot(0, 200, Tag("A"))]
        assert book.left("A") + book.left("B") == before + 2
