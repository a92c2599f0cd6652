"""Interest that the debtor bears: agreed by its two persons, owed with the disbursement, settled by evidence alone."""

from __future__ import annotations

import functools
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.finance.bidding.market import Market
from tests.finance.bidding.market import amount as asked_amount
from tests.finance.bidding.market import opening as bids_open
from tests.finance.books.test_exposure import held
from tests.finance.books.test_journal import balance
from tests.finance.desk import bank, checker, core, maker, other_bank, supplier
from tests.finance.equality.test_equality import because, lines
from tests.finance.settlement.cashier import Cashier, due, face, paid_out_at, value_on
from tests.finance.test_views import MemoryView, Reading

from tallystick import finance
from tallystick.finance.errors import (
    Ended,
    EvidenceUsed,
    EvidenceWrong,
    ProposalUnknown,
    QuoteUnknown,
    QuoteWrong,
    SamePerson,
)
from tallystick.finance.financing.errors import InterestNotAgreed, NoEvidence, PaymentNotClosable
from tallystick.finance.money.dates import plus_days
from tallystick.identity import NotEntitled
from tallystick.ledger import Reader
from tallystick.ledger.state import Change

half = face // 2


class Bearing(Cashier):
    """`bank` finances and pays for the debtor; `other_bank` finances where the two must differ."""

    def __init__(self) -> None:
        super().__init__()
        self.name = self.live(face)
        self.time = paid_out_at

    def borne(self, amount: int = half, by: str = bank, **more: Any) -> str:
        told = {"net": amount, "borne_by": "buyer", **more}
        return self.quote(self.name, supplier, amount, 42_000, value_on, by, **told)

    def ask(self, quote: str, by: str = maker(core)) -> str:
        return self.play("finance.interest.propose/1", by, finance.InterestPropose(quote=quote))

    def agree(self, proposal: str, by: str = checker(core)) -> str:
        body = finance.InterestApprove(proposal=proposal)
        return self.play("finance.interest.approve/1", by, body)

    def agreed(self, by: str = bank) -> str:
        quote = self.borne(by=by)
        self.agree(self.ask(quote))
        self.take(quote, supplier)
        return quote

    def owing(self, by: str = bank) -> str:
        quote = self.agreed(by)
        self.instruct(quote, paid_out_at, by)
        self.pay_out(quote, paid_out_at, by)
        return quote

    def settle(self, quote: str, by: str = bank, **more: Any) -> str:
        told = {"amount_minor": self.row("quote", quote)["discount"], "paid_at": self.time}
        told |= {"evidence": self.evidence(), **more}
        body = finance.InterestPay(quote=quote, **told)
        return self.play("finance.interest.pay/1", maker(by), body)

    def give_back(self, quote: str, by: str = bank, **more: Any) -> str:
        told = {"reason": "other", "evidence": self.evidence(), "at": self.time, **more}
        body = finance.InterestReturn(quote=quote, **told)
        return self.play("finance.interest.return/1", maker(by), body)

    def status(self, quote: str) -> str:
        return str(self.row("interest", quote)["status"])


@pytest.fixture
def desk() -> Bearing:
    return Bearing()


@given(
    amount=st.integers(1, 10**12),
    rate_ppm=st.integers(0, 1_000_000),
    days=st.integers(0, 360),
    basis=st.sampled_from(("ACT/360", "ACT/365")),
)
def test_who_bears_it_changes_the_net_alone(
    amount: int, rate_ppm: int, days: int, basis: Any
) -> None:
    due_on = plus_days("2026-01-01", days)
    terms = functools.partial(finance.DiscountTerms, amount, rate_ppm, "2026-01-01", due_on, basis)
    try:
        seller = finance.discounted(terms())
    except QuoteWrong:
        with pytest.raises(QuoteWrong):
            finance.discounted(terms(borne_by="buyer"))
        return
    buyer = finance.discounted(terms(borne_by="buyer"))
    assert seller.net + seller.discount == amount == buyer.net
    assert (buyer.days, buyer.discount) == (seller.days, seller.discount)


