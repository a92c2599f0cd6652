"""What went back after it was billed: agreed below zero, and settled by credit notes that equal it."""

from __future__ import annotations

from typing import Any

import pytest
from tests.finance.desk import core, maker, supplier
from tests.finance.statements.office import Office
from tests.finance.test_views import MemoryView

from tallystick import finance
from tallystick.finance.errors import DocumentWrong
from tallystick.finance.statements.bodies import LineDispute
from tallystick.finance.statements.errors import (
    CreditDiffers,
    StatementLineBilled,
    StatementLineNeeded,
    StatementLineWrong,
    StatementUnknown,
)
from tallystick.finance.statements.settling import credits_of, settling
from tallystick.finance.trade.matching import match_invoice

vat = 130_000


@pytest.fixture
def office() -> Office:
    return Office()


def billed(office: Office, order: str, quantity: int, number: str) -> tuple[str, str]:
    """Received, stated, agreed and billed: the despatch and the invoice."""
    despatch = office.received(order, 1, quantity)
    statement = office.state_it()
    office.agree_all(statement)
    return despatch, office.bill(statement, number)


def went_back(office: Office, despatch: str, quantity: int) -> str:
    """Returned, stated and agreed: the statement."""
    office.returned(despatch, quantity)
    statement = office.state_it()
    office.agree_all(statement)
    return statement


def credited(office: Office, invoice: str, number: str = "CN-1", **line: Any) -> str:
    """A note of one line, as a seller writes it by hand."""
    row = finance.CreditLine(line=1, invoice_line=1, **line)
    body = finance.Credit(
        number=number, seller=supplier, buyer=core, currency="CNY", credited_on="2026-02-02",
        invoice=invoice, lines=(row,),
    )  # fmt: skip
    office.play("finance.credit/1", maker(supplier), body)
    return f"{supplier}#{number}"


def test_a_note_equals_the_agreed_line_and_settles_it_once(office: Office) -> None:
    despatch, invoice = billed(office, office.ordered("PO-1", 100), 50, "INV-1")
    statement = went_back(office, despatch, 8)
    assert office.line(statement, 1)["quantity"] == -8
    told = {"quantity": 8, "net": 800, "tax": 104, "statement": statement, "statement_line": 1}
    refused: list[tuple[dict[str, Any], type[Exception]]] = [
        ({"net": 799}, CreditDiffers),
        ({"tax": 103}, CreditDiffers),
        ({"quantity": 0}, CreditDiffers),
        ({"quantity": 7}, CreditDiffers),
        ({"quantity": 9}, StatementLineBilled),
        ({"statement": None, "statement_line": None}, StatementLineNeeded),
        ({"statement": None}, StatementLineWrong),
        ({"statement_line": 2}, StatementLineWrong),
        ({"statement": f"{office.fc}#S-1"}, StatementLineWrong),
        ({"statement": f"{office.fc}#S-9"}, StatementUnknown),
    ]
    before = dict(office.state.documents())
    for changes, error in refused:
        with pytest.raises(error):
            credited(office, invoice, **{**told, **changes})
    assert dict(office.state.documents()) == before
    (note,) = office.credit(statement, "CN-1")
    line = office.line(statement, 1)
    assert (line["credited"], line["credit"], line["credit_line"]) == (8, note, 1)
    assert office.row("invoice-line", invoice, "000001")["credited_quantity"] == 8
    assert match_invoice(office.state, invoice).confirmable == 42 * 100 + 546
    with pytest.raises(StatementLineBilled):
        credited(office, invoice, "CN-2", **told)
    assert credits_of(MemoryView(office), statement, "CN-2", "2026-02-02") == ((), ())


def test_money_alone_is_credited_without_a_line(office: Office) -> None:
    _, invoice = billed(office, office.ordered("PO-1", 100), 50, "INV-1")
    credited(office, invoice, net=100, tax=13)
    assert office.row("invoice-line", invoice, "000001")["credited"] == 113


