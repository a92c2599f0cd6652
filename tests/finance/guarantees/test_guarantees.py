"""A bank's guarantee: asked for, issued by two, amended with the beneficiary's word, demanded, paid or refused in time."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import settings
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from hypothesis.strategies import data, integers, sampled_from
from tests.finance.books.reconciling import reconciled
from tests.finance.desk import Desk, bank, checker, core, digest, maker, other_bank, supplier

from tallystick import finance
from tallystick.finance.errors import (
    CertificateUnknown,
    DocumentUnknown,
    EvidenceUsed,
    EvidenceWrong,
    ProposalUnknown,
    SameParty,
    SamePerson,
)
from tallystick.finance.guarantees import errors
from tallystick.identity import NotEntitled
from tallystick.ledger import Change, RuleError
from tallystick.ledger.rules import OwnKeyRequired

friend, amount = "99.100/O-FRIEND", 1_000_000_00
titles = ("Statement of default", "Copy of the invoice")
form = finance.Form(name="URDG 758", sha256=digest("form"))
#: The last day is over at midnight in Shanghai.
after_end = "2026-06-30T16:00:00.000Z"


class Counter(Desk):
    """A supplier as applicant, the core as beneficiary of what secures their contract."""

    def __init__(self) -> None:
        super().__init__([friend])
        self.named = self.contract()

    def ask(self, by: str = supplier, **changed: Any) -> str:
        told: dict[str, Any] = {
            "underlying": "contract", "name": self.named, "bank": bank, "beneficiary": core, "currency": "CNY",
            "amount": amount, "valid_from": "2026-01-12", "expires_on": "2026-06-30", "documents": titles,
            "form": form, **changed,
        }  # fmt: skip
        body = finance.GuaranteeRequest(**told)
        return self.play("finance.guarantee.request/1", maker(by), body)

    def put(self, name: str, by: str = maker(bank)) -> str:
        body = finance.GuaranteePropose(guarantee=name)
        return self.play("finance.guarantee.propose/1", by, body)

    def approve(self, proposal: str, author: str = checker(bank)) -> str:
        body = finance.GuaranteeApprove(proposal=proposal)
        return self.play("finance.guarantee.approve/1", author, body)

    def issued(self, **changed: Any) -> str:
        name = self.ask(**changed)
        self.approve(self.put(name))
        return name

    def amend(self, name: str, **told: Any) -> str:
        """The amendment, approved by the second person."""
        body = finance.GuaranteeAmend(guarantee=name, **told)
        amendment = self.play("finance.guarantee.amend/1", maker(bank), body)
        self.approve(amendment)
        return amendment

    def answer(self, name: str, amendment: str, accepted: bool = True, by: str = core) -> str:
        body = finance.AmendmentAnswer(guarantee=name, amendment=amendment, accepted=accepted)
        return self.play("finance.guarantee.answer/1", maker(by), body)

    def demand(
        self, name: str, asked: int, by: str = core, presented: tuple[str, ...] = titles
    ) -> str:
        documents = tuple(finance.Presented(title=one, sha256=digest(one)) for one in presented)
        body = finance.GuaranteeDemand(guarantee=name, amount=asked, documents=documents)
        return self.play("finance.guarantee.demand/1", maker(by), body)

    def refuse(self, name: str, demand: str, by: str = bank) -> str:
        body = finance.DemandRefuse(guarantee=name, demand=demand, reasons=("Not signed", "Late"))
        return self.play("finance.guarantee.refuse/1", maker(by), body)

    def paid(self, name: str, demand: str, asked: int, by: str = bank, **changed: Any) -> str:
        told: dict[str, Any] = {
            "currency": "CNY", "amount": asked, "evidence": digest(demand), "paid_at": self.time, **changed,
        }  # fmt: skip
        body = finance.DemandPaid(guarantee=name, demand=demand, **told)
        return self.play("finance.guarantee.paid/1", maker(by), body)

    def release(self, name: str, less: int | None = None, by: str = core) -> str:
        body = finance.GuaranteeRelease(guarantee=name, amount=less)
        return self.play("finance.guarantee.release/1", maker(by), body)

    def status(self, name: str) -> str:
        return str(self.row("guarantee", name)["status"])


@pytest.fixture
def counter() -> Counter:
    return Counter()


def test_partial_demands_are_paid_and_never_more_than_the_amount(counter: Counter) -> None:
    name = counter.issued()
    first = counter.demand(name, 400_000_00)
    counter.paid(name, first, 400_000_00)
    second = counter.demand(name, 600_000_00)
    with pytest.raises(errors.DemandTooLarge):
        counter.demand(name, 1)
    # The payee's own word is evidence, too.
    counter.paid(name, second, 600_000_00, by=core)
    assert counter.status(name) == "paid"
    assert counter.row("guarantee", name)["paid"] == amount
    assert counter.row("guarantee-demand", name, second)["stated_by"] == core


def test_a_refused_demand_can_be_made_again(counter: Counter) -> None:
    name = counter.issued()
    demand = counter.demand(name, amount)
    counter.refuse(name, demand)
    assert len(counter.row("guarantee-demand", name, demand)["reasons"]) == 2
    with pytest.raises(errors.DemandClosed):
        counter.paid(name, demand, amount)
    assert counter.demand(name, amount)


def test_after_its_days_a_bank_refuses_no_more(counter: Counter) -> None:
    """Presented on 12 January: five days later is the 17th, which ends at 16:00 UTC."""
    name = counter.issued()
    demand = counter.demand(name, amount)
    counter.time = "2026-01-17T16:00:00.000Z"
    with pytest.raises(errors.ExaminationOver):
        counter.refuse(name, demand)
    counter.block("2026-01-17T15:59:59.999Z")
    assert counter.row("guarantee-demand", name, demand)["status"] == "presented"
    counter.block("2026-01-17T16:00:00.000Z")
    assert counter.row("guarantee-demand", name, demand)["status"] == "overdue"
    with pytest.raises(errors.ExaminationOver):
        counter.refuse(name, demand)
    counter.paid(name, demand, amount)
    assert counter.status(name) == "paid"


def test_a_demand_outlives_the_last_day(counter: Counter) -> None:
    name = counter.issued()
    counter.time = "2026-06-30T15:59:00.000Z"
    demand = counter.demand(name, 300)
    counter.time = after_end
    with pytest.raises(errors.GuaranteeEnded):
        counter.demand(name, 300)
    counter.block(after_end)
    assert counter.status(name) == "expired"
    counter.paid(name, demand, 300)
    assert counter.row("guarantee", name)["paid"] == 300


def test_an_amendment_counts_once_the_beneficiary_accepted(counter: Counter) -> None:
    name = counter.issued()
    body = finance.GuaranteeAmend(guarantee=name, amount=2 * amount, expires_on="2026-07-31")
    waiting = counter.play("finance.guarantee.amend/1", maker(bank), body)
    with pytest.raises(errors.AmendmentUnknown):
        counter.answer(name, waiting)
    counter.approve(waiting)
    with pytest.raises(errors.DemandTooLarge):
        counter.demand(name, amount + 1)
    with pytest.raises(NotEntitled):
        counter.answer(name, waiting, by=supplier)
    counter.answer(name, waiting)
    counter.block(after_end)
    assert counter.status(name) == "issued"
    counter.demand(name, 2 * amount)
    counter.block("2026-07-31T16:00:00.000Z")
    assert counter.status(name) == "expired"
    other = counter.issued(expires_on="2026-12-31")
    declined = counter.amend(other, amount=1)
    counter.answer(other, declined, accepted=False)
    assert counter.row("guarantee", other)["amount"] == amount
    with pytest.raises(errors.AmendmentUnknown):
        counter.answer(other, declined)


def test_an_amendment_never_falls_below_what_is_demanded(counter: Counter) -> None:
    name = counter.issued()
    amendment = counter.amend(name, amount=500)
    counter.demand(name, 501)
    with pytest.raises(errors.GuaranteeWrong):
        counter.answer(name, amendment)
    assert counter.row("guarantee", name)["amount"] == amount


def test_reductions_and_releases_take_from_what_can_be_demanded(counter: Counter) -> None:
    steps = (finance.Reduction(on="2026-03-01", amount=400_000_00),)
    name = counter.issued(reductions=steps)
    counter.release(name, 100_000_00)
    counter.time = "2026-02-28T15:59:00.000Z"
    counter.refuse(name, counter.demand(name, 900_000_00))
    counter.time = "2026-02-28T16:00:00.000Z"
    with pytest.raises(errors.DemandTooLarge):
        counter.demand(name, 500_000_01)
    with pytest.raises(errors.DemandTooLarge):
        counter.release(name, 500_000_01)
    counter.release(name)
    assert counter.status(name) == "released"


def test_only_two_persons_of_the_bank_issue(counter: Counter) -> None:
    name = counter.ask()
    proposal = counter.put(name)
    both = {"organisation": bank, "roles": ["maker", "checker"]}
    counter.state.apply([Change("person", maker(bank), both)])
    with pytest.raises(SamePerson):
        counter.approve(proposal, maker(bank))
    with pytest.raises(ProposalUnknown):
        counter.approve(proposal, checker(other_bank))
    body = finance.GuaranteeApprove(proposal=proposal)
    with pytest.raises(OwnKeyRequired):
        counter.play("finance.guarantee.approve/1", checker(bank), body, custody="node")
    assert counter.status(name) == "requested"
    counter.approve(proposal)
    assert counter.status(name) == "issued"


def test_a_request_lapses_or_is_declined(counter: Counter) -> None:
    name, other = counter.ask(), counter.ask()
    body = finance.GuaranteeDecline(guarantee=other)
    with pytest.raises(NotEntitled):
        counter.play("finance.guarantee.decline/1", maker(core), body)
    counter.play("finance.guarantee.decline/1", maker(bank), body)
    proposal = counter.put(name)
    counter.block("2026-01-19T02:00:00.000Z")
    assert (counter.status(name), counter.status(other)) == ("lapsed", "declined")
    with pytest.raises(errors.GuaranteeEnded):
        counter.approve(proposal)


Try = Callable[[Counter, str, str], Any]


@pytest.mark.parametrize(
    ("act", "error"),
    [
        (lambda c, _g, _d: c.ask(by=friend), RuleError),
        (lambda c, _g, _d: c.ask(name=f"{core}#NONE"), RuleError),
        (lambda c, _g, _d: c.ask(underlying="order"), DocumentUnknown),
        (lambda c, _g, _d: c.ask(underlying="certificate", name=f"{core}#C-9"), CertificateUnknown),
        (lambda c, _g, _d: c.ask(beneficiary=friend), errors.GuaranteeWrong),
        (lambda c, _g, _d: c.ask(beneficiary=supplier), SameParty),
        (lambda c, _g, _d: c.ask(bank=friend), NotEntitled),
        (lambda c, _g, _d: c.ask(expires_on="2026-01-11"), errors.GuaranteeWrong),
        (lambda c, _g, _d: c.ask(expires_on="2099-01-11"), errors.GuaranteeWrong),
        (lambda c, _g, _d: c.ask(documents=("a", "a")), errors.GuaranteeWrong),
        (lambda c, g, _d: c.demand(g, 1, by=supplier), NotEntitled),
        (lambda c, g, _d: c.demand(g, 1, by=other_bank), errors.GuaranteeUnknown),
        (lambda c, g, _d: c.demand(g, 1, presented=titles[:1]), errors.DemandWrong),
        (lambda c, g, _d: c.demand(g, 1, presented=(*titles, "More")), errors.DemandWrong),
        (lambda c, g, _d: c.demand(g, amount), errors.DemandTooLarge),
        (lambda c, g, d: c.paid(g, d, 100, by=supplier), NotEntitled),
        (lambda c, g, d: c.paid(g, d, 99), EvidenceWrong),
        (lambda c, g, d: c.paid(g, d, 100, currency="USD"), EvidenceWrong),
        (lambda c, g, d: c.paid(g, d, 100, paid_at="2026-01-10T00:00:00.000Z"), EvidenceWrong),
        (lambda c, g, d: c.paid(g, d, 100, paid_at="2026-02-10T00:00:00.000Z"), EvidenceWrong),
        (lambda c, g, _d: c.paid(g, digest("none"), 100), errors.DemandClosed),
        (lambda c, g, d: c.refuse(g, d, by=core), NotEntitled),
        (lambda c, g, d: c.refuse(g, d, by=other_bank), errors.GuaranteeUnknown),
        (lambda c, g, _d: c.release(g, by=supplier), NotEntitled),
        (lambda c, g, _d: c.put(g), errors.GuaranteeEnded),
        (lambda c, g, _d: c.amend(g, amount=99), errors.GuaranteeWrong),
        (lambda c, g, _d: c.amend(g, expires_on="2026-01-11"), errors.GuaranteeWrong),
    ],
)
def test_wrong_acts_change_nothing(counter: Counter, act: Try, error: type[Exception]) -> None:
    name = counter.issued()
    demand = counter.demand(name, 100)
    before = dict(counter.state.documents())
    with pytest.raises(error):
        act(counter, name, demand)
    assert dict(counter.state.documents()) == before


def test_a_record_of_a_payment_counts_once(counter: Counter) -> None:
    name = counter.issued()
    first, second = counter.demand(name, 100), counter.demand(name, 100)
    counter.paid(name, first, 100)
    with pytest.raises(EvidenceUsed):
        counter.paid(name, second, 100, evidence=digest(first))


def test_an_amendment_changes_something() -> None:
    with pytest.raises(ValueError, match="changes something"):
        finance.GuaranteeAmend(guarantee=digest("x"))


class GuaranteeMachine(RuleBasedStateMachine):
    """Whatever order: paid, demanded and released never exceed the amount."""

    def __init__(self) -> None:
        super().__init__()
        self.counter = Counter()
        self.name = self.counter.issued()
        self.open: list[tuple[str, int]] = []

    @property
    def row(self) -> Any:
        return self.counter.row("guarantee", self.name)

    @rule(asked=integers(1, amount))
    def demand(self, asked: int) -> None:
        try:
            self.open.append((self.counter.demand(self.name, asked), asked))
        except (errors.DemandTooLarge, errors.GuaranteeEnded):
            row = self.row
            left = row["amount"] - row["paid"] - row["demanded"] - row["released"]
            assert asked > left or row["status"] != "issued"

    @precondition(lambda self: self.open)
    @rule(draw=data(), pays=sampled_from([True, False]))
    def answer(self, draw: Any, pays: bool) -> None:
        demand, asked = draw.draw(sampled_from(self.open))
        self.open.remove((demand, asked))
        if pays:
            self.counter.paid(self.name, demand, asked)
        else:
            self.counter.refuse(self.name, demand)

    @rule(less=integers(1, amount))
    def release(self, less: int) -> None:
        with suppress(errors.DemandTooLarge, errors.GuaranteeEnded):
            self.counter.release(self.name, less)

    @rule(now=integers(1, 2 * amount))
    def amend(self, now: int) -> None:
        with suppress(errors.GuaranteeWrong, errors.GuaranteeEnded):
            self.counter.answer(self.name, self.counter.amend(self.name, amount=now))

    @invariant()
    def holds(self) -> None:
        row = self.row
        assert row["demanded"] == sum(asked for _, asked in self.open)
        assert 0 <= row["paid"] + row["demanded"] + row["released"] <= row["amount"]

    def teardown(self) -> None:
        reconciled(self.counter)


TestGuaranteeMachine = GuaranteeMachine.TestCase
TestGuaranteeMachine.settings = settings(max_examples=20, stateful_step_count=20, deadline=None)