def test_the_holder_gets_all_and_the_debtor_owes_the_discount(desk: Bearing) -> None:
    quote = desk.owing()
    row = desk.row("interest", quote)
    discount = desk.row("quote", quote)["discount"]
    assert discount > 0
    assert (row["issuer"], row["bank"], row["amount"]) == (core, bank, discount)
    assert (row["due_on"], row["status"]) == (value_on, "owed")
    assert desk.balances(desk.name) == {bank: half, supplier: face - half}
    assert desk.row("financing", desk.name, quote)["net"] == half
    desk.settle(quote)
    assert desk.status(quote) == "paid"
    assert desk.balances(desk.name) == {bank: half, supplier: face - half}
    desk.paid_in(quote)
    desk.block(due)
    desk.pay(desk.name, face, due)
    assert desk.row("certificate", desk.name)["status"] == "settled"


def test_figures_follow_from_who_bears_it(desk: Bearing) -> None:
    discount = finance.discounted(
        finance.DiscountTerms(half, 42_000, value_on, "2026-07-10")
    ).discount
    for net, borne_by in ((half - discount, "buyer"), (half, "seller"), (half, None)):
        with pytest.raises(QuoteWrong):
            desk.borne(net=net, borne_by=borne_by)
    same = desk.borne(net=half - discount, borne_by="seller")
    desk.take(same, supplier)
    for wrong in ({"by": core}, {"rate_ppm": 0, "discount": 0}):
        told: dict[str, Any] = {"net": half, "borne_by": "buyer", **wrong}
        rate = told.pop("rate_ppm", 42_000)
        with pytest.raises(QuoteWrong):
            desk.quote(desk.name, supplier, half, rate, value_on, **told)


def test_a_quote_of_before_is_the_same_document(desk: Bearing) -> None:
    quote = desk.financed(desk.name, half)
    assert "borne_by" not in desk.row("quote", quote)
    desk.disburse(quote, paid_out_at)
    assert desk.state.get("interest", quote) is None
    assert "borne_by" not in desk.row("financing", desk.name, quote)


def test_nobody_but_two_persons_of_the_debtor_binds_it(desk: Bearing) -> None:
    quote = desk.borne()
    with pytest.raises(InterestNotAgreed):
        desk.take(quote, supplier)
    for stranger in (supplier, bank, other_bank):
        with pytest.raises(QuoteUnknown):
            desk.ask(quote, maker(stranger))
    with pytest.raises(NotEntitled):
        desk.ask(quote, checker(core))
    proposal = desk.ask(quote)
    with pytest.raises(InterestNotAgreed):
        desk.take(quote, supplier)
    with pytest.raises(NotEntitled):
        desk.agree(proposal, maker(core))
    for stranger in (supplier, bank, other_bank):
        with pytest.raises(ProposalUnknown):
            desk.agree(proposal, checker(stranger))
    both = {"organisation": core, "roles": ["maker", "checker"]}
    desk.state.apply([Change("person", maker(core), both)])
    with pytest.raises(SamePerson):
        desk.agree(proposal, maker(core))
    desk.agree(proposal)
    for again in (lambda: desk.agree(proposal), lambda: desk.ask(quote)):
        with pytest.raises((ProposalUnknown, Ended)):
            again()
    desk.take(quote, supplier)
    plain = desk.quote(desk.name, supplier, half, 42_000, value_on)
    with pytest.raises(QuoteUnknown):
        desk.ask(plain)
    with pytest.raises(QuoteUnknown):
        desk.ask("0" * 64)


def test_agreement_ends_with_the_quote(desk: Bearing) -> None:
    quote = desk.borne()
    proposal = desk.ask(quote)
    desk.time = str(desk.row("quote", quote)["until"])
    for late in (lambda: desk.agree(proposal), lambda: desk.ask(quote)):
        with pytest.raises(Ended):
            late()
    desk.block(desk.time)
    with pytest.raises(Ended):
        desk.agree(proposal)


def test_two_proposals_bind_once(desk: Bearing) -> None:
    quote = desk.borne()
    first, second = desk.ask(quote), desk.ask(quote)
    desk.agree(first)
    with pytest.raises(Ended):
        desk.agree(second)


