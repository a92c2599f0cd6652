"""A holder on a list of sanctions is paid nothing until it is released; what it is owed stays, and others are paid."""

from __future__ import annotations

import pytest
from tests.finance.desk import Desk, bank, core, supplier, zero
from tests.finance.test_views import MemoryView

from tallystick import finance
from tallystick.finance import views
from tallystick.finance.errors import AccountHeld
from tallystick.finance.settlement.errors import ClaimsWait
from tallystick.identity import PaymentHeld
from tallystick.ledger import Change, Reader, auditor_reader

face, part = 900_000_000, 300_000_000
friend, third = "99.100/O-FRIEND", "99.100/O-THIRD"
due = "2026-07-10T02:00:00.000Z"


@pytest.fixture
def desk() -> Desk:
    return Desk([friend, third])


def hold(desk: Desk, organisation: str) -> None:
    row = {
        "list": "UN Security Council", "version": "2026-01-10", "evidence": zero, "by": [],
        "time": desk.time, "index": desk.index,
    }  # fmt: skip
    desk.state.apply([Change("hold", organisation, row)])


def release(desk: Desk, organisation: str) -> None:
    desk.state.apply([Change("hold", organisation, None)])


def shared(desk: Desk) -> str:
    """A certificate with three holders."""
    name = desk.live(face)
    desk.transfer(name, supplier, friend, part)
    desk.transfer(name, supplier, third, part)
    return name


def test_a_disbursement_to_it_is_refused_by_name_and_goes_on_after_the_release(desk: Desk) -> None:
    name = desk.live(face)
    desk.take(quote := desk.quote(name, supplier, face, 42_000, "2026-01-12"), supplier)
    hold(desk, supplier)
    with pytest.raises(PaymentHeld) as refused:
        desk.disburse(quote, desk.time)
    assert refused.value.code == "payment-held"
    assert "UN Security Council 2026-01-10" in refused.value.detail
    release(desk, supplier)
    desk.disburse(quote, desk.time)
    assert desk.balances(name) == {bank: face}


def test_the_others_are_paid_and_its_claim_stays(desk: Desk) -> None:
    name = shared(desk)
    hold(desk, friend)
    held_on = desk.time
    desk.block(due)
    with pytest.raises(PaymentHeld) as refused:
        desk.pay(name, face, due)
    assert refused.value.detail == (
        f"{friend}: sanctions, UN Security Council 2026-01-10, since {held_on}; "
        "at most 600000000 minor units can be paid now"
    )
    desk.pay(name, 2 * part, due)
    claims = desk.rows("claim", name)
    assert claims[friend] == {"due": part, "paid": 0}
    assert [claims[one]["paid"] for one in (supplier, third)] == [part, part]
    assert desk.row("certificate", name)["status"] == "partially_paid"
    with pytest.raises(PaymentHeld):
        desk.pay(name, 1, due)
    release(desk, friend)
    desk.pay(name, part, due)
    assert desk.row("certificate", name)["status"] == "settled"
    paid = [row["amount"] for row in desk.rows("payout", name).values() if row["holder"] == friend]
    assert paid == [part]


def test_who_waits_for_another_reason_is_not_told_to_stand_on_a_list(desk: Desk) -> None:
    """A paying bank was once told so of a supplier whose account was not confirmed."""
    name = shared(desk)
    desk.state.apply([Change("bank-account-of", third, {"count": 1}, "CNY")])
    desk.block(due)
    with pytest.raises(AccountHeld) as alone:
        desk.pay(name, face, due)
    assert (alone.value.code, "sanctions" in str(alone.value.problem())) == ("account-held", False)
    hold(desk, friend)
    with pytest.raises(ClaimsWait) as both:
        desk.pay(name, face, due)
    assert both.value.code == "claims-wait"
    assert both.value.detail == (
        f"{friend}: sanctions, UN Security Council 2026-01-10, since {due}; {third}: account-not-confirmed; "
        f"at most {part} minor units can be paid now"
    )


def test_whoever_stands_on_a_list_has_no_account_asked_of_it(desk: Desk) -> None:
    """The list is told first: a confirmed account would change nothing."""
    name = shared(desk)
    desk.state.apply([Change("bank-account-of", friend, {"count": 1}, "CNY")])
    hold(desk, friend)
    desk.block(due)
    with pytest.raises(PaymentHeld, match=f"{friend}: sanctions, UN Security Council"):
        desk.pay(name, face, due)
    release(desk, friend)
    with pytest.raises(AccountHeld):
        desk.pay(name, face, due)


def test_what_was_paid_before_the_hold_counts(desk: Desk) -> None:
    name = shared(desk)
    desk.block(due)
    desk.pay(name, 100, due)
    hold(desk, third)
    desk.pay(name, 1_000, due)
    claims = desk.rows("claim", name)
    assert sum(row["paid"] for row in claims.values()) == 1_100
    assert claims[third]["paid"] == 33
    release(desk, third)
    desk.pay(name, face - 1_100, due)
    assert {row["paid"] for row in desk.rows("claim", name).values()} == {part}


def test_it_receives_accepts_and_refuses_as_before(desk: Desk) -> None:
    hold(desk, supplier)
    name = desk.live(face)
    desk.transfer(name, supplier, friend, part)
    offered = desk.offer(name, friend, supplier, part)
    body = finance.TransferRefuse(offer=offered, reason="goods-disputed")
    desk.play("finance.transfer.refuse/1", f"{supplier.replace('O-', 'P-')}-MAKER", body)


def test_the_party_and_who_pays_see_why_and_nobody_else(desk: Desk) -> None:
    name = shared(desk)
    hold(desk, friend)

    class Reading:
        view = MemoryView(desk)

        def __init__(self, reader: Reader) -> None:
            self.reader = reader

    def told(*who: str) -> dict[str, list[str]]:
        seen = {one: views.certificate(Reading(Reader.party(one)), name) for one in who}  # type: ignore[arg-type]
        return {one: [str(row["holder"]) for row in found.held] for one, found in seen.items()}

    # Who pays learns the holders at record time, and with them whose payment is held.
    assert told(core, bank, friend, third, supplier) == {
        core: [], bank: [], friend: [friend], third: [], supplier: [],
    }  # fmt: skip
    (row,) = views.certificate(Reading(auditor_reader), name).held  # type: ignore[arg-type]
    assert row == {
        "holder": friend, "reason": "sanctions", "list": "UN Security Council", "version": "2026-01-10",
        "time": desk.time,
    }  # fmt: skip
    desk.block(due)
    assert told(core, bank, friend, third, supplier) == {
        core: [friend], bank: [friend], friend: [friend], third: [], supplier: [],
    }  # fmt: skip
