"""Bodies of the trade documents: order, despatch advice, delivery, invoice and credit note (UBL 2.x nouns).

A document is named after the organisation that issues it and its number: an order `<buyer>#<number>`,
a despatch or an invoice `<seller>#<number>`; the number is used once, for ever. The other party may put
its copy on record (an ERP export): it is then named `<author>#<issuer>#<number>`, is graded
"document-only", and binds nobody.

Quantities count 10^-scale of a unit (UN/CEFACT Recommendation 20). A price is an amount of minor units
for a base quantity of whole units, as UBL's PriceAmount and BaseQuantity, so that 0.0713 for a tablet is
713 cents per 100. Tax rates are parts per million: 13 % is 130000.
"""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import Field

from tallystick.finance.trade.charges import Charge, charges_max
from tallystick.ledger import Body, Count, Handle, MoneyDate, Text

document_lines_max = 1000
line_items_max = 1000
quantity_max = 10**12
piece_units = frozenset({"H87", "C62", "EA"})

number_pattern = r"^[^\s#\x00-\x1f\x7f]+$"
Number = Annotated[str, Field(min_length=1, max_length=60, pattern=number_pattern)]
DocumentName = Annotated[str, Field(max_length=400, pattern=r"^[^\s#/]+/[^\s#]+(#[^\s#]+){1,2}$")]
Currency = Annotated[str, Field(pattern=r"^[A-Z]{3}$", examples=["CNY"])]
Unit = Annotated[str, Field(pattern=r"^[A-Z0-9]{2,3}$", examples=["H87", "KGM"])]
LineNumber = Annotated[int, Field(ge=1, le=999_999)]
Scale = Annotated[int, Field(ge=0, le=6)]
Ppm = Annotated[int, Field(ge=0, le=1_000_000)]
LineQuantity = Annotated[int, Field(gt=0, le=quantity_max)]
Identifier = Annotated[str, Field(min_length=3, max_length=255, pattern=r"^\S+$")]


#: A 物料编码 or part number as its firm writes it.
ItemCode = Annotated[str, Field(min_length=1, max_length=60, pattern=r"^[^\s\x00-\x1f\x7f]+$")]


class LotQuantity(Body):
    """Goods without serials: so many of one lot, in the line's unit."""

    lot: Identifier
    quantity: LineQuantity
    scale: Scale = 0


class Price(Body):
    """`amount` minor units of the currency for `per` whole units."""

    amount: Count
    per: Annotated[int, Field(gt=0, le=quantity_max)] = 1


class OrderLine(Body):
    """What is ordered. `part` is the handle of the product, `item` the buyer's 物料编码, `text` its words."""

    line: LineNumber
    text: Text | None = None
    item: ItemCode | None = None
    part: Handle | None = None
    unit: Unit = "H87"
    quantity: LineQuantity
    scale: Scale = 0
    price: Price
    tax_ppm: Ppm = 0


class Order(Body):
    """Body of `finance.order/1`, named `<buyer>#<number>`, under the contract at its root."""

    number: Number
    buyer: Handle
    seller: Handle
    contract: DocumentName
    currency: Currency
    ordered_on: MoneyDate
    lines: Annotated[tuple[OrderLine, ...], Field(min_length=1, max_length=document_lines_max)]


class DespatchLine(Body):
    """What leaves. `items` are handles of single things, `lots` goods without serials."""

    line: LineNumber
    order: DocumentName
    order_line: LineNumber
    quantity: LineQuantity
    scale: Scale = 0
    items: Annotated[tuple[Identifier, ...], Field(max_length=line_items_max)] = ()
    lots: Annotated[tuple[LotQuantity, ...], Field(max_length=line_items_max)] = ()


class Despatch(Body):
    """Body of `finance.despatch/1`, named `<seller>#<number>`.

    `packages` are cases and pallets that may be scanned with the goods and count as nothing.
    """

    number: Number
    seller: Handle
    buyer: Handle
    carrier: Handle | None = None
    despatched_on: MoneyDate
    lines: Annotated[tuple[DespatchLine, ...], Field(min_length=1, max_length=document_lines_max)]
    packages: Annotated[tuple[Identifier, ...], Field(max_length=line_items_max)] = ()


