"""Every form tells what stands in it, to the last decimal; what cannot be read is refused by its place."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.app.documents import samples

import tallystick.finance as finance
from tallystick.app.documents.errors import DocumentTooLarge, DocumentUnreadable
from tallystick.app.documents.forms import exact
from tallystick.app.documents.forms.reading import read_document
from tallystick.app.documents.forms.xml import depth_max, document_bytes_max, elements_max


@pytest.mark.parametrize("data", [samples.order(), samples.in_json()])
def test_an_order_tells_the_same_in_ubl_and_json(data: bytes) -> None:
    told = read_document(data)
    (line,) = told.lines
    assert (told.kind, told.number, told.date, told.currency) == (
        "order",
        "PO-1",
        "2026-01-02",
        "CNY",
    )
    assert told.buyer.ids[0][1] == samples.buyer_code
    assert (line.buyer_item, line.quantity, line.scale, line.unit) == ("MAT-1", 1000, 0, "H87")
    assert (line.price, line.tax_ppm) == (finance.Price(amount=8850), 130_000)


@pytest.mark.parametrize("data", [samples.invoice(), samples.cii()])
def test_an_invoice_tells_the_same_in_ubl_and_cii(data: bytes) -> None:
    told = read_document(data)
    (line,) = told.lines
    assert (told.kind, told.number, told.date, told.gross) == (
        "invoice",
        "INV-1",
        "2026-01-10",
        6_000_300,
    )
    assert (told.order, line.order_line, line.seller_item) == ("PO-1", 1, "C-9")
    assert (line.quantity, line.net, line.price, line.tax_ppm) == (
        600, 5_310_000, finance.Price(amount=8850), 130_000,
    )  # fmt: skip


def test_a_fapiao_tells_amounts_and_wording_and_no_order() -> None:
    told = read_document(samples.fapiao())
    (line,) = told.lines
    assert (told.kind, told.number, told.order) == ("invoice", "26117000000012345678", "")
    assert (line.wording, line.unit, line.net, line.tax) == (
        "*电子元件*电容 C-9",
        "C62",
        5_310_000,
        690_300,
    )


def test_a_discount_line_is_taken_off_the_line_before() -> None:
    row = "<IssuItemInformation><ItemName>a</ItemName><Amount>{}</Amount><TaxRate>13%</TaxRate><ComTaxAm>{}</ComTaxAm></IssuItemInformation>"
    data = samples.fapiao(
        total="90.40", rows=row.format("100.00", "13.00") + row.format("-20.00", "-2.60")
    )
    (line,) = read_document(data).lines
    assert (line.net, line.tax) == (8000, 1040)


def test_a_red_invoice_is_a_credit_note_on_the_one_its_remark_names() -> None:
    told = read_document(samples.red_fapiao("26117000000012345678"))
    assert (told.kind, told.refers, told.gross) == ("credit", "26117000000012345678", 100_005)
    (line,) = told.lines
    assert (line.quantity, line.net, line.tax, line.unplaced) == (10, 88_500, 11_505, True)
    assert read_document(samples.red_fapiao("")).refers == ""
    mixed = samples.red_fapiao("").replace(b"-885.00", b"885.00")
    with pytest.raises(DocumentUnreadable, match="not below zero"):
        read_document(mixed)


def test_charges_and_allowances_on_the_head_are_read() -> None:
    told = read_document(samples.with_charges(samples.invoice(), gross="59547.00"))
    assert [(one.kind, one.net, one.tax, one.reason) for one in told.charges] == [
        ("charge", 10_000, 900, "Freight"),
        ("allowance", 50_000, 6_500, None),
    ]
    head = (
        b"<ram:SpecifiedTradeAllowanceCharge><ram:ChargeIndicator><udt:Indicator>false"
        b"</udt:Indicator></ram:ChargeIndicator><ram:ActualAmount>3.00</ram:ActualAmount>"
        b"<ram:CategoryTradeTax><ram:RateApplicablePercent>13</ram:RateApplicablePercent>"
        b"</ram:CategoryTradeTax></ram:SpecifiedTradeAllowanceCharge>"
    )
    total = b"<ram:SpecifiedTradeSettlementHeaderMonetarySummation>"
    (one,) = read_document(samples.cii().replace(total, head + total)).charges
    assert (one.kind, one.net, one.tax) == ("allowance", 300, 39)
    wrong = head.replace(b">false<", b">perhaps<")
    with pytest.raises(DocumentUnreadable, match="ChargeIndicator"):
        read_document(samples.cii().replace(total, wrong + total))


def test_changes_cancellations_and_credit_notes_name_what_they_are_of() -> None:
    change = read_document(samples.change(2, "900"))
    assert (change.kind, change.order, change.change, change.lines[0].quantity) == (
        "change",
        "PO-1",
        2,
        900,
    )
    assert read_document(samples.cancellation()).kind == "cancellation"
    for data in (samples.credit(), samples.cii("CN-1", "381")):
        credit = read_document(data)
        assert (credit.kind, credit.refers) == ("credit", "INV-1")
    despatch = read_document(samples.despatch())
    assert (despatch.kind, despatch.lines[0].quantity) == ("despatch", 600)


def test_the_invoice_inside_a_pdf_counts_and_not_the_page() -> None:
    told = read_document(samples.with_attachment("factur-x.xml", samples.cii()))
    assert (told.kind, told.gross) == ("invoice", 6_000_300)
    with pytest.raises(DocumentUnreadable, match="carries none of"):
        read_document(samples.with_attachment("notes.txt", samples.cii()))


bomb = b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "x"><!ENTITY c "&b;&b;">]><a>&c;</a>'
outside = b'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/hostname">]><a>&b;</a>'


@pytest.mark.parametrize(
    ("data", "error", "reason"),
    [
        (b"", DocumentUnreadable, "XML"),
        (b"%PDF-1.7 nothing", DocumentUnreadable, "PDF"),
        (b"{", DocumentUnreadable, "JSON"),
        (b'{"kind": "order"}', DocumentUnreadable, "number: Field required"),
        (samples.in_json(surprise=1), DocumentUnreadable, "surprise"),
        (b"<a/>", DocumentUnreadable, "root of no form"),
        (bomb, DocumentUnreadable, "DTDForbidden"),
        (outside, DocumentUnreadable, "DTDForbidden"),
        (b"<a>" * (depth_max + 1), DocumentTooLarge, "levels"),
        (b"<a>" + b"<b/>" * elements_max + b"</a>", DocumentTooLarge, "elements"),
        (b"<" + b" " * document_bytes_max, DocumentTooLarge, "bytes"),
        (samples.ubl("Quotation", ""), DocumentUnreadable, "not a UBL document"),
        (samples.order(price="88.505555555555555"), DocumentUnreadable, "PriceAmount"),
        (samples.order(price="-1"), DocumentUnreadable, "is no price"),
        (samples.order(base="0"), DocumentUnreadable, "is no price"),
        (samples.order(quantity="1e3"), DocumentUnreadable, "Quantity"),
        (samples.order(quantity="0"), DocumentUnreadable, "Quantity"),
        (samples.order(quantity="0.0000001"), DocumentUnreadable, "Quantity"),
        (samples.order().replace(b"2026-01-02", b"2.1.2026"), DocumentUnreadable, "IssueDate"),
        (
            samples.order().replace(b"<cbc:ID>1<", b"<cbc:ID>one<"),
            DocumentUnreadable,
            "line number",
        ),
        (
            samples.order().replace(b"<cbc:Percent>13<", b"<cbc:Percent>113<"),
            DocumentUnreadable,
            "rate",
        ),
        (samples.invoice(gross="1.005"), DocumentUnreadable, "TaxInclusiveAmount"),
        (samples.cii(code="325"), DocumentUnreadable, "TypeCode 325"),
        (samples.fapiao("123"), DocumentUnreadable, "20 digits"),
        (samples.fapiao(total="-1.00"), DocumentUnreadable, "红字"),
    ],
)
def test_bad_documents_are_refused_by_their_place(
    data: bytes, error: type[Exception], reason: str
) -> None:
    with pytest.raises(error, match=reason):
        read_document(data)


@given(st.integers(1, 10**12), st.integers(0, 6))
@settings(max_examples=100, deadline=None)
def test_quantities_come_back_exactly(value: int, scale: int) -> None:
    text = f"{value // 10**scale}.{value % 10**scale:0{scale}d}" if scale else str(value)
    found, at = exact.quantity(text, "q")
    assert found * 10 ** (scale - at) == value


@given(st.integers(0, 10**9), st.integers(0, 8), st.integers(1, 10**4))
@settings(max_examples=100, deadline=None)
def test_prices_are_the_same_fraction(amount: int, scale: int, per: int) -> None:
    text = f"{amount // 10**scale}.{amount % 10**scale:0{scale}d}" if scale else str(amount)
    price = exact.price(text, str(per), "CNY", "p")
    assert price.amount * per * 10**scale == amount * 100 * price.per


@given(st.binary(max_size=200))
@settings(max_examples=50, deadline=None)
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    with pytest.raises((DocumentUnreadable, DocumentTooLarge)):
        read_document(data)
