"""Order financing: drawn by what the ledger proves, paid to suppliers alone, repaid by the certificate that comes of it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import settings
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from hypothesis.strategies import booleans, data, integers, sampled_from
from tests.finance.advances.desk import Lender, account, carrier, cost, funder, lot, mill, worth
from tests.finance.books.reconciling import reconciled
from tests.finance.desk import bank, checker, core, digest, maker, scanner, supplier

from tallystick import finance
from tallystick.finance.advances import errors
from tallystick.finance.advances.drawable import drawable, milestone, unbought
from tallystick.finance.advances.owing import counted_to, owed
from tallystick.finance.draft import Draft
from tallystick.finance.errors import (
    AlreadyFinanced,
    DocumentUnknown,
    EvidenceUsed,
    EvidenceWrong,
    OverPayment,
    ProposalUnknown,
    SameParty,
)
from tallystick.finance.hops.errors import EvidenceConsumed
from tallystick.finance.money.dates import money_date
from tallystick.identity import NotEntitled
from tallystick.ledger.state import Change


@pytest.fixture
def lender() -> Lender:
    return Lender()


def reached(lender: Lender, name: str, *despatches: str) -> str:
    return milestone(Draft(lender.state), lender.row("facility", name), despatches)


def test_a_funder_declines_before_it_offered(lender: Lender) -> None:
    name = lender.ask()
    proposal = lender.terms(name)
    body = finance.FacilityDecline(facility=name, reason="evidence")
    with pytest.raises(NotEntitled):
        lender.play("finance.facility.decline/1", maker(supplier), body)
    for stranger in (core, mill):
        with pytest.raises(errors.FacilityUnknown):
            lender.play("finance.facility.decline/1", maker(stranger), body)
    lender.play("finance.facility.decline/1", checker(funder), body)
    row = lender.row("facility", name)
    assert (row["status"], row["reason"]) == ("declined", "evidence")
    with pytest.raises(errors.FacilityEnded):
        lender.approve_terms(proposal)
    for again in (lambda: lender.terms(name), lambda: lender.take_terms(name)):
        with pytest.raises(errors.FacilityEnded):
            again()
    with pytest.raises(errors.FacilityEnded):
        lender.play("finance.facility.decline/1", maker(funder), body)
    lender.block(row["until"])
    assert lender.row("facility", name)["status"] == "declined"
    other = lender.ask(limit=worth - 1)
    lender.approve_terms(lender.terms(other, limit=worth - 1))
    with pytest.raises(errors.FacilityEnded):
        lender.play(
            "finance.facility.decline/1", maker(funder), finance.FacilityDecline(facility=other)
        )


def test_the_share_rises_with_what_the_ledger_proves(lender: Lender) -> None:
    name = lender.opened()
    assert reached(lender, name) == "accepted"
    with pytest.raises(errors.NotDrawable):
        lender.draw(name, worth * 20 // 100 + 1)
    lender.lent(name, worth * 20 // 100)
    lender.material_in()
    assert reached(lender, name) == "material"
    with pytest.raises(errors.NotDrawable):
        lender.draw(name, worth * 20 // 100 + 1)
    made = {"party": supplier, "at": "1", "time": lender.time}
    lender.state.apply([Change("made-into", lot, {**made, "party": core}, "99.100.7/LOT-GOODS")])
    assert reached(lender, name) == "material"
    lender.state.apply([Change("made-into", lot, made, "99.100.7/LOT-GOODS")])
    assert reached(lender, name) == "work"
    lender.goods_in()
    assert reached(lender, name) == "shipped"
    certificate = lender.certified()
    assert reached(lender, name) == "confirmed"
    # Beyond what the materials cost nothing is drawn, whatever the share.
    with pytest.raises(errors.NotDrawable):
        lender.draw(name, cost - worth * 20 // 100 + 1)
    lender.lent(name, cost - worth * 20 // 100)
    assert lender.row("certificate", certificate)["status"] == "offered"


def test_a_despatch_counts_once_a_carrier_scanned_it(lender: Lender) -> None:
    """The borrower's own despatch advice is its own word."""
    name = lender.opened()
    line = finance.DespatchLine(line=1, order=lender.named, order_line=1, quantity=1000)
    body = finance.Despatch(
        number="DA-1", seller=supplier, buyer=core, carrier=carrier, despatched_on="2026-01-12", lines=(line,)
    )  # fmt: skip
    lender.play("finance.despatch/1", maker(supplier), body)
    despatch = f"{supplier}#DA-1"
    assert reached(lender, name) == "accepted"
    with pytest.raises(errors.FacilityWrong):
        lender.draw(name, 1, despatches=(despatch,))
    scan = {"event": digest("e"), "time": lender.time, "index": 1, "device": scanner(carrier)}
    head = dict(lender.row("despatch", despatch))
    lender.state.apply([Change("despatch", despatch, {**head, "carried": scan})])
    assert reached(lender, name, despatch) == "shipped"


