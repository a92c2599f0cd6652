"""Item mappings: agreed, versioned; units converted exactly or not at all."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError
from tests.finance.desk import Desk, bank, core, maker, supplier

from tallystick import finance
from tallystick.finance.agreements.errors import ChangeNumberWrong
from tallystick.finance.errors import DocumentWrong, QuantityInexact
from tallystick.finance.items.units import Factor, converted, repriced
from tallystick.finance.trade.match import net_amount
from tallystick.ledger import RuleError

row = finance.ItemRow(
    buyer_item="MAT-1", seller_item="C-9", wording="*电子元件*电容", buyer_unit="H87",
    seller_unit="BX", numerator=12,
)  # fmt: skip
factors = st.builds(Factor, st.integers(1, 10**9), st.integers(1, 10**9))


def offer(desk: Desk, number: int, *rows: finance.ItemRow, by: str = supplier) -> str:
    body = finance.ItemMap(buyer=core, seller=supplier, number=number, rows=rows)
    return desk.play("finance.items/1", maker(by), body)


def agree(desk: Desk, proposal: str, by: str = core) -> None:
    desk.play("finance.agree/1", maker(by), finance.Agree(proposal=proposal))


@pytest.fixture
def desk() -> Desk:
    return Desk()


@given(st.integers(1, 10**9), st.integers(0, 6), factors, st.integers(0, 6))
@settings(max_examples=100, deadline=None)
def test_what_was_converted_comes_back(quantity: int, scale: int, factor: Factor, to: int) -> None:
    there = converted(quantity, scale, factor, to)
    if there is not None:
        assert converted(there, to, factor.back, scale) == quantity
        assert there * factor.denominator * 10**scale == quantity * factor.numerator * 10**to


@given(st.integers(0, 10**9), st.integers(1, 10**6), factors, st.integers(1, 10**6))
@settings(max_examples=100, deadline=None)
def test_money_is_the_same_in_both_units(
    amount: int, per: int, factor: Factor, quantity: int
) -> None:
    price = finance.Price(amount=amount, per=per)
    there, dear = converted(quantity, 0, factor, 6), repriced(price, factor)
    if there is not None and dear is not None:
        assert net_amount(there, 6, dear) == net_amount(quantity, 0, price)


def invoiced(desk: Desk, **line: Any) -> str:
    ordered = finance.OrderLine(
        line=1, item="MAT-1", quantity=120, price=finance.Price(amount=100), tax_ppm=130_000
    )
    order = desk.order("PO-1", ordered)
    stated: dict[str, Any] = {"unit": "BX", "quantity": 10, "item": "C-9", **line}
    price = finance.Price(amount=1200)
    billed = finance.InvoiceLine(
        line=1, order=order, order_line=1, price=price, tax_ppm=130_000, **stated
    )
    return desk.invoice("INV-1", billed)


def test_an_invoice_in_boxes_meets_an_order_in_pieces(desk: Desk) -> None:
    agree(desk, offer(desk, 1, row))
    invoice = invoiced(desk)
    line = desk.row("invoice-line", invoice, "000001")
    assert (line["quantity"], line["unit"], line["price"]) == (
        120,
        "H87",
        {"amount": 100, "per": 1},
    )
    assert (line["stated"]["quantity"], line["stated"]["items"]) == (10, 1)
    assert desk.row("invoice", invoice)["gross"] == 13560
    assert finance.match_invoice(desk.state, invoice).reasons == ("not-received",)


def test_the_wording_leads_to_the_item_as_well(desk: Desk) -> None:
    agree(desk, offer(desk, 1, row))
    invoice = invoiced(desk, item=None, wording=" *电子元件* 电容")
    assert desk.row("invoice-line", invoice, "000001")["quantity"] == 120


def test_what_is_not_agreed_converts_nothing(desk: Desk) -> None:
    offer(desk, 1, row)
    invoice = invoiced(desk)
    assert "unit-differs" in finance.match_invoice(desk.state, invoice).reasons


def test_what_does_not_divide_is_refused_with_its_factor(desk: Desk) -> None:
    third = row.model_copy(update={"numerator": 1, "denominator": 3})
    agree(desk, offer(desk, 1, third))
    with pytest.raises(QuantityInexact, match="10 x 10\\^-0 BX by 1/3 H87"):
        invoiced(desk)


def test_a_later_version_counts_for_later_documents(desk: Desk) -> None:
    agree(desk, offer(desk, 1, row))
    invoice = invoiced(desk)
    agree(desk, offer(desk, 2, row.model_copy(update={"numerator": 6}), by=core), by=supplier)
    assert desk.row("invoice-line", invoice, "000001")["quantity"] == 120
    found = finance.item_of(desk.state, finance.pair_name(core, supplier), "C-9", None)
    assert found is not None
    assert (found["numerator"], found["version"]) == (6, 2)


@pytest.mark.parametrize(
    ("number", "rows", "by", "error"),
    [
        (2, (row,), supplier, ChangeNumberWrong),
        (1, (row, row), supplier, DocumentWrong),
        (1, (row.model_copy(update={"seller_unit": "EA"}),), supplier, DocumentWrong),
        (1, (row,), bank, RuleError),
    ],
)
def test_mappings_that_are_refused(
    desk: Desk, number: int, rows: tuple[finance.ItemRow, ...], by: str, error: type[Exception]
) -> None:
    with pytest.raises(error):
        offer(desk, number, *rows, by=by)


@pytest.mark.parametrize("stated", [{}, {"seller_item": "A B"}, {"wording": "x", "numerator": 0}])
def test_rows_that_are_none(stated: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        finance.ItemRow(buyer_item="MAT-1", **stated)
