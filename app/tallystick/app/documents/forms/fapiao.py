"""数电票 (China's fully digitalised e-invoice) as the tax service hands it out in XML.

It names the firms by tax number and the goods by wording alone: orders and items are found by what both firms
agreed. A line below zero is a discount on the line before (折扣行) and is taken off it; an invoice whose total is
below zero is a red one (红字): a credit note on the invoice that its remark names.
"""

from __future__ import annotations

import re
from dataclasses import replace
from math import gcd
from xml.etree.ElementTree import Element, SubElement

import tallystick.finance as finance
from tallystick.app.documents.errors import DocumentUnreadable
from tallystick.app.documents.forms import exact
from tallystick.app.documents.forms.lines import bounded
from tallystick.app.documents.forms.xml import child, name_of, needed, said
from tallystick.app.documents.told import Line, Party, Told
from tallystick.app.imports.cells.units import unit_code

currency = "CNY"
tax_scheme = "uscc"
amount_max = 2**53 - 1
_untaxed = frozenset({"免税", "不征税", "零税率", "***", ""})
_number = re.compile(r"[0-9]{20}", re.ASCII)
_corrected = re.compile(r"被红冲蓝字数电(?:发?票|发票)号码[:：]\s*([0-9]{20})(?![0-9])", re.ASCII)


def read_fapiao(root: Element) -> Told:
    """What a 数电票 tells; raises `DocumentUnreadable`."""
    if name_of(root)[1] != "EInvoice":
        raise DocumentUnreadable(f"{name_of(root)[1]} is not a 数电票")
    data, supervision = child(root, "EInvoiceData"), child(root, "TaxSupervisionInfo")
    number = said(supervision, "InvoiceNumber") or needed(root, "Header", "EIid")
    if not _number.fullmatch(number):
        raise DocumentUnreadable(f"{number[:40]!r} is not a 数电票 number of 20 digits")
    basic = child(data, "BasicInformation")
    date = said(supervision, "IssueTime") or needed(basic, "RequestTime")
    total, _ = exact.decimal(needed(basic, "TotalTax-includedAmount"), "TotalTax-includedAmount")
    if total < 0:
        return _red(root, data, number, date)
    return Told(
        kind="invoice",
        number=number,
        date=exact.money_day(date, "IssueTime"),
        buyer=_party(child(data, "BuyerInformation"), "Buyer"),
        seller=_party(child(data, "SellerInformation"), "Seller"),
        currency=currency,
        gross=exact.money(
            needed(basic, "TotalTax-includedAmount"), currency, "TotalTax-includedAmount"
        ),
        lines=_lines(bounded(data, "IssuItemInformation")),
    )


def _red(root: Element, data: Element | None, number: str, date: str) -> Told:
    """A red invoice: a credit note on the invoice whose number its remark, or its sender, says."""
    remark = said(child(data, "AdditionalInformation"), "Remark") or said(data, "Remark")
    blue = _corrected.search(remark)
    total = needed(child(data, "BasicInformation"), "TotalTax-includedAmount")
    return Told(
        kind="credit",
        number=number,
        date=exact.money_day(date, "IssueTime"),
        buyer=_party(child(data, "BuyerInformation"), "Buyer"),
        seller=_party(child(data, "SellerInformation"), "Seller"),
        currency=currency,
        refers=blue[1] if blue else "",
        gross=exact.money(total.lstrip("-"), currency, "TotalTax-includedAmount"),
        lines=tuple(
            replace(_line(_turned(row), position), unplaced=True)
            for position, row in enumerate(bounded(data, "IssuItemInformation"), 1)
        ),
    )


def _turned(row: Element) -> Element:
    """A red line with its quantity and money above zero; raises for one that is no red line."""
    turned = Element(row.tag)
    for one in row:
        text = (one.text or "").strip()
        if name_of(one)[1] in ("Quantity", "Amount", "ComTaxAm") and text not in _untaxed:
            if name_of(one)[1] == "Amount" and not text.startswith("-"):
                raise DocumentUnreadable("a red invoice (红字) has a line that is not below zero")
            text = text.lstrip("-")
        SubElement(turned, one.tag).text = text
    return turned


def _party(firm: Element | None, side: str) -> Party:
    return Party(
        ((tax_scheme, needed(firm, f"{side}IdNum")),), exact.words(said(firm, f"{side}Name"))
    )


def _lines(rows: list[Element]) -> tuple[Line, ...]:
    lines: list[Line] = []
    for row in rows:
        net, scale = exact.decimal(needed(row, "Amount"), "Amount")
        if net < 0:
            if not lines or scale > 2:
                raise DocumentUnreadable("a discount stands before any line")
            lines[-1] = _discounted(lines[-1], row)
        else:
            lines.append(_line(row, len(lines) + 1))
    return tuple(lines)


def _line(row: Element, number: int) -> Line:
    """The price is amount by quantity, since 单价 is printed rounded."""
    net = exact.money(needed(row, "Amount"), currency, "Amount")
    value, scale = exact.quantity(said(row, "Quantity") or "1", "Quantity")
    unit = said(row, "MeaUnits")
    wording = " ".join(filter(None, (said(row, "ItemName"), said(row, "SpecMod"))))
    return Line(
        number=number,
        wording=exact.words(wording),
        quantity=value,
        scale=scale,
        unit=(unit_code(unit) or unit) if unit else "",
        price=_per_unit(net, value, scale),
        net=net,
        tax=_tax(row),
        tax_ppm=_rate(row),
    )


def _discounted(line: Line, row: Element) -> Line:
    off = exact.money(needed(row, "Amount").lstrip("-"), currency, "Amount")
    tax_off = exact.money((said(row, "ComTaxAm") or "0").lstrip("-"), currency, "ComTaxAm")
    net, tax = (line.net or 0) - off, (line.tax or 0) - tax_off
    if net < 0 or tax < 0:
        raise DocumentUnreadable(f"line {line.number}: the discount is larger than the line")
    return replace(line, net=net, tax=tax, price=_per_unit(net, line.quantity, line.scale))


def _per_unit(net: int, value: int, scale: int) -> finance.Price:
    amount = net * int(10**scale)
    common = gcd(amount, value)
    if amount // common > amount_max:
        raise DocumentUnreadable("no fraction in range says the price of a line exactly")
    return finance.Price(amount=amount // common, per=value // common)


def _tax(row: Element) -> int:
    text = said(row, "ComTaxAm")
    return 0 if text in _untaxed else exact.money(text, currency, "ComTaxAm")


def _rate(row: Element) -> int:
    text = said(row, "TaxRate")
    return 0 if text in _untaxed else exact.share(text, "TaxRate")