def test_the_debtors_own_word_settles_nothing(desk: Bearing) -> None:
    quote = desk.owing(other_bank)
    with pytest.raises(NoEvidence):
        desk.settle(quote, core)
    with pytest.raises(QuoteUnknown):
        desk.settle(quote, supplier)
    with pytest.raises(QuoteUnknown):
        desk.settle(desk.financed(desk.name, 100_000), bank)
    with pytest.raises(EvidenceWrong):
        desk.settle(quote, amount_minor=1)
    for paid_at in ("2026-03-15T02:00:00.000Z", "2026-03-18T02:00:00.000Z"):
        with pytest.raises(EvidenceWrong):
            desk.settle(quote, paid_at=paid_at)
    evidence = desk.evidence()
    desk.settle(quote, bank, evidence=evidence)
    with pytest.raises(PaymentNotClosable):
        desk.settle(quote)
    other = desk.borne(100_000)
    desk.agree(desk.ask(other))
    desk.take(other, supplier)
    desk.disburse(other, paid_out_at)
    with pytest.raises(EvidenceUsed):
        desk.settle(other, evidence=evidence)
    assert desk.status(other) == "owed"


def test_a_payment_that_bounced_is_owed_again(desk: Bearing) -> None:
    quote = desk.owing(other_bank)
    with pytest.raises(PaymentNotClosable):
        desk.give_back(quote)
    desk.settle(quote, bank)
    for stranger in (core, supplier):
        with pytest.raises((NoEvidence, QuoteUnknown)):
            desk.give_back(quote, stranger)
    desk.give_back(quote)
    assert desk.status(quote) == "owed"
    assert "said_by" not in desk.row("interest", quote)
    desk.settle(quote, bank)
    desk.block("2026-03-20T02:00:00.000Z")
    with pytest.raises(PaymentNotClosable):
        desk.give_back(quote)


def test_what_the_funder_received_does_not_bounce(desk: Bearing) -> None:
    quote = desk.owing(other_bank)
    desk.settle(quote, other_bank)
    with pytest.raises(PaymentNotClosable):
        desk.give_back(quote)


@pytest.mark.parametrize("paid", [False, True])
def test_it_goes_the_way_of_the_disbursement(desk: Bearing, paid: bool) -> None:
    quote = desk.owing(other_bank)
    if paid:
        desk.settle(quote, other_bank)
    desk.end("return", quote, other_bank)
    assert desk.status(quote) == ("due-back" if paid else "cancelled")
    desk.time = "2026-03-17T02:00:00.000Z"
    desk.instruct(quote, desk.time, other_bank)
    desk.pay_out(quote, desk.time, other_bank)
    row = desk.row("interest", quote)
    assert row["status"] == ("paid" if paid else "owed")
    assert row["due_on"] == (value_on if paid else "2026-03-17")
    desk.end("return", quote, other_bank)
    desk.end("fail", quote, other_bank)
    assert desk.status(quote) == ("due-back" if paid else "cancelled")
    if not paid:
        with pytest.raises(PaymentNotClosable):
            desk.settle(quote, other_bank)
        with pytest.raises(PaymentNotClosable):
            desk.give_back(quote)
        return
    with pytest.raises(NoEvidence):
        desk.give_back(quote, other_bank)
    desk.give_back(quote, core)
    assert desk.status(quote) == "paid-back"
    with pytest.raises(PaymentNotClosable):
        desk.give_back(quote, core)


def test_what_was_paid_back_is_owed_with_the_next_payment(desk: Bearing) -> None:
    quote = desk.owing(other_bank)
    desk.settle(quote, other_bank)
    desk.end("return", quote, other_bank)
    desk.give_back(quote)
    desk.instruct(quote, desk.time, other_bank)
    desk.pay_out(quote, desk.time, other_bank)
    row = desk.row("interest", quote)
    assert (row["status"], "evidence" in row) == ("owed", False)
    told = [one["status"] for one in row["history"]]
    assert told == ["owed", "paid", "due-back", "paid-back", "owed"]


def test_bids_of_a_tender_are_borne_by_the_debtor() -> None:
    market = Market()
    tender = market.tender(borne_by="buyer")
    for funder, rate_ppm in ((bank, 40_000), (other_bank, 50_000)):
        market.seal(tender, funder, rate_ppm)
    market.time = bids_open
    with pytest.raises(QuoteWrong):
        market.open(tender, bank, 40_000)
    quote = market.open(tender, bank, 40_000, net=asked_amount)
    worse = market.open(tender, other_bank, 50_000, net=asked_amount)
    assert market.row("quote", quote)["borne_by"] == "buyer"
    market.search(market.certificate, supplier, bank)
    with pytest.raises(InterestNotAgreed):
        market.take(quote, supplier)
    propose = finance.InterestPropose(quote=quote)
    proposal = market.play("finance.interest.propose/1", maker(core), propose)
    approve = finance.InterestApprove(proposal=proposal)
    market.play("finance.interest.approve/1", checker(core), approve)
    with pytest.raises(InterestNotAgreed):
        market.take(worse, supplier)
    market.take(quote, supplier)