class DeliveryLine(Body):
    """Goods that a paper or an ERP export says arrived; `rejected` of them were not accepted."""

    order: DocumentName
    order_line: LineNumber
    quantity: LineQuantity
    scale: Scale = 0
    rejected: Annotated[int, Field(ge=0, le=quantity_max)] = 0


class Delivery(Body):
    """Body of `finance.delivery/1`, named `<author's organisation>#<number>`.

    A delivery *stated by a document*, never scanned: graded "document-only" and shown as such.
    """

    number: Number
    buyer: Handle
    seller: Handle
    despatch: DocumentName | None = None
    delivered_on: MoneyDate
    lines: Annotated[tuple[DeliveryLine, ...], Field(min_length=1, max_length=document_lines_max)]


class InvoiceLine(Body):
    """What is billed, by order line. `item` is the seller's part number, `wording` what the invoice calls it.

    `statement`, `statement_line`: the agreed line that it bills, where the contract uses statements.
    """

    line: LineNumber
    order: DocumentName
    order_line: LineNumber
    item: ItemCode | None = None
    wording: Text | None = None
    unit: Unit = "H87"
    quantity: LineQuantity
    scale: Scale = 0
    price: Price
    tax_ppm: Ppm = 0
    statement: DocumentName | None = None
    statement_line: LineNumber | None = None


class Invoice(Body):
    """Body of `finance.invoice/1`, named `<seller>#<number>`.

    `gross`, when stated, is checked: the sum over lines of net + tax, each rounded half-up once, with charges and
    less allowances; it may differ by the rounding that the buyer's tolerances allow for each line.
    """

    number: Number
    seller: Handle
    buyer: Handle
    currency: Currency
    invoiced_on: MoneyDate
    gross: Count | None = None
    charges: Annotated[tuple[Charge, ...], Field(max_length=charges_max)] = ()
    lines: Annotated[tuple[InvoiceLine, ...], Field(min_length=1, max_length=document_lines_max)]


class CreditLine(Body):
    """Of one invoice line: a `quantity` in its unit and its worth, or, without a quantity, money alone.

    `statement`, `statement_line`: the agreed line below zero that it settles, where the invoice bills statement lines;
    the quantity is then in the unit of the order.
    """

    line: LineNumber
    invoice_line: LineNumber
    quantity: Annotated[int, Field(ge=0, le=quantity_max)] = 0
    scale: Scale = 0
    net: Count
    tax: Count = 0
    statement: DocumentName | None = None
    statement_line: LineNumber | None = None


class Credit(Body):
    """Body of `finance.credit/1` (红字发票), named `<seller>#<number>`."""

    number: Number
    seller: Handle
    buyer: Handle
    currency: Currency
    credited_on: MoneyDate
    invoice: DocumentName
    lines: Annotated[tuple[CreditLine, ...], Field(min_length=1, max_length=document_lines_max)]


#: Characters of a number under which several documents are made: the others are `-2`, `-3` ….
first_number_chars_max = 50


def is_first_number(number: str) -> bool:
    """Whether documents may be numbered so.

    >>> is_first_number("INV-117"), is_first_number("INV 117"), is_first_number("")
    (True, False, False)
    """
    return len(number) <= first_number_chars_max and bool(re.fullmatch(number_pattern, number))


def document_name(author: str, issuer: str, number: str) -> str:
    """Name of a document: the issuer's own, or the author's copy of it.

    >>> document_name("99.100/O-A", "99.100/O-A", "PO-1")
    '99.100/O-A#PO-1'
    >>> document_name("99.100/O-A", "99.100/O-B", "INV-1")
    '99.100/O-A#99.100/O-B#INV-1'
    """
    return f"{issuer}#{number}" if author == issuer else f"{author}#{issuer}#{number}"
