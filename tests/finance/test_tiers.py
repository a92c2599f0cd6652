"""Which acts ask the amount tiers of whoever speaks, for every entry type of finance that there is.

An act asks where it binds its organisation, moves its money, or gives something up of it. A new type fails until
somebody says here what it is. Acts of stories are tried where everybody's tiers ask for more than sign.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from typing import Any, Literal

import pytest
from tests.finance.advances.desk import Lender
from tests.finance.bidding.market import Market, amount, opening
from tests.finance.desk import Desk, bank, checker, core, maker, other_bank, rule_set, supplier
from tests.finance.guarantees.test_guarantees import Counter
from tests.finance.holdings.vault import Vault, friend
from tests.finance.insurance.desk import Insurance
from tests.finance.limits.floor import Floor
from tests.finance.ordinary.twice import Twice
from tests.finance.policies import signed
from tests.finance.settlement.cashier import Cashier, due, face, paid_out_at
from tests.finance.settlement.test_borne_interest import Bearing

from tallystick import finance
from tallystick.ledger import Body, Change, RuleError

#: persons: refused by `more-persons-needed`. keys: the first of two persons, refused by `second-key-needed`; whoever
#: approves is asked for persons.
Asks = Literal["persons", "keys"]
asks: dict[Asks, tuple[str, ...]] = {
    "persons": (
        "finance.advance.draw/1", "finance.advance.instruct/1", "finance.advance.paid/1", "finance.advance.repaid/1",
        "finance.agree/1", "finance.bid.open/1", "finance.cancel.agree/1", "finance.cancel.propose/1",
        "finance.certificate.accept/1", "finance.confirm.approve/1", "finance.contract/1", "finance.credit/1",
        "finance.disburse/1", "finance.dispute/1", "finance.facility.accept/1", "finance.facility.approve/1",
        "finance.facility.request/1", "finance.guarantee.answer/1", "finance.guarantee.approve/1",
        "finance.guarantee.demand/1", "finance.guarantee.paid/1", "finance.guarantee.release/1",
        "finance.guarantee.request/1", "finance.instruct/1", "finance.insurance.approve/1", "finance.insurance.claim/1",
        "finance.insurance.decide.approve/1", "finance.insurance.paid/1", "finance.interest.approve/1",
        "finance.interest.pay/1", "finance.limit.approve/1", "finance.lock/1",
        "finance.lock.release/1", "finance.order/1", "finance.ordinary.close/1", "finance.order.change/1", "finance.pay/1", "finance.pay.due/1",
        "finance.pay.late/1", "finance.pledge.accept/1", "finance.pledge.offer/1", "finance.pledge.release/1",
        "finance.policy.approve/1", "finance.quote/1", "finance.quote.accept/1", "finance.recourse.receive/1",
        "finance.transfer.accept/1", "finance.transfer.offer/1",
    ),
    "keys": (
        "finance.confirm.propose/1", "finance.facility.propose/1", "finance.guarantee.amend/1",
        "finance.guarantee.propose/1", "finance.insurance.decide/1", "finance.insurance.propose/1",
        "finance.interest.propose/1", "finance.limit.propose/1", "finance.policy.propose/1",
    ),
}  # fmt: skip
need_not: dict[str, tuple[str, ...]] = {
    "a later act of the same organisation binds it, and asks": (
        "finance.tender.open/1",  # finance.quote.accept/1
        "finance.bid.seal/1",  # finance.bid.open/1, where a second person sees the rate
    ),
    "the buyer pays nothing before a confirmation, which asks": (
        "finance.match.release.approve/1", "finance.match.release.propose/1", "finance.statement.answer/1",
        "finance.statement.propose/1", "finance.tolerances.approve/1", "finance.tolerances.propose/1",
    ),
    "it passes within caps whose approval asked": ("finance.policy.confirm/1",),
    "it states what was delivered, used or billed, for the other firm to judge": (
        "finance.delivery/1", "finance.despatch/1", "finance.invoice/1", "finance.items/1", "finance.material/1",
        "finance.subcontract/1", "finance.usage/1",
    ),
    "it names no amount: what contracts and orders are worth stands elsewhere": (
        "finance.contract.supplement/1", "finance.order.cancel/1",
    ),
    "it asks others, tells them, or is protected": (
        "finance.insurance.answer/1", "finance.insurance.declare/1", "finance.insurance.notice/1",
        "finance.notice.acknowledge/1", "finance.notice.give/1", "finance.recourse.demand/1",
    ),
    "it says that money arrived, or did not: what was agreed before stands": (
        "finance.advance.unpaid/1", "finance.disburse.fail/1", "finance.disburse.receive/1",
        "finance.disburse.return/1", "finance.interest.return/1", "finance.ordinary.paid/1", "finance.pay.receive/1",
        "finance.pay.return/1",
    ),
    "it refuses, ends or takes back what would have bound": (
        "finance.cancel.decline/1", "finance.cancel.withdraw/1", "finance.certificate.refuse/1", "finance.decline/1",
        "finance.dispute.withdraw/1", "finance.facility.decline/1", "finance.guarantee.decline/1", "finance.guarantee.refuse/1",
        "finance.pledge.refuse/1", "finance.pledge.withdraw/1", "finance.policy.stop/1", "finance.tender.decline/1",
        "finance.tender.withdraw/1", "finance.transfer.refuse/1", "finance.transfer.withdraw/1",
    ),
    "two people of a node carry out a court's order on the units of others": (
        "finance.freeze.approve/1", "finance.freeze.change/1", "finance.freeze.propose/1",
    ),
    "it is about no money of its own: accounts, calendars, conditions, registers": (
        "finance.account.answer/1", "finance.account.attest/1", "finance.account.challenge/1", "finance.account.close/1",
        "finance.account.register/1", "finance.account.reveal/1", "finance.calendar.approve/1",
        "finance.calendar.propose/1", "finance.conditions.approve/1", "finance.conditions.propose/1",
        "finance.erp.confirm/1", "finance.payee.approve/1", "finance.payee.cancel/1", "finance.payee.propose/1",
        "finance.registration.cancel/1", "finance.registration.renew/1", "finance.search/1", "finance.tender.confide/1",
        "finance.waiver.register/1",
    ),
}  # fmt: skip
refusals: dict[Asks, str] = {"persons": "more-persons-needed", "keys": "second-key-needed"}
#: What a tier asks for so that one signature by one key is too few.
too_few: dict[Asks, dict[str, int]] = {"persons": {"persons": 9}, "keys": {"persons": 1, "keys": 2}}
part = 1_000_000
#: By entry type, what its acts were told under each kind of tier.
Told = dict[str, dict[Asks, set[str]]]


def tiers(desk: Desk, asked: dict[str, int] | None) -> None:
    """The same for every organisation; without, there are none."""
    row = None if asked is None else {"tiers": [{"currency": "CNY", "above": 0, **asked}]}
    firms = [name for (kind, name, _), _ in desk.state.documents() if kind == "organisation"]
    desk.state.apply([Change("control", firm, row) for firm in firms])


def answer(desk: Desk, kind: str, author: str, body: Body, asked: dict[str, int]) -> str:
    """`accepted`, or the code of the refusal, where tiers ask for so much."""
    tiers(desk, asked)
    try:
        desk.rules.judge(desk.state, desk.act(kind, author, body))
    except RuleError as error:
        return error.code
    finally:
        tiers(desk, None)
    return "accepted"


def trade() -> None:
    """An order under a contract with a total, changed, billed, credited; its certificate is passed on and paid early."""
    desk = Cashier([friend])
    desk.hop(supplier, friend, 1)
    line = finance.OrderLine(line=1, quantity=1, price=finance.Price(amount=100))
    order = desk.order("CHANGED", line)
    proposal = str(desk.row("order", order)["proposal"])
    desk.play("finance.agree/1", maker(supplier), finance.Agree(proposal=proposal))
    more = line.model_copy(update={"quantity": 2})
    change = finance.OrderChange(order=order, number=1, lines=(more,))
    proposal = desk.play("finance.order.change/1", maker(core), change)
    desk.play("finance.agree/1", maker(supplier), finance.Agree(proposal=proposal))
    invoice = desk.delivered(face)
    credit = finance.Credit(
        number="CN-1", seller=supplier, buyer=core, currency="CNY", credited_on="2026-01-11", invoice=invoice,
        lines=(finance.CreditLine(line=1, invoice_line=1, net=1),),
    )  # fmt: skip
    desk.play("finance.credit/1", maker(supplier), credit)


def paid_in_time() -> None:
    desk = Cashier([friend])
    name, other = desk.live(face), desk.live(face, "2")
    desk.transfer(name, supplier, friend, part)
    desk.disburse(desk.financed(name, 1_000_000, currency="CNY"), paid_out_at)
    desk.block(due)
    desk.pay(other, face, due)
    desk.pay_due(face)


def paid_twice() -> None:
    desk = Twice()
    invoice, other = desk.invoice_of(desk.live(face)), desk.delivered(face, "2")
    desk.ordinary(invoice, face)
    desk.close(invoice, "set-off", against=other)


def paid_late() -> None:
    desk = Cashier()
    name = desk.live(face)
    desk.disburse(desk.financed(name, face, recourse="seller"), paid_out_at)
    desk.block(due)
    desk.block("2026-07-11T16:00:00.000Z")
    desk.block("2026-08-10T16:00:00.000Z")
    desk.recovered(desk.demand(name, supplier), 100)
    desk.pay(name, face, desk.time)
    desk.pay_late(name, 1)


def advances() -> None:
    desk = Lender()
    name = desk.opened()
    desk.lent(name, 100_000)
    desk.repaid(name, 1)


def bids() -> None:
    market = Market()
    tender = market.tender()
    market.seal(tender, bank, 40_000)
    market.block(opening)
    market.open(tender, bank, 40_000)
    assert market.row("tender", tender)["amount"] == amount


def guarantees() -> None:
    desk = Counter()
    name = desk.issued()
    desk.answer(name, desk.amend(name, amount=900_000_00))
    desk.paid(name, desk.demand(name, 1_000), 1_000)
    desk.release(name, 1_000)


def insurance() -> None:
    desk = Insurance()
    _, claim = desk.filed()
    desk.decided(claim, 31_336_718)
    desk.claim_paid(claim, 31_336_718)


def holds() -> None:
    vault = Vault()
    name = vault.live(face)
    pledge = vault.pledged(name, supplier, friend, part)
    vault.answer_pledge("release", pledge, friend)
    lock = vault.lock(name, supplier, part, 24, friend)
    vault.play("finance.lock.release/1", maker(friend), finance.LockRelease(lock=lock))
    vault.answer_cancel("agree", vault.cancel(name, part))
    vault.dispute(name, part)
    vault.freeze(name, supplier, part)


def interest() -> None:
    desk = Bearing()
    desk.settle(desk.owing(other_bank), bank)


def limits() -> None:
    floor = Floor()
    floor.limit("funder", 1_000)
    floor.limit("funder", None, after=1)
    floor.limit("core", 1_000, subject=core)


def policies() -> None:
    desk = signed.desk()
    policy = signed.sign(desk)
    signed.confirm(desk, policy, desk.delivered(1_000_00), 1_000)


stories = (trade, paid_in_time, paid_twice, paid_late, advances, bids, guarantees, insurance, interest, holds, limits, policies)  # fmt: skip


@pytest.fixture(scope="module")
def told() -> Told:
    """Each act of each story was first tried where tiers ask for more, and then went through."""
    found: Told = defaultdict(lambda: defaultdict(set))
    play = Desk.play

    def tried(desk: Desk, kind: str, author: str, body: Body, custody: str = "self") -> str:
        for ask, asked in too_few.items():
            found[kind][ask].add(answer(desk, kind, author, body, asked))
        return play(desk, kind, author, body, custody)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Desk, "play", tried)
        for story in stories:
            story()
    return found


def test_every_type_is_sorted_once() -> None:
    known = [name for name in rule_set().types if name.startswith("finance.")]
    named = [name for names in (*asks.values(), *need_not.values()) for name in names]
    assert sorted(set(known) - set(named)) == [], (
        "say in the tables whether a new type asks the tiers"
    )
    assert sorted(set(named) - set(known)) == []
    assert len(named) == len(set(named))


@pytest.mark.parametrize(("ask", "kind"), [(ask, kind) for ask in asks for kind in asks[ask]])
def test_it_is_refused_where_a_tier_asks_for_more_than_signed(
    told: Told, ask: Asks, kind: str
) -> None:
    assert refusals[ask] in told[kind][ask], told[kind]


def test_nothing_else_is_refused_because_of_tiers(told: Told) -> None:
    others = {name for names in need_not.values() for name in names}
    for kind in others & told.keys():
        codes = {code for codes in told[kind].values() for code in codes}
        assert not codes & set(refusals.values()), kind
    for kind in asks["keys"]:
        assert refusals["persons"] not in told[kind]["persons"], kind


Story = Callable[[Desk], tuple[str, str, Body]]


def _by_software(desk: Desk) -> tuple[str, str, Body]:
    """An order that a service of the buyer states was released in the buyer's own system."""
    service = "99.100/D-ERP"
    desk.state.apply([Change("device", service, {"organisation": core, "purpose": "service"})])
    return "finance.order/1", service, _order(desk)


