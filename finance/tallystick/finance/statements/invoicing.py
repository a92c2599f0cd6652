"""Agreed lines open invoicing: an invoice line equals the agreed line that it names, and each is billed once.

Where an order was placed while its contract used statements, a line of its seller's invoice names an agreed line of
the same order line, equal in quantity, price, rate, net and tax. A copy of an invoice, put on record by the other
firm, binds nobody and bills nothing. Lines below zero are settled by credit notes (`crediting`).
"""

from __future__ import annotations

from typing import Any

from tallystick.finance.draft import Draft, Row, row
from tallystick.finance.known import known
from tallystick.finance.statements.errors import (
    InvoiceDiffers,
    StatementLineBilled,
    StatementLineNeeded,
    StatementLineWrong,
)
from tallystick.finance.trade.documents import Invoice, InvoiceLine
from tallystick.finance.trade.lines import line_part
from tallystick.ledger import Act, State

_told = ("quantity", "tax_ppm", "net", "tax")


def agreed(state: State, invoice_line: Row) -> Row | None:
    """The agreed statement line that an invoice line on record bills; None for one that bills none.

    The match holds an invoice line against this line's price and rate, not against what the order line says by now.
    """
    name = invoice_line.get("statement")
    if name is None:
        return None
    return row(state.get("statement-line", name, line_part(invoice_line["statement_line"])))


def bill(
    draft: Draft, act: Act[Any], invoice: str, line: InvoiceLine, document: Row, *, binds: bool
) -> dict[str, Any]:
    """What an invoice line's document says of its statement line, which is billed from here on."""
    head = draft.row("order", line.order) or {}
    if line.statement is None or line.statement_line is None:
        if binds and head.get("statements"):
            raise StatementLineNeeded(f"line {line.line}: {line.order} is under {head['contract']}")
        if (line.statement is None) != (line.statement_line is None):
            raise StatementLineWrong(f"line {line.line} names a statement without its line")
        return {}
    known(draft, act, "statement", line.statement)
    name, part = line.statement, line_part(line.statement_line)
    found = draft.row("statement-line", name, part)
    if found is None or found["status"] != "agreed":
        how = "not there" if found is None else found["status"]
        raise StatementLineWrong(f"{name} line {line.statement_line} is {how}")
    if (found["order"], found["order_line"]) != (line.order, line.order_line):
        raise StatementLineWrong(f"{name} line {line.statement_line} is of another order line")
    _require_equal(line, document, found)
    if binds:
        if "invoice" in found:
            raise StatementLineBilled(
                f"{name} line {line.statement_line}, by {found['invoice']} "
                f"line {found['invoice_line']}"
            )
        draft.amend("statement-line", name, part, invoice=invoice, invoice_line=line.line)
    return {"statement": name, "statement_line": line.statement_line}


def require_whole(draft: Draft, invoice: str, body: Invoice, head: Row) -> None:
    """An invoice that bills statement lines adds nothing to them: no charge, no allowance, no rounding."""
    lines = draft.rows("invoice-line", invoice).values()
    if any("statement" in line for line in lines) and (body.charges or head.get("rounding")):
        raise InvoiceDiffers("it has charges, allowances or a rounding that no statement lists")


def _require_equal(line: InvoiceLine, document: Row, found: Row) -> None:
    for field in _told:
        if document[field] != found[field]:
            raise InvoiceDiffers(
                f"line {line.line}: {field} is {document[field]}, {found[field]} was agreed"
            )
    ours, theirs = document["price"], found["price"]
    if ours["amount"] * theirs["per"] != theirs["amount"] * ours["per"]:
        raise InvoiceDiffers(f"line {line.line}: another price was agreed")