def test_acceptance_assigns_what_is_owed_and_repays_it(lender: Lender) -> None:
    """200,000.00 at 6 % over 30 days of 360: 1,000.00."""
    name = lender.opened()
    lender.lent(name, 200_000_00)
    lender.goods_in()
    lender.time = "2026-02-11T02:00:00.000Z"
    certificate = lender.certified()
    assert lender.owed(name) == 201_000_00
    lender.accept_certificate(certificate)
    assert lender.balances(certificate) == {funder: 201_000_00, supplier: worth - 201_000_00}
    lender.check_partition(certificate)
    row = lender.row("facility", name)
    assert (row["converted"], row["principal"], lender.owed(name)) == (201_000_00, 0, 0)
    (cents,) = [
        one for one in lender.rows("holding", certificate).values() if one["holder"] == funder
    ]
    assert cents["batch"] == name
    # What was assigned is not financed again, and nothing more is drawn on what is certified.
    quote = lender.quote(certificate, supplier, worth, 42_000, "2026-02-20")
    with pytest.raises(AlreadyFinanced):
        lender.take(quote, supplier)
    with pytest.raises(errors.NotDrawable):
        lender.draw(name, 1)


def test_a_smaller_certificate_leaves_the_rest_owed(lender: Lender) -> None:
    name = lender.opened()
    lender.lent(name, 200_000_00)
    lender.goods_in()
    certificate = lender.certified(50_000_00)
    lender.accept_certificate(certificate)
    assert lender.balances(certificate) == {funder: 50_000_00}
    assert lender.owed(name) == 150_000_00
    lender.repaid(name, 150_000_00)
    assert lender.owed(name) == 0
    with pytest.raises(OverPayment):
        lender.repaid(name, 1)


def test_less_than_the_smallest_split_does_not_stop_an_acceptance(lender: Lender) -> None:
    name = lender.opened()
    lender.lent(name, 7)
    lender.goods_in()
    certificate = lender.certified()
    lender.accept_certificate(certificate)
    assert lender.balances(certificate)[funder] == 7


def test_what_an_advance_pays_no_certificate_pays_again(lender: Lender) -> None:
    name = lender.opened()
    lender.lent(name, 200_000_00)
    evidence = finance.HopEvidence(kind="order", name=lender.purchase, amount=cost)
    certificate = lender.live(worth, "2")
    body = finance.TransferOffer(
        certificate=certificate, amount=cost, to=mill, evidence=(evidence,)
    )
    with pytest.raises(EvidenceConsumed):
        lender.play("finance.transfer.offer/1", maker(supplier), body)
    # And the other way round: paid by certificate, it is bought.
    left = evidence.model_copy(update={"amount": cost - 200_000_00})
    body = finance.TransferOffer(
        certificate=certificate, amount=left.amount, to=mill, evidence=(left,)
    )
    lender.play("finance.transfer.offer/1", maker(supplier), body)
    assert unbought(Draft(lender.state), lender.row("facility", name)) == 0


def test_an_advance_lapses_unless_it_is_instructed(lender: Lender) -> None:
    name = lender.opened()
    first, second = lender.draw(name, 100), lender.draw(name, 200)
    lender.instruct(name, second)
    lender.block("2026-01-15T02:00:00.000Z")
    assert lender.row("advance", name, first)["status"] == "lapsed"
    assert lender.row("facility", name)["pending"] == 200
    with pytest.raises(errors.FacilityEnded):
        lender.paid_out(name, first, 100)
    lender.unpaid(name, second)
    assert lender.row("facility", name)["pending"] == 0
    assert unbought(Draft(lender.state), lender.row("facility", name)) == cost


@pytest.mark.parametrize("answer", ["instruct", "paid_out", "unpaid"])
def test_an_advance_that_has_ended_is_not_answered_before_a_block_says_so(
    lender: Lender, answer: str
) -> None:
    """A payment of it counted, or was told as failed, as long as no block had followed its end; a moment later not."""
    name = lender.opened()
    advance = lender.draw(name, 1_000_00)
    lender.time = until = lender.row("advance", name, advance)["until"]
    amount = {"amount": 1_000_00} if answer == "paid_out" else {}
    for _ in range(2):
        with pytest.raises(errors.FacilityEnded):
            getattr(lender, answer)(name, advance, **amount)
        lender.block(until)
    assert lender.row("advance", name, advance)["status"] == "lapsed"


