"""UN/CEFACT Cross Industry Invoice D16B and later, as Factur-X, ZUGFeRD 2 and XRechnung carry it (EN 16931)."""

from __future__ import annotations

from xml.etree.ElementTree import Element

from tallystick.app.documents.errors import DocumentUnreadable
from tallystick.app.documents.forms import charging, exact
from tallystick.app.documents.forms.lines import bounded
from tallystick.app.documents.forms.xml import child, children, name_of, needed, said
from tallystick.app.documents.told import Line, Party, Told

namespace = "urn:un:unece:uncefact:data:standard:CrossIndustryInvoice:100"
#: UNTDID 1001: invoices, and credit notes.
invoice_codes = frozenset({"380", "384", "389", "751"})
credit_codes = frozenset({"381"})


def read_cii(root: Element) -> Told:
    """What an invoice or credit note tells; raises `DocumentUnreadable`."""
    if name_of(root) != (namespace, "CrossIndustryInvoice"):
        raise DocumentUnreadable(f"{name_of(root)[1]} is not a Cross Industry Invoice")
    document, trade = child(root, "ExchangedDocument"), child(root, "SupplyChainTradeTransaction")
    code = needed(document, "TypeCode")
    if code not in invoice_codes | credit_codes:
        raise DocumentUnreadable(f"TypeCode {code[:10]} is neither an invoice nor a credit note")
    agreement = child(trade, "ApplicableHeaderTradeAgreement")
    settlement = child(trade, "ApplicableHeaderTradeSettlement")
    currency = needed(settlement, "InvoiceCurrencyCode")
    order = said(agreement, "BuyerOrderReferencedDocument", "IssuerAssignedID")
    lines = bounded(trade, "IncludedSupplyChainTradeLineItem")
    credited = code in credit_codes
    return Told(
        kind="credit" if credited else "invoice",
        number=needed(document, "ID"),
        date=exact.money_day(needed(document, "IssueDateTime", "DateTimeString"), "IssueDateTime"),
        buyer=_party(child(agreement, "BuyerTradeParty")),
        seller=_party(child(agreement, "SellerTradeParty")),
        currency=currency,
        contract=said(agreement, "ContractReferencedDocument", "IssuerAssignedID"),
        order=order,
        refers=needed(settlement, "InvoiceReferencedDocument", "IssuerAssignedID")
        if credited
        else "",
        gross=_gross(settlement, currency),
        lines=tuple(_line(line, order, currency, credited=credited) for line in lines),
        charges=() if credited else charging.of_cii(settlement, currency),
    )


def _gross(settlement: Element | None, currency: str) -> int | None:
    path = ("SpecifiedTradeSettlementHeaderMonetarySummation", "GrandTotalAmount")
    text = said(settlement, *path)
    return exact.money(text, currency, "GrandTotalAmount") if text else None


def _party(party: Element | None) -> Party:
    found: list[tuple[str, str]] = []
    for path in (
        ("ID",),
        ("GlobalID",),
        ("SpecifiedLegalOrganization", "ID"),
        ("SpecifiedTaxRegistration", "ID"),
    ):
        for one in children(party, *path):
            text = (one.text or "").strip()
            if text:
                found.append((one.get("schemeID", ""), text))
    return Party(tuple(dict.fromkeys(found)), exact.words(said(party, "Name")))


def _line(line: Element, order: str, currency: str, *, credited: bool) -> Line:
    number = exact.line_number(needed(line, "AssociatedDocumentLineDocument", "LineID"), "LineID")
    product = child(line, "SpecifiedTradeProduct")
    agreement = child(line, "SpecifiedLineTradeAgreement")
    settlement = child(line, "SpecifiedLineTradeSettlement")
    price = child(agreement, "NetPriceProductTradePrice")
    billed = child(line, "SpecifiedLineTradeDelivery", "BilledQuantity")
    value, scale = exact.quantity(needed(billed), "BilledQuantity")
    reference = child(agreement, "BuyerOrderReferencedDocument")
    at, rate = (
        said(reference, "LineID"),
        said(settlement, "ApplicableTradeTax", "RateApplicablePercent"),
    )
    total = said(settlement, "SpecifiedTradeSettlementLineMonetarySummation", "LineTotalAmount")
    order_line = exact.line_number(at, "BuyerOrderReferencedDocument/LineID") if at else None
    return Line(
        number=number,
        order=said(reference, "IssuerAssignedID") or order,
        order_line=number if credited and order_line is None else order_line,
        buyer_item=said(product, "BuyerAssignedID"),
        seller_item=said(product, "SellerAssignedID"),
        wording=exact.words(said(product, "Name")),
        quantity=value,
        scale=scale,
        unit="" if billed is None else billed.get("unitCode", ""),
        price=exact.price(
            needed(price, "ChargeAmount"), said(price, "BasisQuantity"), currency, "ChargeAmount"
        ),
        net=exact.money(total, currency, "LineTotalAmount") if total else None,
        tax_ppm=exact.percent(rate, "RateApplicablePercent") if rate else 0,
    )