def test_what_is_no_agreed_line_below_zero_of_that_order_line_credits_nothing(
    office: Office,
) -> None:
    order = office.ordered("PO-1", 100, 100)
    despatch, invoice = billed(office, order, 50, "INV-1")
    office.received(order, 2, 5)
    office.returned(despatch, 8)
    statement = office.state_it()
    told = {"quantity": 8, "net": 800, "tax": 104, "statement": statement, "statement_line": 1}
    with pytest.raises(StatementLineWrong, match="open"):
        credited(office, invoice, **told)
    office.say(statement, disputed=(LineDispute(line=1, reason="returned"),), others="agree")
    with pytest.raises(StatementLineWrong, match="disputed"):
        credited(office, invoice, **told)
    with pytest.raises(StatementLineWrong, match="quantity 5"):
        credited(office, invoice, **{**told, "statement_line": 2})
    again = office.state_it()
    office.agree_all(again)
    other = office.bill(statement, "INV-2")  # of order line 2, at the same price
    with pytest.raises(StatementLineWrong, match="another order line"):
        credited(office, other, **{**told, "statement": again})
    office.credit(again, "CN-1")


def test_what_went_back_of_two_invoices_is_settled_by_two_notes_to_the_cent(office: Office) -> None:
    """Thirds of a cent: the parts add up to what was agreed, wherever it is cut."""
    order = office.order(
        "PO-1",
        finance.OrderLine(
            line=1, quantity=1000, price=finance.Price(amount=100, per=3), tax_ppm=vat
        ),
        contract=office.fc,
    )
    first, one = billed(office, order, 10, "INV-1")
    second, two = billed(office, order, 10, "INV-2")
    office.returned(first, 4)
    statement = went_back(office, second, 1)
    line = office.line(statement, 1)
    assert (line["quantity"], line["net"], line["tax"]) == (-5, -167, -22)
    notes = office.credit(statement, "CN-1")
    heads = [office.row("credit", note) for note in notes]
    assert notes == [f"{supplier}#CN-1", f"{supplier}#CN-1-2"]
    # Each invoice takes what it billed of the goods, and the newest is first.
    assert [(head["invoice"], head["net"], head["tax"]) for head in heads] == [
        (two, 33, 4), (one, 134, 18)
    ]  # fmt: skip


def test_what_one_invoice_has_not_left_is_credited_of_another(office: Office) -> None:
    """Netted in one month and sent back whole in the next: no invoice alone has so much."""
    order = office.ordered("PO-1", 37)
    first, one = billed(office, order, 50, "INV-1")
    office.returned(first, 8)
    second, two = billed(office, order, 100, "INV-2")
    assert office.row("invoice-line", two, "000001")["quantity"] == 92
    statement = went_back(office, second, 100)
    notes = office.credit(statement, "CN-1")
    rows = {office.row("credit", note)["invoice"]: note for note in notes}
    sizes = {
        invoice: office.row("credit-line", note, "000001")["quantity"]
        for invoice, note in rows.items()
    }
    assert sizes == {two: 92, one: 8}
    line = office.line(statement, 1)
    assert line["credited"] == 100
    told = [office.row("credit", note) for note in notes]
    assert sum(row["net"] for row in told) == -line["net"]
    assert sum(row["tax"] for row in told) == -line["tax"]


def test_what_was_not_billed_yet_waits_for_its_invoice(office: Office) -> None:
    order = office.ordered("PO-1", 100)
    despatch = office.received(order, 1, 50)
    first = office.state_it()
    office.agree_all(first)
    second = went_back(office, despatch, 50)
    found = settling(MemoryView(office), second)
    assert (found.notes, [line["line"] for line in found.unbilled]) == ((), [1])
    invoice = office.bill(first, "INV-1")
    office.credit(second, "CN-1")
    match = match_invoice(office.state, invoice)
    assert (match.gross, match.confirmable) == (0, 0)
    assert settling(MemoryView(office), second).unbilled == ()