def test_days_end_drawing_and_nothing_else(lender: Lender) -> None:
    name = lender.opened()
    lender.lent(name, 100)
    lender.block("2026-05-31T16:00:00.000Z")
    assert lender.row("facility", name)["status"] == "closed"
    with pytest.raises(errors.FacilityEnded):
        lender.draw(name, 100)
    lender.repaid(name, 100)


def test_interest_counts_from_the_day_of_payment_however_late_it_is_told(lender: Lender) -> None:
    name = lender.opened()
    first, second = lender.draw(name, 90_000_00), lender.draw(name, 90_000_00)
    lender.instruct(name, first)
    lender.instruct(name, second)
    start = lender.time
    lender.time = "2026-02-11T02:00:00.000Z"
    lender.paid_out(name, first, 90_000_00)
    lender.paid_out(name, second, 90_000_00, by=mill, paid_at=start)
    assert lender.owed(name) == 180_000_00 + 450_00


def test_a_facility_lapses_unanswered_and_an_order_has_one(lender: Lender) -> None:
    lender.opened()
    other = lender.ask()
    lender.approve_terms(lender.terms(other))
    with pytest.raises(errors.OrderFinanced):
        lender.take_terms(other)
    lender.block("2026-01-19T02:00:00.000Z")
    assert lender.row("facility", other)["status"] == "lapsed"


Try = Callable[[Lender, str, str], Any]


@pytest.mark.parametrize(
    ("act", "error"),
    [
        (lambda d, _f, _a: d.ask(by=core), NotEntitled),
        (lambda d, _f, _a: d.ask(by=carrier), DocumentUnknown),
        (lambda d, _f, _a: d.ask(funder=core), NotEntitled),
        (lambda d, _f, _a: d.ask(purchases=(d.named,)), errors.FacilityWrong),
        (lambda d, _f, _a: d.ask(purchases=(d.purchase, d.purchase)), errors.FacilityWrong),
        (lambda d, _f, _a: d.ask(purchases=("99.100/O-X#PO-9",)), errors.FacilityWrong),
        (lambda d, _f, _a: d.terms(d.ask(), limit=worth + 1), errors.FacilityWrong),
        (lambda d, _f, _a: d.terms(d.ask(), repay_on="2026-01-01"), errors.FacilityWrong),
        (lambda d, _f, _a: d.terms(d.ask(), account=f"{core}#A-1"), errors.FacilityWrong),
        (lambda d, _f, _a: d.terms(d.ask(), by=bank), errors.FacilityUnknown),
        (lambda d, _f, _a: d.approve_terms(d.terms(d.ask()), checker(bank)), ProposalUnknown),
        (lambda d, _f, _a: d.take_terms(d.ask()), errors.FacilityEnded),
        (lambda d, f, _a: d.draw(f, 1, by=funder), NotEntitled),
        (lambda d, f, _a: d.draw(f, 1, by=mill), errors.FacilityUnknown),
        (lambda d, f, _a: d.draw(f, 1, purchase=d.named), errors.FacilityWrong),
        (lambda d, f, _a: d.draw(f, 1, despatches=("99.100/O-X#DA-9",)), errors.FacilityWrong),
        (lambda d, f, a: d.instruct(f, a, by=supplier), NotEntitled),
        (lambda d, f, a: d.paid_out(f, a, 100, by=supplier), errors.FacilityUnknown),
        (lambda d, f, a: d.paid_out(f, a, 99), EvidenceWrong),
        (lambda d, f, a: d.paid_out(f, a, 100, currency="EUR"), EvidenceWrong),
        (lambda d, f, a: d.paid_out(f, a, 100, paid_at="2026-01-09T00:00:00.000Z"), EvidenceWrong),
        (lambda d, f, a: d.paid_out(f, a, 100, paid_at="2026-01-19T00:00:00.000Z"), EvidenceWrong),
        (lambda d, f, a: d.paid_out(f, a, 100, evidence=digest("used")), EvidenceUsed),
        (lambda d, f, a: d.unpaid(f, a, by=supplier), NotEntitled),
        (lambda d, f, _a: d.repaid(f, 1, by=supplier), NotEntitled),
        (lambda d, f, _a: d.repaid(f, 1, account=f"{supplier}#A-2"), EvidenceWrong),
        (lambda d, f, _a: d.repaid(f, 101), OverPayment),
    ],
)
def test_wrong_acts_change_nothing_of_the_facility(
    lender: Lender, act: Try, error: type[Exception]
) -> None:
    name = lender.opened()
    lender.paid_out(name, lender.draw(name, 100), 100, evidence=digest("used"))
    advance = lender.draw(name, 100)
    kinds = ("facility", "advance", "bank-record")
    before = [dict(lender.state.group(kind, name)) for kind in kinds]
    with pytest.raises(error):
        act(lender, name, advance)
    assert [dict(lender.state.group(kind, name)) for kind in kinds] == before


