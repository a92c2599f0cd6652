"""Advances and guarantees in the books: lent, repaid in money and in cents, paid in the applicant's place."""

from __future__ import annotations

from tests.finance.advances.desk import Lender, funder, mill
from tests.finance.books.reconciling import reconciled
from tests.finance.desk import bank, core, supplier
from tests.finance.equality.test_equality import because, lines, reports
from tests.finance.guarantees.test_guarantees import Counter as Guaranteed
from tests.finance.test_views import MemoryView, Reading

from tallystick.finance import books
from tallystick.ledger import Reader


def lent(desk: Lender, on: str) -> list[books.Lent]:
    return list(books.lent(Reading(MemoryView(desk), Reader.party(funder)), on, funder))


def test_an_advance_is_lent_and_repaid_interest_first() -> None:
    desk = Lender()
    name = desk.opened()
    assert lent(desk, "2026-01-12") == []
    desk.lent(name, 100_000_00)
    found = reconciled(desk)
    assert found[funder, "advances-receivable"] == 100_000_00 == -found[funder, "bank"]
    assert found[supplier, "advances-payable"] == -found[supplier, "accounts-payable"]
    assert found[mill, "bank"] == -found[mill, "accounts-receivable"] == 100_000_00
    desk.time = "2026-02-11T02:00:00.000Z"
    (held,) = lent(desk, "2026-02-11")
    # 6 % a year on 100,000.00 for thirty days.
    assert (held.principal, held.interest) == (100_000_00, 500_00)
    sums = books.Exposure.empty()
    sums.lend(held)
    assert (sums.advances["CNY"], sums.advance_interest["CNY"]) == (100_000_00, 500_00)
    desk.repaid(name, 1_000_00)
    found = reconciled(desk)
    assert found[funder, "interest-income"] == -500_00 == -found[supplier, "interest-expense"]
    assert found[funder, "advances-receivable"] == 100_000_00 - 500_00
    told = lines(desk, organisation=funder)
    assert (told["advanced"].ledger, told["advanced"].other) == (100_000_00, 100_000_00)
    assert (told["repaid"].ledger, told["repaid"].other) == (1_000_00, 1_000_00)


def test_cents_of_a_certificate_repay_and_no_bank_account_moves() -> None:
    desk = Lender()
    name = desk.opened()
    desk.lent(name, 200_000_00)
    desk.goods_in()
    certificate = desk.certified()
    desk.time = "2026-01-20T02:00:00.000Z"
    owed = desk.owed(name)
    desk.accept_certificate(certificate)
    found = reconciled(desk)
    assert found[funder, "certificates-receivable"] == owed == desk.balances(certificate)[funder]
    assert (found[funder, "advances-receivable"], found[supplier, "advances-payable"]) == (0, 0)
    assert found[funder, "bank"] == -200_000_00
    assert found[funder, "interest-income"] == 200_000_00 - owed
    assert because(lines(desk)["repaid"]) == {"converted": owed}


def test_an_advance_that_left_is_in_payment() -> None:
    desk = Lender()
    name = desk.opened()
    advance = desk.draw(name, 100)
    assert "advanced" not in said(desk)
    desk.instruct(name, advance)
    assert because(lines(desk)["advanced"]) == {"in-payment": 100}
    desk.unpaid(name, advance)
    assert "advanced" not in said(desk)
    assert reconciled(desk)[funder, "bank"] == 0


def said(desk: Lender) -> set[str]:
    return {str(name) for one in reports(desk) for name in one.lines}


def test_a_guarantee_is_paid_in_the_applicants_place() -> None:
    desk = Guaranteed()
    name = desk.issued()
    desk.paid(name, desk.demand(name, 300_00), 300_00, by=core)
    found = reconciled(desk)
    assert found[bank, "guarantees-receivable"] == 300_00 == -found[bank, "bank"]
    assert found[core, "bank"] == -found[core, "guarantee-compensation"] == 300_00
    assert found[supplier, "guarantees-payable"] == -300_00
    told = lines(desk, organisation=bank)
    assert (told["guaranteed"].ledger, told["guaranteed"].other) == (300_00, 300_00)