def _by_the_other_firm(desk: Desk) -> tuple[str, str, Body]:
    """A copy of an order that its seller puts on record binds nobody."""
    return "finance.order/1", maker(supplier), _order(desk)


def _without_total(desk: Desk) -> tuple[str, str, Body]:
    terms: dict[str, Any] = {"signed_on": "2026-01-01", "valid_from": "2026-01-01"}
    body = finance.Contract(
        number="FC-1", buyer=core, seller=supplier, currency="CNY", payment_days=30, **terms
    )
    return "finance.contract/1", maker(core), body


def _without_currency(desk: Desk) -> tuple[str, str, Body]:
    """Nobody can tell of which tier it is; the instruction of the payment asks."""
    terms = finance.DiscountTerms(face, 42_000, "2026-02-02", "2026-07-10")
    figures = finance.discounted(terms)
    body = finance.Quote(
        certificate=desk.live(face), holder=supplier, amount=face, rate_ppm=42_000, value_on="2026-02-02",
        due_on="2026-07-10", days=figures.days, discount=figures.discount, net=figures.net,
    )  # fmt: skip
    return "finance.quote/1", maker(other_bank), body


def _order(desk: Desk) -> finance.Order:
    line = finance.OrderLine(line=1, quantity=1, price=finance.Price(amount=100))
    return finance.Order(
        number="O-1", buyer=core, seller=supplier, contract=desk.contract(), currency="CNY",
        ordered_on="2026-01-02", lines=(line,),
    )  # fmt: skip


