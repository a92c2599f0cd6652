"""Lines of documents as lines of bodies: order lines found, items mapped, units converted, money exact."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from math import gcd
from typing import Any, Literal, Protocol, TypeVar, cast

from pydantic import ValidationError

import tallystick.finance as finance
from tallystick.app.documents.errors import DocumentUnreadable
from tallystick.app.documents.stating import statement_line
from tallystick.app.documents.told import Line, Told
from tallystick.app.imports.worth import round_half_up
from tallystick.ledger import Body, View

ppm = 1_000_000
Row = Mapping[str, Any]
B = TypeVar("B", bound=Body)
Wants = Literal[
    "buyer", "seller", "contract", "order", "order-line", "item", "unit", "quantity", "price",
    "invoice", "lines", "statement-line",
]  # fmt: skip


class Work(Protocol):
    """A document that is being resolved."""

    view: View
    told: Told
    buyer: str
    seller: str
    author: str
    billed: set[tuple[str, int]]
    settled: Counter[tuple[str, int]]

    @property
    def pair(self) -> str: ...

    def lack(self, what: Wants, line: int, said: object) -> None: ...

    def contract(self) -> str: ...

    def order(self, number: str, line: int) -> str: ...

    def invoice(self) -> str: ...


def despatch_body(work: Work) -> Body | None:
    told = work.told
    lines = [found for line in told.lines if (found := _despatched(work, line)) is not None]
    if len(lines) != len(told.lines):
        return None
    return made(
        finance.Despatch,
        number=told.number,
        seller=work.seller,
        buyer=work.buyer,
        despatched_on=told.date,
        lines=tuple(lines),
    )


def invoice_body(work: Work) -> Body | None:
    told = work.told
    lines = [found for line in told.lines if (found := _billed(work, line)) is not None]
    if len(lines) != len(told.lines):
        return None
    return made(
        finance.Invoice,
        number=told.number,
        seller=work.seller,
        buyer=work.buyer,
        currency=told.currency,
        invoiced_on=told.date,
        gross=told.gross,
        charges=told.charges,
        lines=tuple(lines),
    )


def _despatched(work: Work, line: Line) -> finance.DespatchLine | None:
    found = ordered_line(work, line)
    if found is None:
        return None
    order, number, ordered = found
    quantity, scale = line.quantity, line.scale
    factor = unit_factor(work, line, ordered)
    if factor is None:
        return None
    if factor != finance.Factor(1, 1):
        scale = ordered["scale"]
        exact = finance.converted(line.quantity, line.scale, factor, scale)
        if exact is None:
            work.lack("quantity", line.number, f"{line.unit} by {factor} does not divide")
            return None
        quantity = exact
    items = tuple(serial for serial in line.serials if "/" in serial)
    lots = tuple(lot for lot in line.lots if "/" in lot)
    one = (
        (finance.LotQuantity(lot=lots[0], quantity=quantity, scale=scale),)
        if len(lots) == 1
        else ()
    )
    return made(
        finance.DespatchLine,
        line=line.number,
        order=order,
        order_line=number,
        quantity=quantity,
        scale=scale,
        items=items,
        lots=() if items else one,
    )


def _billed(work: Work, line: Line) -> finance.InvoiceLine | None:
    found, cost = ordered_line(work, line), priced(line)
    if cost is None:
        work.lack("price", line.number, line.wording)
    if found is None or cost is None:
        return None
    order, number, ordered = found
    factor = unit_factor(work, line, ordered)
    if factor is None:
        return None
    quantity = finance.converted(line.quantity, line.scale, factor, ordered["scale"])
    if quantity is None:
        work.lack("quantity", line.number, f"{line.unit} by {factor} does not divide")
        return None
    same = factor == finance.Factor(1, 1)
    agreed = statement_line(work, line, order, number, quantity, *cost)
    if agreed is None:
        return None
    return made(
        finance.InvoiceLine,
        line=line.number,
        order=order,
        order_line=number,
        item=line.seller_item or None,
        wording=line.wording or None,
        unit=ordered["unit"] if same else line.unit,
        quantity=line.quantity,
        scale=line.scale,
        price=cost[0],
        tax_ppm=cost[1],
        **agreed,
    )


def ordered_line(work: Work, line: Line) -> tuple[str, int, Row] | None:
    """The line that the document names, or the only one of the order for the item that both agreed on."""
    order = work.order(line.order, line.number)
    if not order:
        return None
    if line.order_line is not None:
        found = cast("Row | None", work.view.get("order-line", order, f"{line.order_line:06d}"))
        if found is None:
            work.lack("order-line", line.number, f"{order} line {line.order_line}")
            return None
        return order, line.order_line, found
    item = line.buyer_item or _mapped(work, line)
    if not item:
        work.lack("item", line.number, line.seller_item or line.wording)
        return None
    rows = cast("Mapping[str, Row]", work.view.group("order-line", order))
    fitting = [(part, row) for part, row in rows.items() if row.get("item") == item]
    if len(fitting) != 1:
        work.lack("order-line", line.number, f"{len(fitting)} lines of {order} are of {item}")
        return None
    part, row = fitting[0]
    return order, int(part), row


def _mapped(work: Work, line: Line) -> str:
    found = finance.item_of(work.view, work.pair, line.seller_item or None, line.wording or None)
    return "" if found is None else str(found["buyer_item"])


def unit_factor(work: Work, line: Line, ordered: Row) -> finance.Factor | None:
    """From the line's unit to the order's, by what both agreed; missing where they did not."""
    unit = line.unit or ordered["unit"]
    if finance.same_unit(unit, ordered["unit"]):
        return finance.Factor(1, 1)
    row = finance.item_of(work.view, work.pair, line.seller_item or None, line.wording or None)
    factor = None
    if row is not None and row["buyer_item"] == ordered.get("item"):
        factor = finance.factor_between(row, unit, ordered["unit"])
    if factor is None:
        work.lack(
            "unit",
            line.number,
            f"{unit} of {line.seller_item or line.wording} in {ordered['unit']}",
        )
    return factor


def priced(line: Line) -> tuple[finance.Price, int] | None:
    """(price, tax) by which the rule finds the very money of the document; None where no fraction does."""
    net = line.net if line.net is not None else net_of(line) if line.price else None
    if net is None:
        return None
    price = line.price if line.price is not None and net_of(line) == net else _per_unit(line, net)
    tax = line.tax if line.tax is not None else round_half_up(net * line.tax_ppm, ppm)
    if price is not None and round_half_up(net * line.tax_ppm, ppm) == tax:
        return price, line.tax_ppm
    whole = _per_unit(line, net + tax)
    return None if whole is None else (whole, 0)


def _per_unit(line: Line, amount: int) -> finance.Price | None:
    over = amount * int(10**line.scale)
    common = gcd(over, line.quantity) or 1
    over, per = over // common, line.quantity // common
    return finance.Price(amount=over, per=per) if per and over <= 2**53 - 1 else None


def net_of(line: Line) -> int:
    price = line.price
    if price is None:
        raise DocumentUnreadable(f"line {line.number} has neither price nor amount")
    return int(round_half_up(line.quantity * price.amount, 10**line.scale * price.per))


def made(model: type[B], **fields: Any) -> B:
    """The body; a text that the document has and no body may have is the document's fault."""
    try:
        return model(**fields)
    except ValidationError as error:
        wrong = "; ".join(
            f"{'/'.join(str(step) for step in one['loc'])}: {one['msg']}"
            for one in error.errors(include_url=False, include_input=False)[:10]
        )
        raise DocumentUnreadable(wrong) from None
