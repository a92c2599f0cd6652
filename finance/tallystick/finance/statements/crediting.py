"""Agreed lines below zero are settled by credit notes: a credit note line equals the agreed line that it names.

Goods that went back after they were stated stand below zero in the next statement. Where that line was agreed, the
seller's credit note takes it back of an invoice line of the same order line that was billed at the same price and rate.
An agreed line may rest on goods of several invoices, and a credit note is of one invoice: it is then settled by several,
each worth what the quantity settled so far is worth, rounded as the agreed line is, less what was settled before, so
that together they come to the agreed amounts, and not to a cent more. Each piece is settled once, for ever.

A quantity of such an invoice is credited in no other way; money alone still is. Certificates are touched by none.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tallystick.finance.draft import Draft, Row
from tallystick.finance.known import known
from tallystick.finance.statements.errors import (
    CreditDiffers,
    StatementLineBilled,
    StatementLineNeeded,
    StatementLineWrong,
)
from tallystick.finance.statements.lines import amounts
from tallystick.finance.trade.documents import CreditLine
from tallystick.finance.trade.lines import line_part
from tallystick.ledger import Act


def settle(
    draft: Draft,
    act: Act[Any],
    note: str,
    line: CreditLine,
    billed: Row,
    quantity: int,
    *,
    binds: bool,
) -> dict[str, Any]:
    """What a credit note line's document says of its statement line, which is settled by `quantity` from here on.

    `billed`: the invoice line that is credited; `quantity`: in its scale, 0 where money alone is credited. A copy of
    a credit note settles nothing.
    """
    if line.statement is None or line.statement_line is None:
        if (line.statement is None) != (line.statement_line is None):
            raise StatementLineWrong(f"line {line.line} names a statement without its line")
        if binds and quantity and "statement" in billed:
            raise StatementLineNeeded(
                f"line {line.line}: {billed['order']} is under statements, and what goes back of it "
                "stands in one first"
            )
        return {}
    known(draft, act, "statement", line.statement)
    name, part = line.statement, line_part(line.statement_line)
    found = draft.row("statement-line", name, part)
    if found is None or found["status"] != "agreed" or found["quantity"] >= 0:
        how = (
            "not there" if found is None else f"{found['status']}, its quantity {found['quantity']}"
        )
        raise StatementLineWrong(f"{name} line {line.statement_line} is {how}")
    if not same_terms(found, billed):
        raise StatementLineWrong(
            f"{name} line {line.statement_line} is of another order line, price or rate"
        )
    told = {"statement": name, "statement_line": line.statement_line}
    if not binds:
        return told
    left = still_below(found)
    if quantity > left:
        by = f", by {found['credit']}" if "credit" in found else ""
        raise StatementLineBilled(
            f"{name} line {line.statement_line}: {quantity} of {left} that are left{by}"
        )
    net, tax = worth(found, quantity)
    if not quantity or (line.net, line.tax) != (net, tax):
        raise CreditDiffers(
            f"line {line.line}: net and tax are {line.net} and {line.tax}; "
            f"{quantity} come to {net} and {tax}"
        )
    credited = {"credited": found.get("credited", 0) + quantity}
    draft.amend("statement-line", name, part, **credited, credit=note, credit_line=line.line)
    return told


def still_below(line: Mapping[str, Any], taken: int = 0) -> int:
    """Of an agreed line below zero, how much no credit note has settled, where `taken` more was."""
    return int(-line["quantity"] - line.get("credited", 0) - taken)


def worth(line: Mapping[str, Any], quantity: int, taken: int = 0) -> tuple[int, int]:
    """Net and tax, above zero, with which the next `quantity` of an agreed line below zero is settled."""
    before = int(line.get("credited", 0)) + taken
    price, tax_ppm, scale = line["price"], line["tax_ppm"], line["scale"]
    whole = amounts(before + quantity, scale, price, tax_ppm)
    done = amounts(before, scale, price, tax_ppm)
    return whole[0] - done[0], whole[1] - done[1]


def same_terms(line: Mapping[str, Any], billed: Mapping[str, Any]) -> bool:
    """Whether a statement line and another one, or an invoice line, are of one order line, price and rate."""
    ours, theirs = line["price"], billed["price"]
    return (
        (line["order"], line["order_line"]) == (billed["order"], billed["order_line"])
        and line["tax_ppm"] == billed["tax_ppm"]
        and ours["amount"] * theirs["per"] == theirs["amount"] * ours["per"]
    )
