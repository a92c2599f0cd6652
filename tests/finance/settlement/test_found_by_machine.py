"""What any order of payments (`machine`) brought to light, each in the order that showed it."""

from __future__ import annotations

from datetime import date

import pytest
from tests.finance.desk import bank, core, other_bank, supplier
from tests.finance.holdings.vault import Vault
from tests.finance.settlement.almanac import Almanac
from tests.finance.settlement.cashier import Cashier, due, face, paid_out_at, value_on
from tests.finance.settlement.teller import Teller, calendar, insured_limit
from tests.finance.settlement.test_settling import day, friend, overdue

from tallystick import finance
from tallystick.finance.errors import DueDateRefused, OverPayment
from tallystick.finance.insurance.counting import differences as insured_differences
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


def test_what_is_sold_and_bought_back_is_insured_no_more() -> None:
    """The cover went along, asleep, and woke up with the next sale: more was insured of a debtor than its limit."""
    desk = Teller()
    name = desk.live(face)
    desk.disburse(desk.financed(name, insured_limit), desk.time)
    desk.declare(desk.insured_by, name, insured_limit)
    offer = desk.sold(name, bank, other_bank, insured_limit, 1)
    desk.bought(offer, other_bank, desk.time)
    assert desk.insured(desk.insured_by) == 0
    desk.disburse(desk.financed(name, insured_limit), desk.time)
    desk.declare(desk.insured_by, name, insured_limit)
    desk.bought(desk.sold(name, other_bank, bank, insured_limit, 1), bank, desk.time)
    assert desk.insured(desk.insured_by) == insured_limit
    assert list(insured_differences(desk.state)) == []


def test_what_the_seller_insured_is_a_funders_uninsured() -> None:
    """As long as its payment may come back the cover waits with it; then it is over, whoever holds the units next."""
    desk = Teller()
    name = desk.live(face)
    debtor = finance.InsuredDebtor(debtor=core, currency="CNY", limit=face)
    cover = desk.cover(supplier, debtors=(debtor,))
    desk.declare(cover, name, face, supplier)
    for back in (True, False):
        quote = desk.financed(name, half)
        desk.instruct(quote, desk.time)
        desk.pay_out(quote, desk.time)
        assert desk.insured(cover) == half
        if back:
            desk.end("return", quote)
            assert desk.insured(cover) == face
            desk.end("fail", quote)
    desk.paid_in(quote)
    covers = {(row["holder"], row["cover"]) for row in desk.rows("holding", name).values()}
    assert covers == {(bank, ""), (supplier, cover)}


def test_what_is_paid_early_and_cancelled_for_the_rest_is_settled(desk: Cashier) -> None:
    """Nothing was owed any more, and the certificate stayed live, fell due and was looked at each day for ever."""
    name = desk.live(face)
    quote = desk.financed(name, half, by=core)
    desk.instruct(quote, desk.time, by=core)
    desk.pay_out(quote, desk.time, by=supplier)
    vault: Vault = desk  # type: ignore[assignment]
    asked = Vault.cancel(vault, name, half)
    Vault.answer_cancel(vault, "agree", asked)
    assert desk.row("certificate", name)["status"] == "settled"
    for time in (due, overdue):
        desk.block(time)
    assert desk.rows("claim", name) == desk.rows("maturity", f"{core} CNY {bank}") == {}
    waiting = [name for kind, name, _ in dict(desk.state.documents()) if kind == "expiry"]
    assert waiting == []


def test_a_pledge_stands_when_it_is_due_however_late_a_block_says_so() -> None:
    """A date that rolls is put down by a block; where none came for days, pledges ended first that stood on the day."""
    desk = Teller()
    desk.published(Almanac(1))
    invoice = desk.delivered(face)
    name = desk.approve(
        desk.propose(invoice, face, "2026-02-14", roll="following", calendar=calendar)
    )
    desk.accept_certificate(name)
    pledge = desk.pledge(name, supplier, other_bank, face, 34)
    desk.take_pledge(pledge, other_bank)
    assert desk.row("pledge", pledge)["until"] > "2026-02-14T00"
    desk.block("2026-02-25T02:00:00.000Z")
    assert desk.owed(name) == {other_bank: face}
    assert desk.row("pledge", pledge)["status"] == "paid"
    # All of it is done, and nothing is left for another block.
    assert desk.row("arrears", name)["since"] == "2026-02-17"


