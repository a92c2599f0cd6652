"""Drafts as bodies of finance's entry types.

A price is the exact fraction of amount by quantity, so that finance computes the file's own amount to
the minor unit. Where net × rate, rounded, is not the tax that the file states (its system rounded
elsewhere), the line is said with its gross price and no rate: what is owed stays what the file says.
"""

from __future__ import annotations

from collections.abc import Callable
from math import gcd

import tallystick.finance as finance
from tallystick.app.imports.cells.values import Quantity, integer_max
from tallystick.app.imports.drafts import (
    DeliveryDraft,
    DespatchDraft,
    InvoiceDraft,
    InvoiceLine,
    Item,
    OrderDraft,
    OrderLine,
)
from tallystick.app.imports.worth import Worth, round_half_up
from tallystick.ledger import text_chars_max

per_max = 10**12
ppm = 1_000_000
#: Units that are measured, not counted: their order lines keep this many decimals.
measured = frozenset(
    {"KGM", "GRM", "TNE", "MTR", "KMT", "MMT", "MTK", "MTQ", "LTR", "MLT", "KWH", "HUR"}
)
measured_decimals = 3
default_unit = "H87"

#: The name of a document of that issuer and number.
Namer = Callable[[str, str], str]


def order_body(draft: OrderDraft, buyer: str, seller: str, contract: str) -> finance.Order:
    lines = []
    for line in draft.lines:
        scale = order_scale(line.item, line.quantity)
        price, tax_ppm = _terms(line)
        order_line = finance.OrderLine(
            line=int(line.number),
            text=_text(line.item),
            unit=line.item.unit or default_unit,
            quantity=line.quantity.at(scale),
            scale=scale,
            price=price,
            tax_ppm=tax_ppm,
        )
        lines.append(order_line)
    return finance.Order(
        number=draft.number,
        buyer=buyer,
        seller=seller,
        contract=contract,
        currency=draft.currency,
        ordered_on=draft.date,
        lines=tuple(lines),
    )


def despatch_body(draft: DespatchDraft, buyer: str, seller: str, name: Namer) -> finance.Despatch:
    lines = tuple(
        finance.DespatchLine(
            line=at,
            order=name(buyer, line.order),
            order_line=int(line.order_line),
            quantity=line.quantity.value,
            scale=line.quantity.scale,
        )
        for at, line in enumerate(draft.lines, 1)
    )
    return finance.Despatch(
        number=draft.number, seller=seller, buyer=buyer, despatched_on=draft.date, lines=lines
    )


def delivery_body(draft: DeliveryDraft, buyer: str, seller: str, name: Namer) -> finance.Delivery:
    lines = []
    for line in draft.lines:
        scale = max(line.received.scale, line.rejected.scale)
        delivery_line = finance.DeliveryLine(
            order=name(buyer, line.order),
            order_line=int(line.order_line),
            quantity=line.received.at(scale),
            scale=scale,
            rejected=line.rejected.at(scale),
        )
        lines.append(delivery_line)
    return finance.Delivery(
        number=draft.number,
        buyer=buyer,
        seller=seller,
        despatch=name(seller, draft.despatch) if draft.despatch else None,
        delivered_on=draft.date,
        lines=tuple(lines),
    )


def invoice_body(draft: InvoiceDraft, buyer: str, seller: str, name: Namer) -> finance.Invoice:
    lines = []
    for at, line in enumerate(draft.lines, 1):
        price, tax_ppm = _terms(line)
        invoice_line = finance.InvoiceLine(
            line=at,
            order=name(buyer, line.order),
            order_line=int(line.order_line),
            unit=line.item.unit or default_unit,
            quantity=line.quantity.value,
            scale=line.quantity.scale,
            price=price,
            tax_ppm=tax_ppm,
        )
        lines.append(invoice_line)
    return finance.Invoice(
        number=draft.number,
        seller=seller,
        buyer=buyer,
        currency=draft.currency,
        invoiced_on=draft.date,
        gross=draft.gross,
        lines=tuple(lines),
    )


def order_scale(item: Item, quantity: Quantity) -> int:
    """Decimals that an order line keeps, so that parts of it can be despatched and received."""
    return max(quantity.scale, measured_decimals if item.unit in measured else 0)


def terms(line: OrderLine | InvoiceLine) -> tuple[finance.Price, int] | None:
    """(price per whole unit, tax in ppm) by which finance finds the line's gross value; none where
    no fraction within finance's bounds does."""
    worth, quantity = line.worth, line.quantity
    for price, rate in (_net_price(worth), worth.tax_ppm), (_gross_price(worth, quantity), 0):
        if price is not None and _gross(quantity, price, rate) == worth.gross:
            return price, rate
    return None


def _terms(line: OrderLine | InvoiceLine) -> tuple[finance.Price, int]:
    found = terms(line)
    if found is None:
        raise LookupError(f"line {line.source} has no exact price: it should have been held back")
    return found


def _net_price(worth: Worth) -> finance.Price | None:
    amount, per = worth.amount * int(10**worth.scale), worth.per
    if worth.includes_tax:
        amount, per = amount * ppm, per * (ppm + worth.tax_ppm)
    return _reduced(amount, per)


def _gross_price(worth: Worth, quantity: Quantity) -> finance.Price | None:
    return _reduced(worth.gross * int(10**quantity.scale), quantity.value)


def _reduced(amount: int, per: int) -> finance.Price | None:
    common = gcd(amount, per)
    amount, per = amount // common, per // common
    return (
        finance.Price(amount=amount, per=per) if amount <= integer_max and per <= per_max else None
    )


def _gross(quantity: Quantity, price: finance.Price, tax_ppm: int) -> int:
    net = round_half_up(quantity.value * price.amount, int(10**quantity.scale) * price.per)
    return net + round_half_up(net * tax_ppm, ppm)


def _text(item: Item) -> str | None:
    said = " ".join(part for part in (item.code, item.name, item.specification) if part)
    return said[:text_chars_max].strip() or None
