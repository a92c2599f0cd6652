"""The equality of a day is exact: every difference has its reason, and nothing is left over."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from tests.finance.desk import Desk, bank, core, digest, maker, other_bank, supplier
from tests.finance.settlement.cashier import Cashier, due, face
from tests.finance.test_views import MemoryView

from tallystick import finance
from tallystick.finance import equality
from tallystick.ledger import Accepted

half = face // 2
value_day = "2026-03-16"


@pytest.fixture
def desk() -> Cashier:
    return Cashier()


@pytest.fixture
def live(desk: Cashier) -> str:
    return desk.live(face)


def entries(desk: Desk) -> Iterator[Accepted]:
    for act in desk.acts:
        if act.type in equality.types:
            body = act.body.model_dump_json(exclude_none=True).encode()
            yield Accepted(act.index, act.type, act.author, act.time, body)


def reports(desk: Desk, day: str = "") -> list[equality.Report]:
    """Of a day that is over; without one, of all that was said."""
    end, last = desk.index, True
    if day:
        later = [a.index for a in desk.acts if finance.money_date(a.time) > day]
        end, last = (min(later), False) if later else (desk.index, True)
    found = equality.of_day(
        MemoryView(desk), entries(desk), day or finance.money_date(desk.time), end, last=last
    )
    assert [one.unexplained for one in found] == [0] * len(found)
    return found


def lines(desk: Desk, day: str = "", organisation: str = "") -> dict[str, equality.Line]:
    (found,) = (one for one in reports(desk, day) if one.organisation == organisation)
    return {str(name): line for name, line in found.lines.items()}


def because(line: equality.Line) -> dict[str, int]:
    return {str(reason): amount for reason, amount in line.because.items() if amount}


def test_nothing_was_said(desk: Cashier) -> None:
    assert reports(desk) == []


def test_a_financing_from_its_instruction_to_its_cancellation(desk: Cashier, live: str) -> None:
    quote = desk.financed(live, half)
    net = desk.row("quote", quote)["net"]
    desk.instruct(quote, desk.time)
    found = lines(desk)
    assert (found["sent"].ledger, found["sent"].other) == (net, 0)
    assert because(found["sent"]) == {"in-payment": net}
    assert because(found["registered"]) == {"in-payment": -half}
    assert found["outstanding"].ledger == face
    desk.block("2026-03-19T16:00:00.000Z")
    assert because(lines(desk)["sent"]) == {"silent": net}
    desk.pay_out(quote, desk.time)
    found = lines(desk)
    assert (found["disbursed"].ledger, found["disbursed"].other) == (net, net)
    assert because(found["sent"]) == {}
    assert (found["registered"].ledger, found["registered"].other) == (half, half)
    # As it was at the end of the day of the instruction, whatever came since.
    then = lines(desk, value_day)
    assert because(then["sent"]) == {"in-payment": net}
    assert "outstanding" not in then
    desk.block(due)
    found = lines(desk)
    assert (found["due"].ledger, found["due"].other) == (face, 0)
    assert because(found["due"]) == {"due-today": face}
    desk.pay(live, face, due)
    found = lines(desk)
    assert (found["paid"].ledger, found["paid"].other, because(found["due"])) == (face, face, {})
    assert because(found["registered"]) == {"not-cancelled": -half}
    number = desk.row("quote", quote)["registration"]["number"]
    body = finance.RegistrationCancel(quote=quote, number=number)
    desk.play("finance.registration.cancel/1", maker(bank), body)
    found = lines(desk)
    assert (found["registered"].ledger, found["registered"].other) == (0, 0)
    assert because(found["registered"]) == {}


def test_what_comes_back_is_returned_and_owed(desk: Cashier, live: str) -> None:
    quote = desk.financed(live, half)
    net = desk.row("quote", quote)["net"]
    desk.instruct(quote, desk.time)
    desk.pay_out(quote, desk.time)
    desk.block("2026-03-17T16:00:00.000Z")
    desk.end("return", quote)
    assert because(lines(desk)["sent"]) == {"returned": net}
    assert because(lines(desk)["registered"]) == {"returned": -half}
    # The day on which it was paid still says so.
    then = lines(desk, value_day)
    assert because(then["disbursed"]) == {"returned-since": -net}
    desk.end("fail", quote)
    assert because(lines(desk)["sent"]) == {"not-paid": net}
    desk.block(due)
    desk.pay(live, face, due)
    desk.block("2026-07-11T03:00:00.000Z")
    desk.came_back(live, supplier)
    found = lines(desk)
    assert (found["paid"].ledger, found["paid"].other) == (0, 0)
    assert because(found["due"]) == {"returned": face}
    assert lines(desk, "2026-07-10")["paid"].ledger == face


def test_what_is_not_paid_is_overdue_and_what_waits_is_not(desk: Cashier, live: str) -> None:
    quote = desk.financed(live, half)
    desk.instruct(quote, desk.time)
    desk.block(due)
    desk.pay(live, face - half, due)
    desk.block("2026-07-12T03:00:00.000Z")
    assert because(lines(desk)["due"]) == {"waiting": half}
    other = desk.live(1_000, "SHORT", due_on="2026-08-10")
    desk.block("2026-08-13T03:00:00.000Z")
    desk.pay(other, 400, desk.time)
    assert because(lines(desk)["due"]) == {"waiting": half, "overdue": 600}


def test_a_registration_that_ended_is_renewed(desk: Cashier, live: str) -> None:
    quote = desk.financed(live, half)
    short = finance.Registration(number="ZDW-SHORT", ends_on="2026-07-10")
    body = finance.Instruct(quote=quote, registration=short, reference="E2E-1", sent_at=desk.time)
    desk.play("finance.instruct/1", maker(bank), body)
    desk.pay_out(quote, desk.time, by=supplier)
    assert because(lines(desk)["registered"]) == {}
    desk.block("2026-07-12T03:00:00.000Z")
    assert because(lines(desk)["registered"]) == {"ended": half}
    renewed = finance.Registration(number="ZDW-LONG", ends_on="2027-07-10")
    again = finance.RegistrationRenew(quote=quote, registration=renewed)
    desk.play("finance.registration.renew/1", maker(bank), again)
    assert because(lines(desk)["registered"]) == {}
    assert because(lines(desk, "2026-07-11")["registered"]) == {"ended": half}


def test_recourse_ends_what_the_registration_was_for(desk: Cashier, live: str) -> None:
    quote = desk.financed(live, half, recourse="seller")
    desk.disburse(quote, desk.time)
    desk.block("2026-07-11T16:00:00.000Z")
    desk.block("2026-08-10T16:00:00.000Z")
    demand = desk.demand(live, supplier)
    desk.recovered(demand, 1_000)
    found = lines(desk)
    assert found["registered"].ledger == half - 1_000
    assert because(found["registered"]) == {"repaid": -1_000}


def test_each_bank_has_its_own_part(desk: Cashier, live: str) -> None:
    for by, amount in ((bank, 100_000), (other_bank, 200_000)):
        desk.time = max(desk.time, "2026-03-16T02:00:00.000Z")
        quote = desk.quote(live, supplier, amount, 42_000, value_day, by=by)
        desk.take(quote, supplier)
        desk.disburse(quote, desk.time, by)
    found = {one.organisation: one for one in reports(desk)}
    assert list(found) == ["", *sorted([bank, other_bank])]
    assert found[other_bank].lines["registered"].ledger == 200_000
    assert found[""].lines["registered"].ledger == 300_000
    assert found[other_bank].lines["outstanding"].ledger == 0
    assert core not in found


def test_what_no_reason_explains_is_said(desk: Cashier, live: str) -> None:
    """A payment in the ledger that no evidence speaks of, and evidence that the ledger lost."""
    desk.block(due)
    desk.pay(live, face, due)
    silenced = [one for one in entries(desk) if one.type != "finance.pay/1"]
    (found, *_) = equality.of_day(MemoryView(desk), silenced, "2026-07-10", desk.index, last=True)
    assert found.lines["paid"].unexplained == found.unexplained == face
    told = found.document()
    assert told["unexplained"] == face
    assert {"name": "paid", "ledger": face, "other": 0, "unexplained": face, "because": {}} in told[
        "lines"
    ]
    assert digest(str(told)) == digest(str(found.document()))