def test_nothing_is_issued_that_had_to_be_paid_before() -> None:
    """Due on a Sunday that rolls back to the Friday of its issue: in arrears before anybody could pay it."""
    desk = Teller()
    desk.published(Almanac(1))
    desk.block("2026-01-16T02:00:00.000Z")
    invoice, rolls = desk.delivered(face), {"roll": "preceding", "calendar": calendar}
    with pytest.raises(DueDateRefused, match="paid on 2026-01-16"):
        desk.propose(invoice, face, "2026-01-18", **rolls)
    # What was proposed in time is looked at again with the table of the approval.
    proposal = desk.propose(invoice, face, "2026-01-24", **rolls)
    week = frozenset(date(2026, 1, day) for day in range(19, 24))
    desk.published(Almanac(2, week))
    with pytest.raises(DueDateRefused, match="paid on 2026-01-16"):
        desk.approve(proposal)


def test_a_day_that_a_payment_begins_is_paid_as_if_a_block_had_come_first() -> None:
    """Nobody had said anything for weeks: a certificate whose date rolls was passed over, and nothing was due."""
    desk = Teller()
    desk.published(Almanac(1))
    rolls = {"roll": "following", "calendar": calendar}
    for number, told in (("1", rolls), ("2", {})):
        proposal = desk.propose(desk.delivered(face, number), face, "2026-02-16", **told)
        desk.accept_certificate(desk.approve(proposal))
    desk.time = "2026-02-16T02:00:00.000Z"
    desk.pay_due(2 * face, pays_on="2026-02-16")
    heads = [desk.row("certificate", name) for name in desk.state.names("certificate")]
    assert [head["status"] for head in heads] == ["settled", "settled"]


@pytest.mark.parametrize("whole", [True, False])
def test_what_ended_before_a_payment_ends_before_it_whoever_says_something_first(
    whole: bool,
) -> None:
    """A block carries out what was due at the block before it. The first entry for days was a payment, and found a pledge
    and a freeze that had ended: the pledgee was paid, and the others had what was the frozen one's."""
    desk = Teller()
    name = desk.live(face)
    desk.time = "2026-06-29T02:00:00.000Z"
    desk.transfer(name, supplier, friend, half)
    pledge = desk.pledge(name, supplier, other_bank, half, 9)
    desk.take_pledge(pledge, other_bank)
    freeze = desk.freeze(name, friend, half, "2026-07-08")
    desk.time = due
    if whole:
        desk.pay(name, half, desk.time)
    else:
        desk.pay_due(half)
    paid = {row["holder"]: row["amount"] for row in desk.rows("payout", name).values()}
    assert paid == {supplier: half // 2, friend: half // 2}
    assert desk.row("pledge", pledge)["status"] == "ended"
    assert desk.row("freeze", freeze)["status"] == "ended"
    desk.block(due)
    assert desk.rows("freeze-count", "public")[""]["ended"] == 1


def test_a_late_payment_is_late_whoever_says_something_first() -> None:
    """It was refused until somebody else had said something, and so for as long as nobody did."""
    desk = Teller()
    name = desk.live(face)
    desk.time = day.format(20)
    desk.pay(name, half, desk.time)
    assert desk.row("arrears", name)["late_due"] == half * 10 * 500 // 10**6
    desk.block(desk.time)
    assert desk.row("arrears", name)["late_due"] == half * 10 * 500 // 10**6


def test_units_that_come_together_are_one_holding() -> None:
    """Recourse gave two neighbours, one of them insured, back to whoever held the third: two were joined, and a split lost."""
    lots = [Lot(0, 10, Tag("B", cover="X")), Lot(10, 100, Tag("B")), Lot(100, 200, Tag("A"))]
    for order in ([0, 1], [1, 0]):
        book = Book(lots)
        before = book.left("A") + book.left("B")
        book.succeed([lots[place] for place in order], "A", 100)
        assert list(book) == [Lot(0, 200, Tag("A"))]
        assert book.left("A") + book.left("B") == before + 2
