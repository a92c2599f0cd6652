"""Late interest reaches nobody whom principal would not reach: it stays owed, and is paid once it may be."""

from __future__ import annotations

from typing import Any

import pytest
from tests.finance.desk import bank, digest, supplier
from tests.finance.settlement.cashier import Cashier, due, face

from tallystick.finance.errors import AccountHeld, OverPayment
from tallystick.finance.parties import PaymentHeld
from tallystick.finance.settlement.errors import ClaimsWait
from tallystick.ledger import Change

friend = "99.100/O-FRIEND"
account, other = f"{friend}#A-1", f"{friend}#A-2"
overdue, paid_late = "2026-07-11T16:00:00.000Z", "2026-07-20T03:00:00.000Z"
#: A third of the face is the friend's. All was paid ten days late; a third of the interest is the friend's.
third = face // 3
late = 4_500_000
late_third = late // 3
hold = {"list": "UN Security Council", "version": "2026-01-10", "time": due}


def open_account(desk: Cashier, name: str, status: str = "confirmed") -> None:
    row = {"details": {"hash": digest(name)}, "tail": "1234", "bank_code": "1", "status": status}
    desk.state.apply([Change("bank-account", name, row)])


def named(desk: Cashier, name: str) -> None:
    desk.state.apply([Change("payee", friend, {"account": name, "since": 0}, "CNY")])


def status(desk: Cashier, name: str, to: str) -> None:
    desk.state.apply(
        [Change("bank-account", name, {**desk.row("bank-account", name), "status": to})]
    )


def on_a_list(desk: Cashier, row: dict[str, Any] | None) -> None:
    desk.state.apply([Change("hold", friend, row)])


def claimed(desk: Cashier, live: str, **more: str | None) -> None:
    row = {**desk.row("claim", live, friend), **more}
    told = {key: value for key, value in row.items() if value is not None}
    desk.state.apply([Change("claim", live, told, friend)])


def late_paid(desk: Cashier, live: str) -> dict[str, int]:
    rows = desk.rows("claim", live).items()
    return {part: row["late_paid"] for part, row in rows if "late_paid" in row}


@pytest.fixture
def desk() -> Cashier:
    made = Cashier([friend])
    open_account(made, account)
    named(made, account)
    return made


@pytest.fixture
def live(desk: Cashier) -> str:
    """All of it paid ten days late, and none of the interest."""
    name = desk.live(face)
    desk.transfer(name, supplier, friend, third)
    desk.block(due)
    desk.block(overdue)
    desk.block(paid_late)
    desk.pay(name, face, desk.time)
    assert desk.row("arrears", name)["late_due"] == late
    return name


def test_nothing_reaches_whoever_stands_on_a_list(desk: Cashier, live: str) -> None:
    """It was once divided over all holders, whoever they were."""
    on_a_list(desk, hold)
    with pytest.raises(PaymentHeld) as refused:
        desk.pay_late(live, late - late_third + 1)
    assert refused.value.detail == (
        f"{friend}: sanctions, UN Security Council 2026-01-10, since {due}; "
        f"at most {late - late_third} minor units can be paid now"
    )
    desk.pay_late(live, late - late_third)
    assert late_paid(desk, live) == {supplier: late - late_third}
    assert {row["holder"] for row in desk.rows("late-payout", live).values()} == {supplier}
    assert desk.row("arrears", live)["status"] == "overdue"
    with pytest.raises(PaymentHeld, match="at most 0"):
        desk.pay_late(live, 1)
    with pytest.raises(OverPayment):
        desk.pay_late(live, late_third + 1)


def test_what_was_held_is_paid_after_the_release(desk: Cashier, live: str) -> None:
    on_a_list(desk, hold)
    desk.pay_late(live, late - late_third)
    on_a_list(desk, None)
    desk.pay_late(live, late_third)
    assert late_paid(desk, live) == {supplier: late - late_third, friend: late_third}
    assert desk.row("arrears", live)["status"] == "cured"
    last = list(desk.rows("late-payout", live).values())[-1]
    assert (last["holder"], last["amount"], last["account"]) == (friend, late_third, account)


def test_a_payment_that_all_may_have_is_divided_over_all(desk: Cashier, live: str) -> None:
    desk.pay_late(live, late_third)
    assert late_paid(desk, live) == {supplier: 1_000_000, friend: 500_000}


@pytest.mark.parametrize(
    ("why", "told"), [("closed", "account-closed"), ("registered", "account-not-confirmed")]
)
def test_nothing_goes_to_an_account_closed_or_not_confirmed(
    desk: Cashier, live: str, why: str, told: str
) -> None:
    status(desk, account, why)
    with pytest.raises(AccountHeld, match=f"{friend}: {told}; at most {late - late_third}"):
        desk.pay_late(live, late)
    desk.pay_late(live, late - late_third)
    assert late_paid(desk, live) == {supplier: late - late_third}
    open_account(desk, other)
    named(desk, other)
    desk.pay_late(live, late_third)
    last = list(desk.rows("late-payout", live).values())[-1]
    assert (last["holder"], last["account"]) == (friend, other)


@pytest.mark.parametrize("why", ["frozen", "paying"])
def test_a_claim_frozen_or_in_payment_takes_nothing(desk: Cashier, live: str, why: str) -> None:
    claimed(desk, live, holder=friend, **{why: digest(why)})
    with pytest.raises(ClaimsWait, match=f"{friend}: {why}; at most {late - late_third}"):
        desk.pay_late(live, late)
    desk.pay_late(live, late - late_third)
    assert late_paid(desk, live) == {supplier: late - late_third}
    claimed(desk, live, **{why: None})
    desk.pay_late(live, late_third)
    assert late_paid(desk, live)[friend] == late_third


def test_units_in_payment_at_maturity_take_no_late_interest_of_others(desk: Cashier) -> None:
    """The bank's quote is neither paid nor refused: its units wait, with a claim of their own."""
    name = desk.live(face)
    quote = desk.financed(name, third)
    desk.instruct(quote, desk.time)
    desk.block(due)
    desk.block(overdue)
    desk.block(paid_late)
    desk.pay(name, face - third, desk.time)
    owed = desk.row("arrears", name)["late_due"]
    desk.pay_late(name, owed)
    assert late_paid(desk, name) == {supplier: owed}
    desk.pay_out(quote, "2026-03-17T02:00:00.000Z", by=supplier)
    desk.pay(name, third, desk.time)
    again = desk.row("arrears", name)["late_due"] - owed
    desk.pay_late(name, again)
    assert late_paid(desk, name) == {supplier: owed, bank: again}
    assert desk.row("arrears", name)["status"] == "cured"
