"""From the lock to the money: instruction, evidence, return, silence; and a debtor that pays early."""

from __future__ import annotations

from typing import Any

import pytest
from tests.finance.accounts.counter import Counter
from tests.finance.desk import bank, checker, core, maker, other_bank, supplier
from tests.finance.settlement.cashier import Cashier, face, paid_out_at, value_on

from tallystick import finance
from tallystick.finance import limits
from tallystick.finance.errors import (
    Ended,
    EvidenceUsed,
    EvidenceWrong,
    NotEnoughFree,
    QuoteUnknown,
    QuoteWrong,
)
from tallystick.finance.financing.errors import (
    NoEvidence,
    PaymentNotClosable,
    RegistrationWrong,
    SearchMissing,
)
from tallystick.ledger.state import Change

half = 450_000_000
later = "2026-03-18T02:00:00.000Z"


@pytest.fixture
def desk() -> Cashier:
    return Cashier()


@pytest.fixture
def counter() -> Counter:
    return Counter()


@pytest.fixture
def live(desk: Cashier) -> str:
    return desk.live(face)


def accept(desk: Cashier, quote: str) -> None:
    desk.play("finance.quote.accept/1", maker(supplier), finance.QuoteAccept(quote=quote))


def test_a_quote_binds_only_after_the_bank_searched_the_register(desk: Cashier, live: str) -> None:
    desk.search(live, supplier, other_bank)
    desk.time = "2026-03-01T02:00:00.000Z"
    desk.search(live, supplier)
    desk.time = paid_out_at
    quote = desk.quote(live, supplier, half, 42_000, value_on)
    with pytest.raises(SearchMissing, match="2026-03-01"):
        accept(desk, quote)
    desk.search(live, supplier)
    accept(desk, quote)
    assert desk.states(live) == {"SUP locked": half, "SUP free": half}


def test_a_lock_cannot_run_out_while_the_bank_pays(desk: Cashier, live: str) -> None:
    quote = desk.financed(live, half)
    desk.instruct(quote, desk.time)
    desk.block("2026-05-01T02:00:00.000Z")
    assert desk.states(live) == {"SUP paying": half, "SUP free": half}
    assert desk.row("quote", quote)["silent"] is True
    desk.pay_out(quote, "2026-03-17T02:00:00.000Z")
    assert desk.states(live) == {"BANK paying": half, "SUP free": half}
    assert "silent" not in desk.row("quote", quote)


def test_an_instruction_names_a_registration_that_lasts(desk: Cashier, live: str) -> None:
    quote = desk.financed(live, half)
    for registration in (None, finance.Registration(number="Z", ends_on="2026-07-09")):
        body = finance.Instruct(
            quote=quote, registration=registration, reference="E", sent_at=desk.time
        )
        with pytest.raises(RegistrationWrong):
            desk.play("finance.instruct/1", maker(bank), body)
    desk.instruct(quote, desk.time)
    with pytest.raises(Ended):
        desk.instruct(quote, desk.time)


def test_until_it_is_final_nothing_that_may_come_back_is_passed_on(
    desk: Cashier, live: str
) -> None:
    quote = desk.financed(live, half)
    desk.instruct(quote, desk.time)
    desk.pay_out(quote, desk.time)
    with pytest.raises(NotEnoughFree):
        desk.offer(live, bank, supplier, half)
    desk.block("2026-03-19T15:59:59.000Z")
    assert desk.states(live) == {"BANK paying": half, "SUP free": half}
    desk.block("2026-03-19T16:00:00.000Z")
    assert desk.states(live) == {"BANK free": half, "SUP free": half}
    assert desk.row("quote", quote)["final"] == "period"
    with pytest.raises(PaymentNotClosable):
        desk.end("return", quote)


def test_the_word_of_who_received_it_is_final_at_once(desk: Cashier, live: str) -> None:
    quote = desk.financed(live, half)
    desk.instruct(quote, desk.time)
    desk.pay_out(quote, desk.time, by=supplier)
    assert desk.states(live) == {"BANK free": half, "SUP free": half}
    assert desk.row("financing", live, quote)["said_by"] == supplier
    with pytest.raises(PaymentNotClosable):
        desk.paid_in(quote)


