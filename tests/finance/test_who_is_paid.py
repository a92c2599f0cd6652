"""Who is asked about before it is paid, for every entry type of finance: whoever stands on a list of sanctions is not.

A new type fails until somebody says here whom it pays, or why it pays nobody.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest
from tests.finance.accounts.counter import Counter
from tests.finance.advances.desk import Lender, funder, mill
from tests.finance.desk import Desk, bank, core, other_bank, supplier
from tests.finance.guarantees.test_guarantees import Counter as Guaranteed
from tests.finance.holdings.vault import Vault
from tests.finance.insurance.desk import Insurance
from tests.finance.settlement.cashier import Cashier, due, face
from tests.finance.settlement.test_borne_interest import Bearing
from tests.finance.test_holds import hold, release

from tallystick.identity import PaymentHeld


@dataclass
class Payment:
    """What is about to be stated, who is paid by it, and how the payee itself would say that it came."""

    desk: Desk
    payee: str
    state: Callable[[], str]
    received: Callable[[], str] | None = None


def financing() -> Payment:
    desk = Cashier()
    quote = desk.financed(desk.live(face), face)
    return Payment(desk, supplier, lambda: desk.instruct(quote, desk.time))


def at_maturity() -> Payment:
    desk = Cashier()
    name = desk.live(face)
    desk.block(due)
    return Payment(desk, supplier, lambda: desk.pay(name, face, due))


def of_a_day() -> Payment:
    desk = Cashier()
    desk.live(face)
    desk.block(due)
    return Payment(desk, supplier, lambda: desk.pay_due(face))


def late_interest() -> Payment:
    desk = Cashier()
    name = desk.live(face)
    for time in (due, "2026-07-11T16:00:00.000Z", "2026-07-20T03:00:00.000Z"):
        desk.block(time)
    desk.pay(name, face, desk.time)
    late = int(desk.row("arrears", name)["late_due"])
    return Payment(desk, supplier, lambda: desk.pay_late(name, late))


def drawn(desk: Lender) -> tuple[str, str]:
    name = desk.opened()
    return name, desk.draw(name, 100)


def advance_sent() -> Payment:
    desk = Lender()
    name, advance = drawn(desk)
    return Payment(desk, mill, lambda: desk.instruct(name, advance))


def advance_paid() -> Payment:
    """Without an instruction before it, which nobody has to state."""
    desk = Lender()
    name, advance = drawn(desk)
    return Payment(
        desk,
        mill,
        lambda: desk.paid_out(name, advance, 100),
        lambda: desk.paid_out(name, advance, 100, by=mill),
    )


def interest_paid() -> Payment:
    desk = Bearing()
    quote = desk.owing(other_bank)
    return Payment(
        desk, other_bank, lambda: desk.settle(quote, bank), lambda: desk.settle(quote, other_bank)
    )


def guaranteed() -> Payment:
    desk = Guaranteed()
    name = desk.issued()
    demand = desk.demand(name, 300)
    return Payment(
        desk,
        core,
        lambda: desk.paid(name, demand, 300),
        lambda: desk.paid(name, demand, 300, by=core),
    )


def insured() -> Payment:
    desk, claimed = Insurance(), 31_336_718
    _, claim = desk.filed()
    desk.decided(claim, claimed)
    return Payment(
        desk,
        bank,
        lambda: desk.claim_paid(claim, claimed),
        lambda: desk.claim_paid(claim, claimed, by=bank),
    )


def sold() -> Payment:
    desk = Vault()
    name = desk.live(face)
    desk.financed(name, supplier, face, bank)
    offer = desk.sell(name, bank, other_bank, face, face - 1)
    return Payment(desk, bank, lambda: desk.buy(offer, other_bank))


def proving() -> Payment:
    desk = Counter()
    account = desk.registered()

    def challenge() -> str:
        desk.challenge(account, 42)
        return desk.acts[-1].payload_hash

    return Payment(desk, supplier, challenge)


#: By type: who is asked about, and the payment at which it is tried.
asked: dict[str, tuple[str, Callable[[], Payment]]] = {
    "finance.account.challenge/1": ("the owner of the account", proving),
    "finance.advance.instruct/1": ("the supplier of the purchase", advance_sent),
    "finance.advance.paid/1": ("the supplier, unless an instruction left before", advance_paid),
    "finance.guarantee.paid/1": ("the beneficiary", guaranteed),
    "finance.instruct/1": ("the holder that accepted the quote", financing),
    "finance.insurance.paid/1": ("the insured", insured),
    "finance.interest.pay/1": ("the funder to whom it is owed", interest_paid),
    "finance.pay.due/1": ("each holder of each certificate of the day", of_a_day),
    "finance.pay.late/1": ("each holder that was paid late", late_interest),
    "finance.pay/1": ("each holder", at_maturity),
    "finance.transfer.accept/1": ("the seller to whom a price was paid", sold),
}
#: By why nobody is asked about: said of an instruction that was asked before, or by whoever was paid; said of money that
#: came back or never went; no payment at all.
others: dict[str, tuple[str, ...]] = {
    "told": (
        "finance.advance.repaid/1", "finance.disburse.receive/1", "finance.disburse/1", "finance.pay.receive/1",
        "finance.ordinary.paid/1", "finance.recourse.receive/1",
    ),
    "back": (
        "finance.advance.unpaid/1", "finance.disburse.fail/1", "finance.disburse.return/1", "finance.interest.return/1", "finance.ordinary.close/1", "finance.pay.return/1",
    ),
    "none": (
        "finance.account.answer/1", "finance.account.attest/1", "finance.account.close/1", "finance.account.register/1",
        "finance.account.reveal/1", "finance.advance.draw/1", "finance.agree/1", "finance.bid.open/1",
        "finance.bid.seal/1", "finance.calendar.approve/1", "finance.calendar.propose/1", "finance.cancel.agree/1",
        "finance.cancel.decline/1", "finance.cancel.propose/1", "finance.cancel.withdraw/1",
        "finance.certificate.accept/1", "finance.certificate.refuse/1", "finance.conditions.approve/1",
        "finance.conditions.propose/1", "finance.confirm.approve/1", "finance.confirm.propose/1",
        "finance.contract.supplement/1", "finance.contract/1", "finance.credit/1", "finance.decline/1",
        "finance.delivery/1", "finance.despatch/1", "finance.dispute.withdraw/1", "finance.dispute/1",
        "finance.erp.confirm/1", "finance.facility.accept/1", "finance.facility.approve/1",
        "finance.facility.decline/1", "finance.facility.propose/1", "finance.facility.request/1", "finance.freeze.approve/1",
        "finance.freeze.change/1", "finance.freeze.propose/1", "finance.guarantee.amend/1",
        "finance.guarantee.answer/1", "finance.guarantee.approve/1", "finance.guarantee.decline/1",
        "finance.guarantee.demand/1", "finance.guarantee.propose/1", "finance.guarantee.refuse/1",
        "finance.guarantee.release/1", "finance.guarantee.request/1", "finance.insurance.answer/1",
        "finance.insurance.approve/1", "finance.insurance.claim/1", "finance.insurance.decide.approve/1",
        "finance.insurance.decide/1", "finance.insurance.declare/1", "finance.insurance.notice/1",
        "finance.insurance.propose/1", "finance.interest.approve/1", "finance.interest.propose/1", "finance.invoice/1", "finance.items/1", "finance.limit.approve/1",
        "finance.limit.propose/1", "finance.lock.release/1", "finance.lock/1", "finance.match.release.approve/1",
        "finance.match.release.propose/1", "finance.material/1", "finance.notice.acknowledge/1",
        "finance.notice.give/1", "finance.order.cancel/1", "finance.order.change/1", "finance.order/1",
        "finance.payee.approve/1", "finance.payee.cancel/1", "finance.payee.propose/1", "finance.pledge.accept/1",
        "finance.pledge.offer/1", "finance.pledge.refuse/1", "finance.pledge.release/1",
        "finance.pledge.withdraw/1", "finance.policy.approve/1", "finance.policy.confirm/1",
        "finance.policy.propose/1", "finance.policy.stop/1", "finance.quote.accept/1", "finance.quote/1",
        "finance.recourse.demand/1", "finance.registration.cancel/1", "finance.registration.renew/1",
        "finance.search/1", "finance.statement.answer/1", "finance.statement.propose/1", "finance.subcontract/1",
        "finance.tender.confide/1", "finance.tender.decline/1", "finance.tender.open/1", "finance.tender.withdraw/1",
        "finance.tolerances.approve/1", "finance.tolerances.propose/1", "finance.transfer.offer/1",
        "finance.transfer.refuse/1", "finance.transfer.withdraw/1", "finance.usage/1", "finance.waiver.register/1",
    ),
}  # fmt: skip


def test_every_type_of_finance_is_sorted_once() -> None:
    known = {name for name in Desk().rules.types if name.startswith("finance.")}
    named = [*asked, *(name for names in others.values() for name in names)]
    assert sorted(known - set(named)) == [], "say in the table whom a new type pays"
    assert sorted(set(named) - known) == []
    assert len(named) == len(set(named))


@pytest.mark.parametrize("kind", asked)
def test_nobody_pays_whoever_stands_on_a_list(kind: str) -> None:
    """Refused with list and version; once it is released the same payment goes through."""
    _, scene = asked[kind]
    payment = scene()
    desk = payment.desk
    hold(desk, payment.payee)
    before = sorted(desk.state.documents())
    with pytest.raises(PaymentHeld) as refused:
        payment.state()
    assert refused.value.code == "payment-held"
    why = f"{payment.payee}: sanctions, UN Security Council 2026-01-10, since {desk.time}"
    assert refused.value.detail.startswith(why)
    assert sorted(desk.state.documents()) == before
    release(desk, payment.payee)
    payment.state()
    assert desk.acts[-1].type == kind


@pytest.mark.parametrize("scene", [advance_paid, guaranteed, insured])
def test_whoever_was_paid_says_so_all_the_same(scene: Callable[[], Payment]) -> None:
    payment = scene()
    hold(payment.desk, payment.payee)
    assert payment.received is not None
    payment.received()


def test_what_an_instruction_sent_before_is_told() -> None:
    """Money that has gone is history."""
    lender = Lender()
    name, advance = drawn(lender)
    lender.instruct(name, advance)
    hold(lender, mill)
    lender.paid_out(name, advance, 100, by=funder)
    assert lender.row("advance", name, advance)["status"] == "paid"
    cashier = Cashier()
    quote = cashier.financed(cashier.live(face), face)
    cashier.instruct(quote, cashier.time)
    hold(cashier, supplier)
    cashier.pay_out(quote, cashier.time)
    assert cashier.row("quote", quote)["status"] == "financed"