def test_debtor_and_funder_read_it_and_the_holder_its_quote(desk: Bearing) -> None:
    quote = desk.owing(other_bank)
    desk.settle(quote, bank)
    read: dict[str, set[str]] = {}
    for act in desk.acts:
        if act.type.startswith(("finance.interest.", "finance.quote/", "finance.disburse/")):
            read[act.type] = set(desk.rules.types[act.type].parties(desk.state, act))
    assert read["finance.quote/1"] == {supplier, core, other_bank}
    assert read["finance.disburse/1"] == {supplier, core, other_bank}
    assert read["finance.interest.propose/1"] == {core, other_bank}
    assert read["finance.interest.approve/1"] == {core, other_bank}
    assert read["finance.interest.pay/1"] == {core, other_bank, bank}


def test_journal_exposure_and_equality_say_who_bore_it(desk: Bearing) -> None:
    quote = desk.owing(other_bank)
    discount = desk.row("quote", quote)["discount"]
    assert balance(desk, other_bank) == {"bank": -half, "certificates-receivable": half}
    bought = balance(desk, supplier)
    assert (bought["bank"], bought.get("interest-expense", 0)) == (half, 0)
    (row,) = held(desk, value_on, other_bank)
    assert (row.borne_by, row.interest, row.discount, row.earned) == ("buyer", "owed", discount, 0)
    line = lines(desk)["interest"]
    assert (line.ledger, line.other, because(line)) == (discount, 0, {"due-today": discount})
    desk.block("2026-03-17T02:00:00.000Z")
    assert because(lines(desk)["interest"]) == {"overdue": discount}
    desk.settle(quote, bank)
    assert balance(desk, core)["interest-expense"] == discount
    assert balance(desk, core)["bank"] == -discount
    assert balance(desk, other_bank)["unearned-interest"] == -discount
    assert balance(desk, other_bank)["bank"] == discount - half
    line = lines(desk)["interest"]
    assert (line.ledger, line.other, because(line)) == (discount, discount, {})
    assert because(lines(desk, value_on)["interest"]) == {"due-today": discount}
    (row,) = held(desk, "2026-07-10", other_bank)
    assert (row.interest, row.earned) == ("paid", discount)
    desk.end("return", quote, other_bank)
    line = lines(desk)["interest"]
    assert (line.ledger, line.other) == (discount, discount)
    desk.give_back(quote, core)
    assert "interest-expense" not in balance(desk, core)
    assert balance(desk, other_bank) == {}
    line = lines(desk)["interest"]
    assert (line.ledger, line.other, because(line)) == (0, 0, {})


def test_debtor_and_funder_see_it_on_the_certificate(desk: Bearing) -> None:
    desk.state.apply([Change("log", "block", {"time": desk.time})])
    quote = desk.borne(by=other_bank)

    def seen(organisation: str) -> tuple[finance.views.Interest, ...]:
        reading = Reading(MemoryView(desk), Reader.party(organisation))
        return finance.views.certificate(reading, desk.name).interests

    (asked,) = seen(core)
    assert (asked.quote, asked.status, asked.agreed, dict(asked.proposals)) == (
        quote,
        "open",
        False,
        {},
    )
    proposal = desk.ask(quote)
    assert list(seen(core)[0].proposals) == [proposal]
    desk.agree(proposal)
    desk.take(quote, supplier)
    assert list(seen(other_bank)[0].proposals) == []
    assert (seen(supplier), seen(bank)) == ((), ())
    desk.instruct(quote, paid_out_at, other_bank)
    desk.pay_out(quote, paid_out_at, other_bank)
    (owed,) = seen(other_bank)
    assert (owed.owed or {})["status"] == "owed"
    assert not owed.overdue
    desk.state.apply([Change("log", "block", {"time": "2026-03-17T02:00:00.000Z"})])
    for side in (core, other_bank):
        assert seen(side)[0].overdue
    assert (seen(supplier), seen(bank)) == ((), seen(core))