def test_goods_go_back_at_the_price_at_which_they_were_billed(office: Office) -> None:
    order = office.ordered("PO-1", 100)
    despatch, invoice = billed(office, order, 50, "INV-1")
    cheaper = finance.OrderLine(line=1, quantity=1000, price=finance.Price(amount=90), tax_ppm=vat)
    change = finance.OrderChange(order=order, number=1, lines=(cheaper,))
    proposed = office.play("finance.order.change/1", maker(core), change)
    office.play("finance.agree/1", maker(supplier), finance.Agree(proposal=proposed))
    _, other = billed(office, order, 20, "INV-2")
    statement = went_back(office, despatch, 8)
    with pytest.raises(StatementLineWrong, match="price"):
        credited(office, other, quantity=8, net=800, tax=104, statement=statement, statement_line=1)
    office.credit(statement, "CN-1")
    assert office.row("credit", f"{supplier}#CN-1")["invoice"] == invoice


def test_after_a_transfer_no_cent_moves_and_the_next_invoice_is_confirmed_for_less(
    office: Office,
) -> None:
    """Research §4.2: what was confirmed stays with whoever holds it, and lowers what is confirmed next."""
    order = office.ordered("PO-1", 100)
    despatch, invoice = billed(office, order, 50, "INV-1")
    name = office.approve(office.propose(invoice, 5650))
    office.accept_certificate(name)
    office.enrol("99.100/O-SUB", "supplier")
    office.transfer(name, supplier, "99.100/O-SUB", 5650)
    before = office.rows("holding", name)
    statement = went_back(office, despatch, 8)
    (note,) = office.credit(statement, "CN-1")
    assert office.row("credit", note)["above"] == 904
    assert office.rows("holding", name) == before
    match = match_invoice(office.state, invoice)
    assert (match.confirmable, match.reasons) == (0, ())
    _, second = billed(office, order, 100, "INV-2")
    match = match_invoice(office.state, second)
    # 92 of the 100 carry money; the certificate holds the other 8 already.
    assert (match.status, match.confirmable, match.reasons) == ("matched", 92 * 113, ())
    assert (match.lines[0].carried, match.lines[0].set_off) == (8, 8 * 113)
    office.approve(office.propose(second, 92 * 113))
    match = match_invoice(office.state, second)
    assert (match.status, match.confirmable, match.lines[0].waiting) == ("matched", 0, 0)


def test_a_copy_of_a_credit_note_settles_nothing(office: Office) -> None:
    despatch, invoice = billed(office, office.ordered("PO-1", 100), 50, "INV-1")
    copy = finance.Invoice(
        number="INV-1", seller=supplier, buyer=core, currency="CNY", invoiced_on="2026-02-02",
        lines=(
            finance.InvoiceLine(
                line=1, order=f"{core}#PO-1", order_line=1, quantity=50,
                price=finance.Price(amount=100), tax_ppm=vat,
            ),
        ),
    )  # fmt: skip
    office.play("finance.invoice/1", maker(core), copy)
    statement = went_back(office, despatch, 8)
    row = finance.CreditLine(
        line=1, invoice_line=1, quantity=8, net=800, tax=104, statement=statement, statement_line=1
    )
    body = finance.Credit(
        number="CN-1", seller=supplier, buyer=core, currency="CNY", credited_on="2026-02-02",
        invoice=f"{core}#{invoice}", lines=(row,),
    )  # fmt: skip
    office.play("finance.credit/1", maker(core), body)
    assert "credited" not in office.line(statement, 1)
    wrong = row.model_copy(update={"net": 700})
    changed = body.model_copy(update={"number": "CN-2", "lines": (wrong,)})
    with pytest.raises(DocumentWrong):
        office.play("finance.credit/1", maker(core), changed)
    office.credit(statement, "CN-1")
