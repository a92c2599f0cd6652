"""UBL 2.x (OASIS, ISO/IEC 19845): Order, OrderChange, OrderCancellation, DespatchAdvice, Invoice, CreditNote.

Of a document only what an entry says is read: parties, references, lines, quantities, prices, tax rates and
totals. Names are told apart by their local part below a root in UBL's namespace.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from xml.etree.ElementTree import Element

from tallystick.app.documents.errors import DocumentUnreadable
from tallystick.app.documents.forms import charging, exact
from tallystick.app.documents.forms.lines import bounded
from tallystick.app.documents.forms.xml import child, children, name_of, needed, said
from tallystick.app.documents.told import Line, Party, Told

namespace = "urn:oasis:names:specification:ubl:schema:xsd:"


def read_ubl(root: Element) -> Told:
    """What a UBL document tells; raises `DocumentUnreadable`."""
    space, local = name_of(root)
    reader = _readers.get(local)
    if reader is None or space != f"{namespace}{local}-2":
        raise DocumentUnreadable(f"{local} of {space[:80]} is not a UBL document that is read here")
    return reader(root)


def _order(root: Element) -> Told:
    currency = _currency(root)
    lines = tuple(_order_line(item, currency) for item in bounded(root, "OrderLine"))
    return Told(
        kind="order",
        number=needed(root, "ID"),
        date=exact.money_day(needed(root, "IssueDate"), "IssueDate"),
        buyer=_party(child(root, "BuyerCustomerParty", "Party")),
        seller=_party(child(root, "SellerSupplierParty", "Party")),
        currency=currency,
        contract=said(root, "Contract", "ID"),
        lines=lines,
    )


def _change(root: Element) -> Told:
    told = _order(root)
    return Told(
        kind="change",
        number=told.number,
        date=told.date,
        buyer=told.buyer,
        seller=told.seller,
        currency=told.currency,
        order=needed(root, "OrderReference", "ID"),
        change=exact.line_number(needed(root, "SequenceNumberID"), "SequenceNumberID"),
        lines=told.lines,
    )


def _cancellation(root: Element) -> Told:
    return Told(
        kind="cancellation",
        number=needed(root, "ID"),
        date=exact.money_day(needed(root, "IssueDate"), "IssueDate"),
        buyer=_party(child(root, "BuyerCustomerParty", "Party")),
        seller=_party(child(root, "SellerSupplierParty", "Party")),
        order=needed(root, "OrderReference", "ID"),
    )


def _despatch(root: Element) -> Told:
    order = said(root, "OrderReference", "ID")
    buyer = child(root, "BuyerCustomerParty", "Party")
    if buyer is None:
        buyer = child(root, "DeliveryCustomerParty", "Party")
    seller = child(root, "SellerSupplierParty", "Party")
    if seller is None:
        seller = child(root, "DespatchSupplierParty", "Party")
    return Told(
        kind="despatch",
        number=needed(root, "ID"),
        date=exact.money_day(needed(root, "IssueDate"), "IssueDate"),
        buyer=_party(buyer),
        seller=_party(seller),
        order=order,
        lines=tuple(_despatch_line(line, order) for line in bounded(root, "DespatchLine")),
    )


def _invoice(root: Element) -> Told:
    currency, order = _currency(root), said(root, "OrderReference", "ID")
    lines = bounded(root, "InvoiceLine")
    return Told(
        kind="invoice",
        number=needed(root, "ID"),
        date=exact.money_day(needed(root, "IssueDate"), "IssueDate"),
        buyer=_party(child(root, "AccountingCustomerParty", "Party")),
        seller=_party(child(root, "AccountingSupplierParty", "Party")),
        currency=currency,
        contract=said(root, "ContractDocumentReference", "ID"),
        order=order,
        gross=_gross(root, currency),
        lines=tuple(_billed(line, "InvoicedQuantity", order, currency) for line in lines),
        charges=charging.of_ubl(root, currency),
    )


def _credit(root: Element) -> Told:
    currency = _currency(root)
    lines = bounded(root, "CreditNoteLine")
    return Told(
        kind="credit",
        number=needed(root, "ID"),
        date=exact.money_day(needed(root, "IssueDate"), "IssueDate"),
        buyer=_party(child(root, "AccountingCustomerParty", "Party")),
        seller=_party(child(root, "AccountingSupplierParty", "Party")),
        currency=currency,
        refers=needed(root, "BillingReference", "InvoiceDocumentReference", "ID"),
        gross=_gross(root, currency),
        lines=tuple(_credited(line, currency) for line in lines),
    )


_readers: dict[str, Callable[[Element], Told]] = {
    "Order": _order,
    "OrderChange": _change,
    "OrderCancellation": _cancellation,
    "DespatchAdvice": _despatch,
    "Invoice": _invoice,
    "CreditNote": _credit,
}


def _currency(root: Element) -> str:
    return needed(root, "DocumentCurrencyCode")


def _gross(root: Element, currency: str) -> int | None:
    text = said(root, "LegalMonetaryTotal", "TaxInclusiveAmount")
    return exact.money(text, currency, "TaxInclusiveAmount") if text else None


def _party(party: Element | None) -> Party:
    found: list[tuple[str, str]] = []
    for path in (
        ("PartyIdentification", "ID"),
        ("EndpointID",),
        ("PartyLegalEntity", "CompanyID"),
        ("PartyTaxScheme", "CompanyID"),
    ):
        for one in children(party, *path):
            text = (one.text or "").strip()
            if text:
                found.append((one.get("schemeID", ""), text))
    name = said(party, "PartyName", "Name") or said(party, "PartyLegalEntity", "RegistrationName")
    return Party(tuple(dict.fromkeys(found)), exact.words(name))


def _order_line(line: Element, currency: str) -> Line:
    item = child(line, "LineItem")
    number = exact.line_number(needed(item, "ID"), "LineItem/ID")
    return _goods(item, "Quantity", number, currency)


def _billed(line: Element, quantity: str, order: str, currency: str) -> Line:
    number = exact.line_number(needed(line, "ID"), "ID")
    told = _goods(line, quantity, number, currency)
    own = said(line, "OrderLineReference", "OrderReference", "ID")
    at = said(line, "OrderLineReference", "LineID")
    return _at(
        told, own or order, exact.line_number(at, "OrderLineReference/LineID") if at else None
    )


def _credited(line: Element, currency: str) -> Line:
    """Its line of the invoice is the billing reference's, else the line of the same number."""
    number = exact.line_number(needed(line, "ID"), "ID")
    at = said(line, "BillingReference", "BillingReferenceLine", "ID")
    quantity = said(line, "CreditedQuantity")
    if quantity and exact.decimal(quantity, "CreditedQuantity")[0] == 0:
        quantity = ""
    value, scale = exact.quantity(quantity, "CreditedQuantity") if quantity else (0, 0)
    net = exact.money(needed(line, "LineExtensionAmount"), currency, "LineExtensionAmount")
    return Line(
        number=number,
        order_line=exact.line_number(at, "BillingReferenceLine/ID") if at else number,
        quantity=value,
        scale=scale,
        net=net,
        tax_ppm=_tax(line),
    )


