"""Journal lines: debits equal credits, accounts of all come to what the ledger says, and a file is the same again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import pytest
from tests.finance.desk import Desk, bank, core, supplier
from tests.finance.settlement.cashier import Cashier, due, face
from tests.finance.test_views import MemoryView, Reading

from tallystick import finance
from tallystick.finance import books
from tallystick.ledger import Accepted, Reader

friend = "99.100/O-FRIEND"
half = face // 2
passed_on = 100_000_000


@pytest.fixture
def desk() -> Cashier:
    return Cashier([friend])


def postings(desk: Desk, organisation: str) -> list[books.Posting]:
    reading = Reading(MemoryView(desk), Reader.party(organisation))
    found = list(books.journal(reading, _entries(desk), organisation))
    assert found == list(books.journal(reading, _entries(desk), organisation))
    for one in found:
        assert sum(amount for _, amount in one.lines) == 0
    assert len({one.index for one in found}) == len(found)
    return found


def balance(desk: Desk, organisation: str) -> dict[str, int]:
    sums: Counter[str] = Counter()
    for one in postings(desk, organisation):
        for account, amount in one.lines:
            sums[account] += amount
    return {account: amount for account, amount in sums.items() if amount}


def _entries(desk: Desk) -> Iterator[Accepted]:
    for act in desk.acts:
        if act.type in books.types:
            body = act.body.model_dump_json(exclude_none=True).encode()
            yield Accepted(act.index, act.type, act.author, act.time, body)


def test_a_certificate_from_issue_to_settlement(desk: Cashier) -> None:
    name = desk.live(face)
    desk.transfer(name, supplier, friend, passed_on)
    quote = desk.financed(name, half)
    desk.disburse(quote, desk.time)
    discount = desk.row("quote", quote)["discount"]
    assert balance(desk, core) == {"accounts-payable": face, "certificates-payable": -face}
    assert balance(desk, supplier) == {
        "bank": half - discount,
        "interest-expense": discount,
        "accounts-payable": passed_on,
        "accounts-receivable": -face,
        "certificates-receivable": face - half - passed_on,
    }
    # What is held by the books is what the ledger says that each holds.
    for holder, held in desk.balances(name).items():
        assert balance(desk, holder)["certificates-receivable"] == held
    desk.block(due)
    desk.pay_due(face)
    assert balance(desk, core) == {"accounts-payable": face, "bank": -face}
    assert balance(desk, bank) == {"bank": discount, "unearned-interest": -discount}
    assert balance(desk, friend) == {"accounts-receivable": -passed_on, "bank": passed_on}
    first, last = postings(desk, core)
    assert (first.what, last.what) == ("certificate.accept", "pay.due")
    assert first.document() == {
        "entry": first.index,
        "day": "2026-01-12",
        "what": "certificate.accept",
        "certificates": [name],
        "currency": "CNY",
        "lines": [
            {"account": "accounts-payable", "debit": face, "credit": 0},
            {"account": "certificates-payable", "debit": 0, "credit": face},
        ],
    }


def test_what_comes_back_is_taken_back(desk: Cashier) -> None:
    name = desk.live(face)
    quote = desk.financed(name, half)
    desk.instruct(quote, desk.time)
    desk.pay_out(quote, desk.time)
    desk.end("return", quote)
    assert balance(desk, bank) == {}
    desk.end("fail", quote)
    desk.block(due)
    desk.pay(name, face, due)
    desk.came_back(name, supplier)
    assert balance(desk, core) == {"accounts-payable": face, "certificates-payable": -face}
    desk.block("2026-07-12T03:00:00.000Z")
    desk.pay(name, face, desk.time)
    late = desk.row("arrears", name)["late_due"]
    desk.pay_late(name, late)
    assert balance(desk, core)["late-interest-expense"] == late > 0
    assert balance(desk, supplier)["late-interest-income"] == -late


def test_what_is_cancelled_is_owed_as_before(desk: Cashier) -> None:
    name = desk.live(face)
    body = finance.CancelPropose(certificate=name, amount=half, reason="mistake")
    asked = desk.play("finance.cancel.propose/1", f"{core.replace('O-', 'P-')}-MAKER", body)
    answer = finance.CancelAnswer(cancellation=asked)
    desk.play("finance.cancel.agree/1", f"{supplier.replace('O-', 'P-')}-MAKER", answer)
    assert balance(desk, core) == {"accounts-payable": half, "certificates-payable": -half}
    assert balance(desk, supplier)["certificates-receivable"] == face - half
