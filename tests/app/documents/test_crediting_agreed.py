"""A credit note of a seller's own system settles the agreed line below zero, which that system does not know."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.finance.desk import core, maker, supplier
from tests.finance.statements.office import Office
from tests.finance.test_views import MemoryView

from tallystick import finance
from tallystick.app.documents.resolving import Resolved, resolve
from tallystick.app.documents.told import Line, Party, Told
from tallystick.finance.statements.bodies import LineDispute


@pytest.fixture
def office() -> Office:
    return Office()


def note(*lines: Line, number: str = "CN-1") -> Told:
    return Told(
        kind="credit", number=number, date="2026-02-02", buyer=Party((("", core),)),
        seller=Party((("", supplier),)), currency="CNY", refers="INV-1", lines=lines,
    )  # fmt: skip


def line(quantity: int = 8, net: int = 800, tax: int = 104, number: int = 1) -> Line:
    price = finance.Price(amount=100)
    return Line(
        number=number, order_line=1, quantity=quantity, price=price, net=net, tax=tax,
        tax_ppm=130_000,
    )  # fmt: skip


def back(office: Office, *quantities: int) -> None:
    """Fifty billed, then so many sent back in one statement each; the last one is disputed."""
    order = office.ordered("PO-1", 100)
    despatch = office.received(order, 1, 50)
    statement = office.state_it()
    office.agree_all(statement)
    office.bill(statement, "INV-1")
    for quantity in quantities:
        office.returned(despatch, quantity)
        office.agree_all(office.state_it())
    office.returned(despatch, 1)
    last = office.state_it()
    office.say(last, disputed=(LineDispute(line=1, reason="returned"),))


def resolved(office: Office, told: Told, author: str = supplier) -> Resolved:
    return resolve(MemoryView(office), author, told)


def test_the_oldest_agreed_line_that_fits_is_settled(office: Office) -> None:
    back(office, 8, 8)
    found = resolved(office, note(line()))
    assert isinstance(found.body, finance.Credit)
    (told,) = found.body.lines
    assert (told.statement, told.statement_line) == (f"{office.fc}#S-2", 1)
    office.play("finance.credit/1", maker(supplier), found.body)
    again = resolved(office, note(line()))
    assert again.body == found.body  # the same document comes again
    second = resolved(office, note(line(), number="CN-2"))
    assert isinstance(second.body, finance.Credit)
    assert second.body.lines[0].statement == f"{office.fc}#S-3"


def test_a_note_that_equals_no_agreed_line_waits(office: Office) -> None:
    back(office, 8)
    for told in (line(9, 900, 117), line(8, 800, 103), line(7, 700, 90)):
        found = resolved(office, note(told))
        assert [one.what for one in found.missing] == ["statement-line"]
        assert f"{office.fc}#S-2 line 1" in found.missing[0].said
    office.play(
        "finance.credit/1",
        maker(supplier),
        resolved(office, note(line())).body,  # type: ignore[arg-type]
    )
    found = resolved(office, note(line(), number="CN-2"))
    assert "none below zero" in found.missing[0].said


def test_a_part_is_settled_and_then_the_rest(office: Office) -> None:
    back(office, 8)
    for number, told in (("CN-1", line(3, 300, 39)), ("CN-2", line(5, 500, 65))):
        body = resolved(office, note(told, number=number)).body
        assert body is not None
        office.play("finance.credit/1", maker(supplier), body)
    assert office.line(f"{office.fc}#S-2", 1)["credited"] == 8


def test_money_alone_and_a_copy_name_no_line(office: Office) -> None:
    back(office, 8)
    alone = resolved(office, note(replace(line(), quantity=0)))
    assert isinstance(alone.body, finance.Credit)
    assert (alone.body.lines[0].quantity, alone.body.lines[0].statement) == (0, None)
    copy = resolved(office, note(line()), core)
    assert isinstance(copy.body, finance.Credit)
    assert copy.body.lines[0].statement is None


def test_a_note_in_another_unit_settles_what_comes_to_its_money(office: Office) -> None:
    """Billed and credited by boxes of four, by a factor that both firms agreed; stated by pieces."""
    row = finance.ItemRow(
        buyer_item="MAT-1", seller_item="C-9", seller_unit="XBX", numerator=4, denominator=1
    )
    items = finance.ItemMap(buyer=core, seller=supplier, number=1, rows=(row,))
    proposed = office.play("finance.items/1", maker(supplier), items)
    office.play("finance.agree/1", maker(core), finance.Agree(proposal=proposed))
    ordered = finance.OrderLine(
        line=1, item="MAT-1", quantity=1000, price=finance.Price(amount=100), tax_ppm=130_000
    )
    order = office.order("PO-1", ordered, contract=office.fc)
    despatch = office.received(order, 1, 48)
    first = office.state_it()
    office.agree_all(first)
    billed = finance.InvoiceLine(
        line=1, order=order, order_line=1, item="C-9", unit="XBX", quantity=12,
        price=finance.Price(amount=400), tax_ppm=130_000, statement=first, statement_line=1,
    )  # fmt: skip
    invoice = office.invoice("INV-1", billed)
    office.returned(despatch, 8)
    second = office.state_it()
    office.agree_all(second)
    boxes = replace(line(2), unit="XBX", price=finance.Price(amount=400))
    body = resolved(office, note(boxes)).body
    assert isinstance(body, finance.Credit)
    assert (body.lines[0].quantity, body.lines[0].statement) == (8, second)
    office.play("finance.credit/1", maker(supplier), body)
    assert office.row("invoice-line", invoice, "000001")["credited_quantity"] == 8
