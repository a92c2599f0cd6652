"""What is due: the table of states, short payment, returns, arrears, default, recourse."""

from __future__ import annotations

import pytest
from tests.finance.desk import bank, core, maker, other_bank, supplier
from tests.finance.settlement.cashier import Cashier, due, due_on, face, paid_out_at

from tallystick import finance
from tallystick.finance.errors import (
    EvidenceUsed,
    EvidenceWrong,
    IssuerStopped,
    NotDue,
    NotPayingBank,
    OverPayment,
)
from tallystick.finance.settlement.errors import (
    ClaimsWait,
    NothingDue,
    NotInArrears,
    PaymentFinal,
    PaymentUnknown,
    RecourseRefused,
    RecourseUnknown,
)

friend = "99.100/O-FRIEND"
overdue, defaulted = "2026-07-11T16:00:00.000Z", "2026-08-10T16:00:00.000Z"
day = "2026-07-{:02d}T03:00:00.000Z"


@pytest.fixture
def desk() -> Cashier:
    return Cashier([friend])


@pytest.fixture
def live(desk: Cashier) -> str:
    return desk.live(face)


def test_a_day_of_a_debtor_is_paid_in_one_amount(desk: Cashier) -> None:
    names = [desk.live(amount, str(amount)) for amount in (30_000_000, 20_000_000)]
    later = desk.live(10_000_000, due_on="2026-07-11", number="LATER")
    desk.transfer(names[0], supplier, friend, 10_000_000)
    with pytest.raises(NothingDue):
        desk.pay_due(1)
    with pytest.raises(NotDue):
        desk.pay(names[0], 1, desk.time)
    desk.block(due)
    with pytest.raises(OverPayment):
        desk.pay_due(50_000_001)
    with pytest.raises(NothingDue):
        desk.pay_due(1, by=other_bank)
    desk.pay_due(25_000_001)
    # Over holders first: 40,000,000 and 10,000,000 are owed; then over the holdings of each.
    paid = {name: desk.rows("claim", name) for name in names}
    assert paid[names[0]][friend]["paid"] == 5_000_000
    assert sum(paid[name][supplier]["paid"] for name in names) == 20_000_001
    assert min(paid[name][supplier]["paid"] for name in names) == 10_000_000
    assert desk.row("certificate", later)["paid"] == 0
    desk.pay_due(24_999_999)
    assert {desk.row("certificate", name)["status"] for name in names} == {"settled"}
    with pytest.raises(NothingDue):
        desk.pay_due(1)


def test_short_payment_marks_the_lowest_cents_of_each_holding(desk: Cashier, live: str) -> None:
    desk.transfer(live, supplier, friend, 300_000_000)
    desk.block(due)
    desk.pay(live, 300_000_000, due)
    rows = [
        (row["start"], row["end"], row["holder"], row["state"])
        for row in desk.rows("holding", live).values()
    ]
    assert rows == [
        (0, 100_000_000, friend, "paid"),
        (100_000_000, 300_000_000, friend, "free"),
        (300_000_000, 500_000_000, supplier, "paid"),
        (500_000_000, 900_000_000, supplier, "free"),
    ]
    desk.pay(live, 600_000_000, due)
    assert set(desk.states(live)) == {"FRIEND paid", "SUP paid"}


def test_the_table_of_states_when_a_certificate_is_due(desk: Cashier, live: str) -> None:
    """Each row of the table in `settlement.claims`, in one certificate."""
    unit = 100_000_000
    owed = desk.hop(supplier, friend, unit)
    desk.time = "2026-07-08T02:00:00.000Z"
    offer = finance.TransferOffer(
        certificate=live, amount=unit, to=friend, evidence=(owed,), valid_hours=700
    )
    desk.play("finance.transfer.offer/1", maker(supplier), offer)
    pledge = desk.play(
        "finance.pledge.offer/1",
        maker(supplier),
        finance.PledgeOffer(certificate=live, amount=unit, to=friend, secures="0" * 64, days=99),
    )
    taken = finance.PledgeAccept(pledge=pledge, registration_number="P-1")
    desk.play("finance.pledge.accept/1", maker(friend), taken)
    lock = finance.Lock(certificate=live, amount=unit, hours=700, favour=friend)
    desk.play("finance.lock/1", maker(supplier), lock)
    desk.block("2026-07-09T16:00:00.000Z")
    assert desk.owed(live) == {supplier: face - unit, friend: unit}
    assert desk.states(live) == {"SUP free": face - unit, "SUP pledged": unit}
    desk.block(due)
    desk.pay(live, face, due)
    assert {row["holder"]: row["amount"] for row in desk.rows("payout", live).values()} == {
        supplier: face - unit,
        friend: unit,
    }


