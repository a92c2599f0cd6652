"""The agreed statement line that an invoice line bills, or a credit note line settles: the seller's own system does
not know it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import tallystick.finance as finance
from tallystick.app.documents.told import Line
from tallystick.app.imports.worth import round_half_up

if TYPE_CHECKING:
    from tallystick.app.documents.lines import Row, Work

ppm = 1_000_000


def statement_line(
    work: Work,
    line: Line,
    order: str,
    number: int,
    quantity: int,
    price: finance.Price,
    tax_ppm: int,
) -> dict[str, Any] | None:
    """The agreed statement line that the seller's own invoice bills, where its order is under statements; None where
    no agreed line equals it: the document then waits, until one is agreed."""
    head = cast("Row", work.view.get("order", order))
    if not head.get("statements") or work.author != work.seller:
        return {}
    before = _on_record(work, line)
    if before is not None:
        return before
    net = int(round_half_up(line.quantity * price.amount, 10**line.scale * price.per))
    tax = int(round_half_up(net * tax_ppm, ppm))
    billed = finance.statements.Billed(order, number, quantity, tax_ppm, net, tax)
    found, still = finance.statements.agreed_line(work.view, billed, work.billed)
    if found is None:
        worth = ", ".join(f"{one.statement} line {one.line}" for one in still[:3])
        work.lack("statement-line", line.number, f"{order} line {number}: {worth or 'none agreed'}")
        return None
    work.billed.add((found.statement, found.line))
    return {"statement": found.statement, "statement_line": found.line}


def credit_line(
    work: Work, line: Line, row: Row, said: finance.statements.Credited
) -> dict[str, Any] | None:
    """The agreed line below zero that the seller's own credit note settles of an invoice line (`row`), and how much of
    it; None where none is agreed that equals it: the note then waits, until one is."""
    name = finance.document_name(work.author, work.seller, work.told.number)
    before = cast("Row | None", work.view.get("credit-line", name, f"{line.number:06d}"))
    told = ("statement", "statement_line", "quantity", "scale")
    if before is not None and "statement" in before:
        return {field: before[field] for field in told}
    found, still = finance.statements.settled_line(work.view, row, said, work.settled)
    if found is None:
        worth = ", ".join(f"{of} line {one['line']}" for of, one in still[:3])
        of_order = f"{row['order']} line {row['order_line']}"
        work.lack("statement-line", line.number, f"{of_order}: {worth or 'none below zero'}")
        return None
    of, number, size = found
    work.settled[of, number] += size
    return dict(zip(told, (of, number, size, row["scale"]), strict=True))


def _on_record(work: Work, line: Line) -> dict[str, Any] | None:
    """What the same line of the same invoice billed when it was taken in, so that it may come again."""
    name = finance.document_name(work.author, work.seller, work.told.number)
    row = cast("Row | None", work.view.get("invoice-line", name, f"{line.number:06d}"))
    if row is None or "statement" not in row:
        return None
    return {name: row[name] for name in ("statement", "statement_line")}