def _despatch_line(line: Element, order: str) -> Line:
    number = exact.line_number(needed(line, "ID"), "ID")
    value, scale = exact.quantity(needed(line, "DeliveredQuantity"), "DeliveredQuantity")
    item = child(line, "Item")
    at = said(line, "OrderLineReference", "LineID")
    serials = tuple(_instances(item, "SerialID"))
    lots = tuple(
        (one.text or "").strip()
        for one in children(item, "ItemInstance", "LotIdentification", "LotNumberID")
    )
    return Line(
        number=number,
        order=said(line, "OrderLineReference", "OrderReference", "ID") or order,
        order_line=exact.line_number(at, "OrderLineReference/LineID") if at else None,
        buyer_item=said(item, "BuyersItemIdentification", "ID"),
        seller_item=said(item, "SellersItemIdentification", "ID"),
        wording=exact.words(said(item, "Name")),
        quantity=value,
        scale=scale,
        unit=_unit(line, "DeliveredQuantity"),
        serials=serials,
        lots=lots,
    )


def _instances(item: Element | None, what: str) -> Iterator[str]:
    for one in children(item, "ItemInstance", what):
        if one.text and one.text.strip():
            yield one.text.strip()


def _goods(line: Element | None, quantity: str, number: int, currency: str) -> Line:
    value, scale = exact.quantity(needed(line, quantity), quantity)
    item, price = child(line, "Item"), child(line, "Price")
    net = said(line, "LineExtensionAmount")
    return Line(
        number=number,
        buyer_item=said(item, "BuyersItemIdentification", "ID"),
        seller_item=said(item, "SellersItemIdentification", "ID"),
        wording=exact.words(said(item, "Name") or said(item, "Description")),
        quantity=value,
        scale=scale,
        unit=_unit(line, quantity),
        price=exact.price(
            needed(price, "PriceAmount"), said(price, "BaseQuantity"), currency, "PriceAmount"
        ),
        net=exact.money(net, currency, "LineExtensionAmount") if net else None,
        tax_ppm=_tax(line),
    )


def _tax(line: Element | None) -> int:
    text = said(line, "Item", "ClassifiedTaxCategory", "Percent")
    text = text or said(line, "TaxTotal", "TaxSubtotal", "TaxCategory", "Percent")
    return exact.percent(text, "Percent") if text else 0


def _unit(line: Element | None, quantity: str) -> str:
    found = child(line, quantity)
    return "" if found is None else found.get("unitCode", "")


def _at(line: Line, order: str, order_line: int | None) -> Line:
    return replace(line, order=order, order_line=order_line)