def test_a_payment_that_comes_back_reopens_exactly_those_cents(desk: Cashier, live: str) -> None:
    before = desk.rows("holding", live)
    quote = desk.financed(live, half)
    desk.instruct(quote, desk.time)
    desk.pay_out(quote, desk.time)
    desk.time = later
    desk.end("return", quote)
    assert desk.states(live) == {"SUP paying": half, "SUP free": half}
    assert desk.rows("financing", live) == {}
    desk.instruct(quote, desk.time)
    desk.pay_out(quote, desk.time)
    assert desk.states(live) == {"BANK paying": half, "SUP free": half}
    desk.end("return", quote)
    desk.end("fail", quote)
    assert desk.rows("holding", live) == before
    assert desk.row("quote", quote)["status"] == "unpaid"
    again = desk.quote(live, supplier, face, 42_000, "2026-03-18")
    desk.take(again, supplier)


def test_what_was_not_paid_is_free_again_and_closed_once(desk: Cashier, live: str) -> None:
    quote = desk.financed(live, half)
    desk.instruct(quote, desk.time)
    desk.end("fail", quote)
    assert desk.states(live) == {"SUP free": face}
    for act in ("fail", "return"):
        with pytest.raises(PaymentNotClosable):
            desk.end(act, quote)
    with pytest.raises(PaymentNotClosable):
        desk.pay_out(quote, desk.time)


def _disbursed(quote: str, amount: int, evidence: str, paid_at: str = paid_out_at) -> Any:
    return finance.Disburse(quote=quote, amount_minor=amount, evidence=evidence, paid_at=paid_at)


def test_evidence_for_another_amount_day_or_twice_is_none(desk: Cashier, live: str) -> None:
    first, second = desk.financed(live, half), desk.financed(live, half)
    for quote in (first, second):
        desk.instruct(quote, desk.time)
    net, record = desk.row("quote", first)["net"], desk.evidence()
    kind, by = "finance.disburse/1", maker(bank)
    for amount in (net - 1, net + 1, half):
        with pytest.raises(EvidenceWrong):
            desk.play(kind, by, _disbursed(first, amount, record))
    for paid_at in ("2026-03-15T15:59:59.000Z", "2026-03-16T16:00:00.000Z"):
        with pytest.raises(EvidenceWrong):
            desk.play(kind, by, _disbursed(first, net, record, paid_at))
    desk.play(kind, by, _disbursed(first, net, record))
    with pytest.raises(EvidenceUsed):
        desk.play(kind, by, _disbursed(second, net, record))
    with pytest.raises(QuoteUnknown):
        desk.play(kind, maker(other_bank), _disbursed(second, net, desk.evidence()))


def test_a_debtor_pays_early_and_its_own_word_is_no_evidence(desk: Cashier) -> None:
    """Example D: 200,000.00 at 6 %, 45 days early, costs 1,500.00 and pays 198,500.00."""
    live = desk.live(20_000_000)
    desk.time = "2026-05-26T02:00:00.000Z"
    quote = desk.quote(live, supplier, 20_000_000, 60_000, "2026-05-26", by=core)
    row = desk.row("quote", quote)
    assert (row["days"], row["discount"], row["net"]) == (45, 150_000, 19_850_000)
    desk.take(quote, supplier)
    desk.instruct(quote, desk.time, by=core)
    with pytest.raises(NoEvidence):
        desk.pay_out(quote, desk.time, by=core)
    desk.pay_out(quote, desk.time, by=supplier)
    head = desk.row("certificate", live)
    assert (head["status"], head["early"], head["paid"]) == ("settled", 20_000_000, 0)
    assert desk.states(live) == {"SUP paid": 20_000_000}
    assert desk.row("financing", live, quote)["early"] is True


def test_the_paying_bank_speaks_for_an_early_payment_and_it_can_come_back(desk: Cashier) -> None:
    live = desk.live(face)
    desk.time = paid_out_at
    with pytest.raises(QuoteWrong):
        desk.quote(live, supplier, half, 60_000, value_on, by=core, recourse="seller")
    quote = desk.quote(live, supplier, half, 60_000, value_on, by=core)
    desk.take(quote, supplier)
    desk.instruct(quote, desk.time, by=core)
    desk.play(
        "finance.disburse/1",
        maker(bank),
        _disbursed(quote, desk.row("quote", quote)["net"], desk.evidence()),
    )
    assert desk.states(live) == {"SUP paying": half, "SUP free": half}
    desk.end("return", quote)
    desk.end("fail", quote)
    assert desk.states(live) == {"SUP free": face}