@pytest.mark.parametrize("days", [30, 99])
def test_a_pledge_whose_end_comes_behind_the_due_date_is_paid(
    desk: Cashier, live: str, days: int
) -> None:
    """It ended in arrears, claims still named the pledgee, and the certificate could not be paid any more."""
    unit = 100_000_000
    desk.time = "2026-06-12T02:00:00.000Z"
    offered = finance.PledgeOffer(
        certificate=live, amount=unit, to=friend, secures="0" * 64, days=days
    )
    pledge = desk.play("finance.pledge.offer/1", maker(supplier), offered)
    taken = finance.PledgeAccept(pledge=pledge, registration_number="P-1")
    desk.play("finance.pledge.accept/1", maker(friend), taken)
    desk.block(due)
    desk.block("2026-07-11T16:00:00.000Z")
    desk.block("2026-07-13T03:00:00.000Z")
    assert desk.owed(live) == {supplier: face - unit, friend: unit}
    desk.pay(live, face, desk.time)
    assert {row["holder"]: row["amount"] for row in desk.rows("payout", live).values()} == {
        supplier: face - unit,
        friend: unit,
    }


def test_what_is_in_payment_waits_until_evidence_says_whose_it_is(desk: Cashier, live: str) -> None:
    half = face // 2
    quote = desk.financed(live, half)
    desk.instruct(quote, desk.time)
    desk.block(due)
    assert desk.owed(live) == {supplier: face - half, f"{supplier} {quote}": half}
    with pytest.raises(ClaimsWait, match=f"{supplier}: paying; at most {face - half} minor units"):
        desk.pay(live, face, due)
    desk.pay(live, face - half, due)
    # The debtor has paid what it could: it is not in arrears.
    desk.block(overdue)
    assert desk.state.get("arrears", live) is None
    desk.pay_out(quote, "2026-03-17T02:00:00.000Z", by=supplier)
    assert desk.owed(live) == {bank: half}
    desk.pay(live, half, desk.time)
    assert desk.row("certificate", live)["status"] == "settled"
    assert {"late" in row for row in desk.rows("payout", live).values()} == {False}


def test_late_interest_default_stop_and_cure(desk: Cashier, live: str) -> None:
    """Example B: 1,000,000.00 paid ten days late cost 5,000.00."""
    invoice = desk.delivered(10_000, "NEXT")
    desk.block(due)
    desk.pay(live, 800_000_000, due)
    assert desk.state.get("arrears", live) is None
    desk.block(overdue)
    assert desk.row("arrears", live)["status"] == "overdue"
    proposal = desk.propose(invoice, 10_000, "2026-12-01")
    with pytest.raises(IssuerStopped):
        desk.approve(proposal)
    desk.block(day.format(20))
    with pytest.raises(NotInArrears):
        desk.pay_late(live, 1)
    desk.pay(live, 100_000_000, desk.time)
    assert desk.row("certificate", live)["status"] == "settled"
    assert desk.row("arrears", live)["late_due"] == 500_000
    with pytest.raises(OverPayment):
        desk.pay_late(live, 500_001)
    desk.pay_late(live, 200_000)
    with pytest.raises(IssuerStopped):
        desk.approve(proposal)
    desk.pay_late(live, 300_000)
    assert desk.row("arrears", live)["status"] == "cured"
    assert desk.row("standing", core) == {"overdue": 0, "ever": 1, "defaults": 0}
    desk.approve(proposal)


