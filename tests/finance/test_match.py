"""The three-way match (research §4.2)."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.finance.desk import Desk, core, maker, supplier

from tallystick import finance
from tallystick.finance import DespatchLine, InvoiceLine, LotQuantity, OrderLine, Price
from tallystick.finance.errors import DocumentExists, DocumentWrong, NotAMatch, QuantityInexact
from tallystick.finance.trade.match import (
    LineFacts,
    Terms,
    gross_amount,
    quantity_for,
    three_way_match,
)

price = Price(amount=8850)
vat = 130_000


def line(**more: Any) -> LineFacts:
    facts: dict[str, Any] = {
        "line": 1,
        "order_line": "PO#1",
        "scale": 0,
        "ordered": 1000,
        "accepted": 0,
        "consumed": 0,
        "order": Terms(price, vat, "H87"),
        "invoiced": 600,
        "invoice": Terms(price, vat, "H87"),
    }
    return LineFacts(**{**facts, **more})


def test_worked_example_pure() -> None:
    first = three_way_match([line(accepted=590)])
    assert (first.status, first.confirmable) == ("partial", 5_900_295)
    assert first.reasons == ("billed-above-accepted",)
    assert first.lines[0].waiting == 100_005
    dear = Terms(Price(amount=8900), vat, "C62")
    second = three_way_match([line(accepted=990, consumed=590, invoiced=400, invoice=dear)])
    assert (second.status, second.confirmable) == ("held", 4_000_200)
    assert second.reasons == ("price-above-order",)
    assert first.confirmable + second.confirmable == 9_900_495
    assert gross_amount(1000, 0, price, vat) == 10_000_500


def test_price_within_both_tolerances_is_the_invoices() -> None:
    near = Terms(Price(amount=8851), vat, "H87")
    result = three_way_match([line(accepted=600, invoice=near)])
    assert result.status == "matched"
    assert result.confirmable == gross_amount(600, 0, Price(amount=8851), vat)


def test_price_is_compared_by_cross_multiplication() -> None:
    same = Terms(Price(amount=88_500, per=10), vat, "H87")
    assert three_way_match([line(accepted=600, invoice=same)]).status == "matched"


@pytest.mark.parametrize(
    ("change", "status", "reason"),
    [
        ({"accepted": 0}, "held", "not-received"),
        ({"accepted": 600, "invoice": Terms(price, vat, "KGM")}, "rejected", "unit-differs"),
        ({"accepted": 600, "invoice": Terms(price, 160_000, "H87")}, "held", "tax-above-order"),
        ({"accepted": 2000, "invoiced": 2000}, "partial", "billed-above-order"),
        (
            {"accepted": 600, "blocks": ("order-document-only",)},
            "rejected",
            "order-document-only",
        ),
    ],
)
def test_reasons(change: dict[str, Any], status: str, reason: str) -> None:
    result = three_way_match([line(**change)])
    assert (result.status, result.reasons) == (status, (reason,))


def test_lines_of_one_order_line_share_what_was_accepted() -> None:
    both = [line(accepted=700), line(line=2, accepted=700)]
    result = three_way_match(both)
    assert [row.billable for row in result.lines] == [600, 100]


@given(
    st.integers(0, 2000),
    st.integers(1, 2000),
    st.integers(0, 10**6),
    st.integers(1, 7),
    st.integers(0, 6),
)
def test_never_more_than_accepted_or_billed(
    accepted: int, invoiced: int, amount: int, per: int, scale: int
) -> None:
    terms = Terms(Price(amount=amount, per=per), vat, "H87")
    facts = line(accepted=accepted, invoiced=invoiced, order=terms, invoice=terms, scale=scale)
    result = three_way_match([facts])
    assert result.confirmable <= gross_amount(min(accepted, invoiced), scale, terms.price, vat)
    assert result.confirmable <= result.gross
    if result.confirmable:
        most = result.lines[0].billable
        quantity = quantity_for(result.confirmable, scale, terms.price, vat, most)
        assert gross_amount(quantity, scale, terms.price, vat) >= result.confirmable


def story() -> tuple[Desk, str, str, str]:
    desk = Desk()
    order = desk.order("PO-1", OrderLine(line=1, quantity=1000, price=price, tax_ppm=vat))
    lots = (LotQuantity(lot="99.100.8/LOT-1", quantity=600),)
    despatch = desk.despatch(
        "DA-1", DespatchLine(line=1, order=order, order_line=1, quantity=600, lots=lots)
    )
    bill = InvoiceLine(line=1, order=order, order_line=1, quantity=600, price=price, tax_ppm=vat)
    invoice = desk.invoice("INV-1", bill)
    return desk, order, despatch, invoice


def test_worked_example_through_the_rules() -> None:
    desk, order, despatch, invoice = story()
    assert finance.match_invoice(desk.state, invoice).reasons == ("not-received",)
    desk.scan(despatch, lots=[("99.100.8/LOT-1", 590)])
    assert desk.row("despatch", despatch)["status"] == "partial"
    desk.scan(despatch, lots=[("99.100.8/LOT-1", 10)], disposition="damaged")
    assert desk.row("despatch", despatch)["status"] == "closed"
    assert finance.match_invoice(desk.state, invoice).confirmable == 5_900_295
    with pytest.raises(NotAMatch):
        desk.propose(invoice, 5_900_296)
    desk.approve(desk.propose(invoice, 5_900_295))
    assert finance.match_invoice(desk.state, invoice).confirmable == 0
    lots = (LotQuantity(lot="99.100.8/LOT-2", quantity=400),)
    second = desk.despatch(
        "DA-2", DespatchLine(line=1, order=order, order_line=1, quantity=400, lots=lots)
    )
    desk.scan(second, lots=[("99.100.8/LOT-2", 400)])
    dear = Price(amount=8900)
    bill = InvoiceLine(line=1, order=order, order_line=1, quantity=400, price=dear, tax_ppm=vat)
    later = desk.invoice("INV-2", bill)
    found = finance.match_invoice(desk.state, later)
    assert (found.status, found.confirmable) == ("held", 4_000_200)
    desk.approve(desk.propose(later, 4_000_200))
    assert desk.row("order-line", order, "000001")["consumed"] == 990


def test_confirmed_in_parts_to_the_cent() -> None:
    desk, _, despatch, invoice = story()
    desk.scan(despatch, lots=[("99.100.8/LOT-1", 600)])
    total, left = finance.match_invoice(desk.state, invoice).confirmable, 0
    for amount in (1, 2_345_678, 333):
        desk.approve(desk.propose(invoice, amount))
        left += amount
    rest = finance.match_invoice(desk.state, invoice).confirmable
    assert rest == total - left
    desk.approve(desk.propose(invoice, rest))
    assert finance.match_invoice(desk.state, invoice).confirmable == 0
    assert desk.row("order-line", f"{core}#PO-1", "000001")["consumed"] == 600


def test_return_after_confirmation_lowers_the_next() -> None:
    desk, _, despatch, invoice = story()
    desk.scan(despatch, lots=[("99.100.8/LOT-1", 600)])
    half = gross_amount(300, 0, price, vat)
    desk.approve(desk.propose(invoice, half))
    desk.scan(despatch, lots=[("99.100.8/LOT-1", 100)], back=True)
    assert finance.match_invoice(desk.state, invoice).confirmable == gross_amount(
        500, 0, price, vat
    ) - gross_amount(300, 0, price, vat)


def test_documents_are_checked() -> None:
    desk, order, _, _ = story()
    with pytest.raises(DocumentExists):
        desk.order("PO-1", OrderLine(line=1, quantity=1, price=price))
    with pytest.raises(DocumentWrong):
        desk.order("PO-2", *[OrderLine(line=1, quantity=1, price=price)] * 2)
    with pytest.raises(QuantityInexact):
        desk.invoice(
            "INV-9",
            InvoiceLine(line=1, order=order, order_line=1, quantity=15, scale=1, price=price),
        )
    body = finance.Invoice(
        number="INV-10",
        seller=supplier,
        buyer=core,
        currency="CNY",
        invoiced_on="2026-01-10",
        gross=1,
        lines=(InvoiceLine(line=1, order=order, order_line=1, quantity=1, price=price),),
    )
    with pytest.raises(DocumentWrong, match="gross is 1"):
        desk.play("finance.invoice/1", maker(supplier), body)
    euro = body.model_copy(update={"currency": "EUR", "gross": None})
    with pytest.raises(DocumentWrong, match="another currency"):
        desk.play("finance.invoice/1", maker(supplier), euro)


def test_a_stated_delivery_is_shown_and_feeds_nothing_by_default() -> None:
    desk, order, despatch, invoice = story()
    body = finance.Delivery(
        number="GR-1",
        buyer=core,
        seller=supplier,
        despatch=despatch,
        delivered_on="2026-01-09",
        lines=(finance.DeliveryLine(order=order, order_line=1, quantity=600, rejected=10),),
    )
    desk.play("finance.delivery/1", maker(core), body)
    assert desk.row("delivery", f"{core}#GR-1")["grade"] == "document-only"
    assert finance.match_invoice(desk.state, invoice).confirmable == 0
    lenient = finance.Policy(document_deliveries=True)
    assert finance.match_invoice(desk.state, invoice, lenient).confirmable == 5_900_295
    with pytest.raises(NotAMatch):
        desk.propose(invoice, 1)


def test_a_copy_by_the_other_party_binds_nobody() -> None:
    desk, order, despatch, _ = story()
    desk.scan(despatch, lots=[("99.100.8/LOT-1", 600)])
    bill = InvoiceLine(line=1, order=order, order_line=1, quantity=600, price=price)
    body = finance.Invoice(
        number="INV-7",
        seller=supplier,
        buyer=core,
        currency="CNY",
        invoiced_on="2026-01-10",
        lines=(bill,),
    )
    desk.play("finance.invoice/1", maker(core), body)
    copy = finance.document_name(core, supplier, "INV-7")
    assert finance.match_invoice(desk.state, copy).reasons == ("invoice-document-only",)
    with pytest.raises(NotAMatch):
        desk.propose(copy, 1)
    assert desk.invoice("INV-7", bill) == f"{supplier}#INV-7"
