"""A funder's exposure is what its limits count as used, and its discount is earned day by day, to the cent."""

from __future__ import annotations

import pytest
from tests.finance.desk import bank, core, other_bank, supplier
from tests.finance.settlement.cashier import Cashier, due, due_on, face, value_on
from tests.finance.test_views import MemoryView, Reading

from tallystick.finance import books
from tallystick.finance.errors import NotReadable
from tallystick.ledger import Reader, public_reader

half = face // 2


@pytest.fixture
def desk() -> Cashier:
    return Cashier()


def held(desk: Cashier, on: str, organisation: str = bank) -> list[books.Held]:
    return list(books.exposure(Reading(MemoryView(desk), Reader.party(organisation)), on))


def total(found: list[books.Held]) -> books.Exposure:
    sums = books.Exposure.empty()
    for one in found:
        sums.add(one)
    return sums


def test_exposure_is_what_limits_count(desk: Cashier) -> None:
    for number in ("1", "2"):
        desk.disburse(desk.financed(desk.live(face, number), half, recourse="seller"), desk.time)
    sums = total(held(desk, value_on))
    used = desk.row("limit", f"funder-core {bank} {core}", "CNY")["used"]
    assert sums.by_core == {(core, "CNY"): used} == {(core, "CNY"): 2 * half}
    of_seller = desk.row("limit", f"supplier {bank} {supplier}", "CNY")["used"]
    assert sums.by_supplier == {(supplier, "CNY"): of_seller}
    assert sums.principal["CNY"] == desk.row("limit", f"funder {bank}", "CNY")["used"]
    assert {one.recourse for one in held(desk, value_on)} == {supplier}
    assert held(desk, value_on, other_bank) == []
    name = held(desk, value_on)[0].certificate
    desk.block(due)
    desk.pay(name, face // 3, due)
    used = desk.row("limit", f"funder-core {bank} {core}", "CNY")["used"]
    assert total(held(desk, due_on)).by_core[core, "CNY"] == used < 2 * half
    desk.pay(name, face - face // 3, due)
    assert total(held(desk, due_on)).principal["CNY"] == half


def test_the_discount_is_earned_day_by_day(desk: Cashier) -> None:
    quote = desk.financed(desk.live(face), half)
    desk.disburse(quote, desk.time)
    terms = desk.row("quote", quote)
    (first,) = held(desk, value_on)
    assert (first.discount, first.earned, first.passed) == (terms["discount"], 0, 0)
    (then,) = held(desk, "2026-04-15")
    # 4,500,000.00 at 4.20 % for 30 days of 360.
    assert (then.passed, then.earned) == (30, 1_575_000)
    (last,) = held(desk, due_on)
    assert (last.passed, last.earned) == (terms["days"], terms["discount"])
    assert held(desk, "2027-01-01")[0].earned == terms["discount"]


def test_parts_of_a_holding_share_its_discount_to_the_cent(desk: Cashier) -> None:
    name = desk.live(face)
    quote = desk.financed(name, 333_333_333)
    desk.disburse(quote, desk.time)
    desk.block(due)
    desk.pay(name, 1_234_567, due)
    found = held(desk, due_on)
    paid = [
        row for row in desk.rows("holding", name).values()
        if row["state"] == "paid" and row["batch"] == quote
    ]  # fmt: skip
    assert (
        sum(one.principal for one in found) + sum(r["end"] - r["start"] for r in paid)
        == 333_333_333
    )
    assert 0 < sum(one.discount for one in found) < desk.row("quote", quote)["discount"]


def test_who_reads_it(desk: Cashier) -> None:
    with pytest.raises(NotReadable):
        books.exposure(Reading(MemoryView(desk), public_reader), value_on)
    with pytest.raises(NotReadable):
        books.exposure(Reading(MemoryView(desk), Reader.party(other_bank)), value_on, bank)