def test_a_registration_is_renewed_and_cancelled_after_payoff(desk: Cashier, live: str) -> None:
    quote = desk.financed(live, face)
    desk.disburse(quote, desk.time)
    number = desk.row("quote", quote)["registration"]["number"]
    renewed = finance.Registration(number="ZDW-NEW", ends_on="2030-01-01")
    shorter = finance.Registration(number="ZDW-NEW", ends_on="2027-01-01")
    kind, by = "finance.registration.renew/1", maker(bank)
    with pytest.raises(RegistrationWrong):
        desk.play(kind, by, finance.RegistrationRenew(quote=quote, registration=shorter))
    desk.play(kind, by, finance.RegistrationRenew(quote=quote, registration=renewed))
    assert desk.row("financing", live, quote)["registration"]["renewals"] == 1
    kind = "finance.registration.cancel/1"
    with pytest.raises(RegistrationWrong, match="still owed"):
        desk.play(kind, by, finance.RegistrationCancel(quote=quote, number="ZDW-NEW"))
    desk.time = "2026-07-10T03:00:00.000Z"
    desk.pay(live, face, desk.time)
    with pytest.raises(RegistrationWrong):
        desk.play(kind, by, finance.RegistrationCancel(quote=quote, number=number))
    desk.play(kind, by, finance.RegistrationCancel(quote=quote, number="ZDW-NEW"))
    assert "cancelled" in desk.row("quote", quote)["registration"]


def test_the_bank_that_keeps_the_account_says_what_reached_it_and_nothing_else(
    counter: Counter,
) -> None:
    """A bank that its customer merely names keeps nothing; and none frees units that another bank paid for."""
    account = counter.confirmed(bank=other_bank, by=checker(other_bank))
    counter.named(account)
    name = counter.live(face)
    counter.time = paid_out_at
    quote = counter.quote(name, supplier, half, 42_000, value_on)
    counter.take(quote, supplier)
    counter.instruct(quote, counter.time)
    fail = finance.DisburseEnd(
        quote=quote, reason="other", evidence=counter.evidence(), at=counter.time
    )
    with pytest.raises(NoEvidence):
        counter.play("finance.disburse.fail/1", maker(other_bank), fail)
    counter.pay_out(quote, counter.time)
    back = fail.model_copy(update={"evidence": counter.evidence()})
    found = dict(counter.row("bank-account", account))
    by_payment = {**found, "confirmed": {**found["confirmed"], "how": "payment"}}
    counter.state.apply([Change("bank-account", account, by_payment)])
    with pytest.raises(QuoteUnknown):
        counter.play("finance.disburse.return/1", maker(other_bank), back)
    counter.state.apply([Change("bank-account", account, found)])
    counter.play("finance.disburse.return/1", maker(other_bank), back)
    assert counter.row("quote", quote)["status"] == "returned"


def test_units_in_payment_are_used_or_reserved_and_never_both(desk: Cashier, live: str) -> None:
    def counted() -> tuple[int, int]:
        row = desk.row("limit", f"funder {bank}", "CNY")
        return row["used"], row["reserved"]

    quote = desk.financed(live, half)
    assert counted() == (0, half)
    desk.instruct(quote, desk.time)
    assert counted() == (0, half)
    desk.pay_out(quote, desk.time)
    assert counted() == (half, 0)
    desk.end("return", quote)
    assert counted() == (0, half)
    desk.end("fail", quote)
    assert counted() == (0, 0)
    assert list(limits.differences(desk.state)) == []


def test_a_debtor_that_pays_early_uses_no_limit_of_a_funder(desk: Cashier, live: str) -> None:
    desk.time = paid_out_at
    quote = desk.quote(live, supplier, half, 60_000, value_on, by=core)
    desk.take(quote, supplier)
    assert desk.state.get("limit", f"funder {core}", "CNY") is None
    desk.instruct(quote, desk.time, by=core)
    desk.pay_out(quote, desk.time, by=supplier)
    assert desk.row("limit", f"core {core}", "CNY")["used"] == face - half