def test_a_funder_that_is_the_buyer_finances_nothing(lender: Lender) -> None:
    row = dict(lender.row("organisation", core))
    lender.state.apply([Change("organisation", core, {**row, "capacities": ["core", "bank"]})])
    with pytest.raises(SameParty):
        lender.ask(funder=core)


def test_terms_are_accepted_only_where_the_borrower_is_paid(lender: Lender) -> None:
    name = lender.ask()
    lender.approve_terms(lender.terms(name))
    paid = {"account": f"{supplier}#A-2", "since": 0}
    row = dict(lender.row("bank-account", account))
    lender.state.apply(
        [Change("bank-account", f"{supplier}#A-2", row), Change("payee", supplier, paid, "CNY")]
    )
    with pytest.raises(errors.FacilityWrong):
        lender.take_terms(name)


def test_milestones_rise() -> None:
    with pytest.raises(ValueError, match="smaller share"):
        finance.Milestones(accepted=500_000)


class FacilityMachine(RuleBasedStateMachine):
    """Whatever order: drawn + interest = repaid + converted + owed, and never more than the materials cost."""

    def __init__(self) -> None:
        super().__init__()
        self.lender = Lender()
        self.name = self.lender.opened()
        self.lender.goods_in()
        self.open: list[tuple[str, int]] = []
        self.day = 0
        self.certificate = ""
        self.cash = 0

    @property
    def row(self) -> Any:
        return self.lender.row("facility", self.name)

    def status(self, advance: str) -> str:
        return str(self.lender.row("advance", self.name, advance)["status"])

    @rule(days=integers(1, 15))
    def wait(self, days: int) -> None:
        self.day = min(self.day + days, 100)
        month, day = divmod(self.day, 25)
        self.lender.block(f"2026-{month + 2:02d}-{day + 1:02d}T02:00:00.000Z")
        self.open = [one for one in self.open if self.status(one[0]) != "lapsed"]

    @rule(amount=integers(1, cost), instructs=booleans())
    def draw(self, amount: int, instructs: bool) -> None:
        with suppress(errors.NotDrawable, EvidenceConsumed, errors.FacilityEnded):
            self.open.append((self.lender.draw(self.name, amount), amount))
            if instructs:
                self.lender.instruct(self.name, self.open[-1][0])

    @precondition(lambda self: self.open)
    @rule(picks=data(), pays=booleans())
    def answer(self, picks: Any, pays: bool) -> None:
        advance, amount = picks.draw(sampled_from(self.open))
        self.open.remove((advance, amount))
        if pays:
            self.lender.paid_out(self.name, advance, amount)
        else:
            self.lender.unpaid(self.name, advance)

    @rule(amount=integers(1, cost))
    def repay(self, amount: int) -> None:
        with suppress(OverPayment):
            self.lender.repaid(self.name, amount)
            self.cash += amount

    @precondition(lambda self: not self.certificate)
    @rule(amount=integers(100_00, worth))
    def certify(self, amount: int) -> None:
        self.certificate = self.lender.certified(amount)
        before = self.lender.owed(self.name)
        self.lender.accept_certificate(self.certificate)
        held = self.lender.balances(self.certificate).get(funder, 0)
        assert held == min(before, amount) == self.row["converted"]
        self.lender.check_partition(self.certificate)

    @invariant()
    def holds(self) -> None:
        row, draft = self.row, Draft(self.lender.state)
        on = counted_to(row, money_date(self.lender.time))
        now = owed(row, on)
        assert row["drawn"] + now.accrued == row["repaid"] + row["converted"] + now.total
        assert (row["repaid"], min(now.principal, now.interest) >= 0) == (self.cash, True)
        assert row["pending"] == sum(amount for _, amount in self.open)
        assert row["drawn"] + row["pending"] + unbought(draft, row) == cost
        assert drawable(draft, row, milestone(draft, row), on) >= 0

    def teardown(self) -> None:
        reconciled(self.lender)


TestFacilityMachine = FacilityMachine.TestCase
TestFacilityMachine.settings = settings(max_examples=20, stateful_step_count=20, deadline=None)