@pytest.mark.parametrize(
    "story", [_by_software, _by_the_other_firm, _without_total, _without_currency]
)
def test_an_act_that_asks_does_not_where_nothing_is_bound(story: Story) -> None:
    desk = Desk()
    kind, author, body = story(desk)
    assert answer(desk, kind, author, body, too_few["persons"]) == "accepted"


def test_a_person_of_the_buyer_orders_as_far_as_its_tier_goes() -> None:
    desk = Desk()
    body, rows = _order(desk), [{"currency": "CNY", "above": 100, "persons": 2}]
    desk.state.apply([Change("control", core, {"tiers": rows})])
    desk.play("finance.order/1", maker(core), body)
    more = body.lines[0].model_copy(update={"quantity": 2})
    body = body.model_copy(update={"number": "O-2", "lines": (more,)})
    assert answer(desk, "finance.order/1", maker(core), body, {"persons": 2}) == refusals["persons"]


def test_a_limit_that_is_lifted_is_above_every_tier() -> None:
    floor = Floor()
    floor.limit("funder", 1_000)
    rows = [{"currency": "CNY", "above": 2**53 - 1, "persons": 3}]
    floor.state.apply([Change("control", bank, {"tiers": rows})])
    floor.limit("funder", 2**53 - 1, after=1)
    proposal = floor.propose_limit("funder", None, after=2)
    with pytest.raises(RuleError) as refused:
        floor.approve_limit(proposal, checker(bank))
    assert refused.value.code == refusals["persons"]
