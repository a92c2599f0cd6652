"""Lines of credit notes as lines of bodies: which line of the invoice each takes back, and what of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

import tallystick.finance as finance
from tallystick.app.documents.errors import DocumentUnreadable
from tallystick.app.documents.lines import Row, Work, made, net_of, ppm
from tallystick.app.documents.stating import credit_line
from tallystick.app.documents.told import Line
from tallystick.app.imports.worth import round_half_up
from tallystick.ledger import Body


def credit_body(work: Work) -> Body | None:
    invoice, told = work.invoice(), work.told
    if not invoice:
        return None
    placed = [_placed(work, invoice, line) for line in told.lines]
    if not all(placed):
        return None
    found = [
        _credited(work, invoice, line, number)
        for line, number in zip(told.lines, placed, strict=True)
    ]
    lines = tuple(line for line in found if line is not None)
    if len(lines) != len(found):
        return None
    if told.gross is not None and told.gross != sum(line.net + line.tax for line in lines):
        raise DocumentUnreadable(f"gross is {told.gross}, its lines are worth something else")
    return made(
        finance.Credit,
        number=told.number,
        seller=work.seller,
        buyer=work.buyer,
        currency=told.currency,
        credited_on=told.date,
        invoice=invoice,
        lines=lines,
    )


def _placed(work: Work, invoice: str, line: Line) -> int:
    """The line of the invoice that is credited: where the form does not tell, the only one of that price and rate."""
    if not line.unplaced or line.price is None:
        return line.order_line or line.number
    rows = cast("Mapping[str, Row]", work.view.group("invoice-line", invoice))
    fitting = [
        int(part)
        for part, row in rows.items()
        if row["tax_ppm"] == line.tax_ppm
        and row["price"]["amount"] * line.price.per == line.price.amount * row["price"]["per"]
    ]
    if line.number in fitting:
        return line.number
    if len(fitting) != 1:
        work.lack("price", line.number, f"{len(fitting)} lines of {invoice} are of this price")
        return 0
    return fitting[0]


def _credited(work: Work, invoice: str, line: Line, number: int) -> finance.CreditLine | None:
    """A quantity only where its money is that of the invoice's price; else money alone."""
    row = cast("Row | None", work.view.get("invoice-line", invoice, f"{number:06d}"))
    net = line.net if line.net is not None else net_of(line)
    tax = line.tax if line.tax is not None else round_half_up(net * line.tax_ppm, ppm)
    whole = bool(line.quantity) and row is not None and "stated" not in row
    if whole and row is not None:
        price = finance.Price(**row["price"])
        due = round_half_up(line.quantity * price.amount, 10**line.scale * price.per)
        whole = abs(due - net) <= 1
    quantity, scale = (line.quantity, line.scale) if whole else (0, 0)
    told: dict[str, Any] = {"quantity": quantity, "scale": scale}
    if row is not None and line.quantity and "statement" in row and work.author == work.seller:
        said = finance.statements.Credited(quantity, scale, net, tax)
        settled = credit_line(work, line, row, said)
        if settled is None:
            return None
        told |= settled
    return made(finance.CreditLine, line=line.number, invoice_line=number, net=net, tax=tax, **told)
