"""One instruction for each holder and account, of a debtor's day; who reads which, and that it can be paid as it says."""

from __future__ import annotations

import pytest
from tests.finance.desk import bank, core, maker, other_bank, supplier
from tests.finance.settlement.cashier import Cashier, due, due_on
from tests.finance.test_views import MemoryView, Reading

from tallystick import finance
from tallystick.finance.errors import NotReadable
from tallystick.finance.settlement.errors import ClaimsWait
from tallystick.ledger import Reader, auditor_reader, public_reader

friend, stranger = "99.100/O-FRIEND", "99.100/O-STRANGER"
run = finance.due.Run(core, "CNY", bank, due_on)


@pytest.fixture
def desk() -> Cashier:
    return Cashier([friend, stranger])


def _as(desk: Cashier, organisation: str) -> Reading:
    return Reading(MemoryView(desk), Reader.party(organisation))


def test_one_line_for_each_holder_over_all_certificates(desk: Cashier) -> None:
    names = [desk.live(amount, str(amount)) for amount in (30_000_000, 20_000_000)]
    desk.live(10_000_000, due_on="2026-07-11", number="LATER")
    for name in names:
        desk.transfer(name, supplier, friend, 4_000_000)
    desk.block(due)
    found = finance.due.instructions(_as(desk, core), run)
    assert [(one.holder, one.amount, one.held) for one in found] == [
        (friend, 8_000_000, ""),
        (supplier, 42_000_000, ""),
    ]
    assert {part.certificate: part.amount for part in found[0].parts} == dict.fromkeys(
        names, 4_000_000
    )
    assert [part.units for part in found[0].parts] == [((0, 4_000_000),)] * 2
    assert finance.due.total(found) == finance.due.Total(2, 50_000_000, 0)
    # What it says is what one payment of the day divides.
    desk.pay_due(50_000_000)
    paid = [row for name in names for row in desk.rows("payout", name).values()]
    for one in found:
        assert sum(row["amount"] for row in paid if row["holder"] == one.holder) == one.amount
    for reader in (core, friend):
        with pytest.raises(NotReadable):
            finance.due.instructions(_as(desk, reader), run)


def test_what_cannot_be_paid_stands_in_lines_of_its_own(desk: Cashier) -> None:
    name = desk.live(30_000_000)
    quote = desk.financed(name, 10_000_000)
    desk.instruct(quote, desk.time)
    desk.block(due)
    found = finance.due.instructions(_as(desk, bank), run)
    assert [(one.amount, one.held) for one in found] == [
        (20_000_000, ""),
        (10_000_000, "paying"),
    ]
    total = finance.due.total(found)
    assert (total.payable, total.held) == (20_000_000, 10_000_000)
    with pytest.raises(ClaimsWait) as refused:
        desk.pay_due(total.payable + 1)
    assert refused.value.code == "claims-wait"
    assert refused.value.detail == (
        f"{supplier}: paying; at most 20000000 minor units can be paid now"
    )
    desk.pay_due(total.payable)
    (left,) = finance.due.instructions(_as(desk, bank), run)
    assert (left.amount, left.held) == (10_000_000, "paying")


def test_debtor_and_bank_read_all_a_holder_its_own_and_nobody_else_any(desk: Cashier) -> None:
    name = desk.live(30_000_000)
    desk.transfer(name, supplier, friend, 10_000_000)
    assert finance.due.runs(_as(desk, core)).rows == ()
    desk.block(due)
    for payer in (core, bank):
        assert finance.due.runs(_as(desk, payer)).rows == (run,)
        assert len(finance.due.instructions(_as(desk, payer), run)) == 2
    for holder, amount in ((friend, 10_000_000), (supplier, 20_000_000)):
        assert finance.due.runs(_as(desk, holder)).rows == ()
        (one,) = finance.due.instructions(_as(desk, holder), run)
        assert (one.holder, one.amount) == (holder, amount)
        assert finance.due.owed_to(_as(desk, holder)).rows == (one,)
    for other in (stranger, other_bank):
        assert finance.due.owed_to(_as(desk, other)).rows == ()
        with pytest.raises(NotReadable):
            finance.due.instructions(_as(desk, other), run)
    nobody = Reading(MemoryView(desk), public_reader)
    for asked in (finance.due.runs, finance.due.owed_to):
        with pytest.raises(NotReadable):
            asked(nobody)
        with pytest.raises(NotReadable):
            asked(_as(desk, stranger), core)
    auditor = Reading(MemoryView(desk), auditor_reader)
    assert len(finance.due.instructions(auditor, run, core)) == 2


def test_lists_go_on_where_they_ended(desk: Cashier) -> None:
    name = desk.live(30_000_000)
    desk.live(10_000_000, due_on="2026-07-11", number="LATER")
    desk.live(10_000_000, due_on="2026-07-11", number="LATER2")
    desk.transfer(name, supplier, friend, 10_000_000)
    desk.block("2026-07-11T03:00:00.000Z")
    reading = _as(desk, core)
    first = finance.due.runs(reading, limit=1)
    second = finance.due.runs(reading, after=first.after, limit=1)
    assert [one.pays_on for one in (*first.rows, *second.rows)] == [due_on, "2026-07-11"]
    assert second.after is None
    found = finance.due.instructions(reading, run)
    page = finance.due.cut(found, None, 1)
    rest = finance.due.cut(found, page.after, 1)
    assert (page.rows, rest.rows, rest.after) == (found[:1], found[1:], None)
    owed = finance.due.owed_to(_as(desk, supplier), limit=2)
    more = finance.due.owed_to(_as(desk, supplier), after=owed.after, limit=2)
    assert [len(owed.rows), len(more.rows), more.after] == [2, 1, None]


def test_no_act_of_an_operator_is_needed(desk: Cashier) -> None:
    """A block follows whatever anybody says: so the first word of any holder lets it stand there."""
    name = desk.live(30_000_000)
    desk.transfer(name, supplier, friend, 10_000_000)
    said = {act.author for act in desk.acts}
    desk.block(due)
    (one,) = finance.due.instructions(_as(desk, friend), run)
    assert one.amount == 10_000_000
    assert {act.author for act in desk.acts} - said == {"99.100/L-LOG"}
    assert maker(core) not in {act.author for act in desk.acts if act.time >= due}