def test_a_payment_that_comes_back_is_owed_again_to_the_cent(desk: Cashier, live: str) -> None:
    desk.transfer(live, supplier, friend, 300_000_000)
    desk.block(due)
    desk.pay(live, 700_000_000, due)
    before = desk.rows("holding", live)
    desk.block(day.format(11))
    desk.pay(live, 200_000_000, due)
    assert desk.row("certificate", live)["status"] == "settled"
    paid = desk.payment(live, friend)[1]["amount"]
    for amount in (paid - 1, paid + 1):
        with pytest.raises(EvidenceWrong):
            desk.came_back(live, friend, amount_minor=amount)
    for who in (friend, supplier, core, other_bank):
        with pytest.raises(PaymentUnknown):
            desk.came_back(live, friend, by=who)
    desk.came_back(live, friend)
    mine = [row for row in desk.rows("holding", live).values() if row["holder"] == friend]
    assert mine == [row for row in before.values() if row["holder"] == friend]
    assert desk.owed(live) == {friend: paid}
    assert desk.row("certificate", live)["status"] == "partially_paid"
    with pytest.raises(PaymentFinal):
        desk.came_back(live, friend)
    desk.pay(live, paid, desk.time)
    assert desk.row("certificate", live)["status"] == "settled"


def test_a_payment_is_final_once_it_arrived_or_its_period_has_passed(
    desk: Cashier, live: str
) -> None:
    desk.transfer(live, supplier, friend, 300_000_000)
    desk.block(due)
    desk.pay(live, face, due)
    with pytest.raises(PaymentUnknown):
        desk.arrived(live, friend, by=supplier)
    desk.arrived(live, friend)
    for again in (desk.arrived, desk.came_back):
        with pytest.raises(PaymentFinal):
            again(live, friend)
    desk.time = day.format(14)
    with pytest.raises(PaymentFinal):
        desk.came_back(live, supplier)
    desk.block(desk.time)
    assert desk.payment(live, supplier)[1]["final"] == "period"


def test_the_same_evidence_pays_once(desk: Cashier, live: str) -> None:
    desk.block(due)
    stated = {"certificate": live, "evidence": "1" * 64, "paid_at": due}
    desk.play("finance.pay/1", maker(bank), finance.Pay(amount_minor=100, **stated))
    with pytest.raises(EvidenceUsed):
        desk.play("finance.pay/1", maker(bank), finance.Pay(amount_minor=100, **stated))
    with pytest.raises(NotPayingBank):
        desk.pay(live, 100, due, by=core)


def test_recourse_is_taken_after_default_and_once(desk: Cashier, live: str) -> None:
    half = face // 2
    desk.disburse(desk.financed(live, half, recourse="seller"), paid_out_at)
    desk.block(due)
    desk.block(overdue)
    with pytest.raises(NotInArrears):
        desk.demand(live, supplier)
    desk.block(defaulted)
    assert desk.row("standing", core)["defaults"] == 1
    with pytest.raises(RecourseRefused):
        desk.demand(live, friend)
    with pytest.raises(RecourseRefused):
        desk.demand(live, supplier, by=supplier)
    asked = desk.demand(live, supplier)
    with pytest.raises(RecourseRefused):
        desk.recovered(asked, half + 1)
    with pytest.raises(RecourseUnknown):
        desk.recovered(asked, 100, by=supplier)
    desk.recovered(asked, 100_000_000)
    assert desk.owed(live) == {supplier: face - half + 100_000_000, bank: half - 100_000_000}
    desk.recovered(asked, half - 100_000_000)
    assert desk.owed(live) == {supplier: face}
    for again in (lambda: desk.demand(live, supplier), lambda: desk.recovered(asked, 100)):
        with pytest.raises(RecourseRefused):
            again()
    desk.check_partition(live)
    desk.pay(live, face, desk.time)
    assert desk.row("certificate", live)["status"] == "settled"


def test_without_recourse_nobody_stands_in(desk: Cashier, live: str) -> None:
    desk.disburse(desk.financed(live, face), paid_out_at)
    for time in (due, overdue, defaulted):
        desk.block(time)
    with pytest.raises(RecourseRefused):
        desk.demand(live, supplier)


def test_due_on_is_the_day_of_the_run(desk: Cashier, live: str) -> None:
    desk.block(due)
    rows = desk.rows("maturity", f"{core} CNY {bank}")
    assert list(rows) == [f"{due_on} {live}"]
