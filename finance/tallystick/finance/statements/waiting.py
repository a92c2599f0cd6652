"""What waits to be stated: of each receipt line, what was accepted less what was returned and what was stated.

    unstated  <contract>       part <order> <line> <receipt>: {order, order_line, receipt, quantity, on, stated?,
                               price?, tax_ppm?, statement?, line?}
    stated    <order>#<line>   part <receipt>: {quantity, on, price, tax_ppm, statement, line}

For each receipt line of an order under statements, accepted = stated + waiting, always. `quantity` is below
zero where goods went back after they were stated; then it has the price at which they were. `on`: the day by
which the line falls before or behind a cut-off day, which is the day of the scan, and not later than the day
on which the log heard of it.
"""

from __future__ import annotations

from typing import Any

from tallystick.finance.draft import Draft, Row
from tallystick.finance.money.dates import default_zone, money_date
from tallystick.finance.trade.lines import line_name, line_part

_kept = ("price", "tax_ppm", "statement", "line")


def under_statements(draft: Draft, contract: str) -> dict[str, Any]:
    """What an order's head says of statements: whether its contract used them when it was placed."""
    found = draft.row("contract", contract) or {}
    return {"statements": True} if found.get("statement_day") else {}


def came(draft: Draft, name: str, receipt: str, came_at: str) -> None:
    """Note a new receipt line of the order line `name`."""
    _note(draft, name, receipt, money_date(came_at, default_zone))


def went(draft: Draft, name: str, receipt: str) -> None:
    """Note that goods of a receipt line went back."""
    _note(draft, name, receipt, None)


def _note(draft: Draft, name: str, receipt: str, day: str | None) -> None:
    order, _, number = name.rpartition("#")
    head = draft.row("order", order) or {}
    if not head.get("statements"):
        return
    row = draft.row("receipt", name, receipt) or {}
    accepted = row["received"] - row["rejected"] - row["returned"]
    stated = draft.row("stated", name, receipt)
    part = unstated_part(order, int(number), receipt)
    before = draft.row("unstated", head["contract"], part)
    on = day or (before or stated or {}).get("on")
    waiting = accepted - (stated["quantity"] if stated else 0)
    if waiting and on is not None:
        document = _waiting(order, int(number), receipt, waiting, on, stated)
        draft.put("unstated", head["contract"], document, part)
    elif before is not None:
        draft.put("unstated", head["contract"], None, part)


def state_line(
    draft: Draft, contract: str, statement: str, line: Row, rows: dict[str, Row]
) -> None:
    """Book a line's receipt lines as stated. `rows`: what waits of the contract."""
    name = line_name(line["order"], line["order_line"])
    for receipt in line["receipts"]:
        part = unstated_part(line["order"], line["order_line"], receipt["part"])
        before = rows[part]
        document = {
            "quantity": before.get("stated", 0) + receipt["quantity"],
            "on": before["on"],
            "price": line["price"],
            "tax_ppm": line["tax_ppm"],
            "statement": statement,
            "line": line["line"],
        }
        draft.put("stated", name, document if document["quantity"] else None, receipt["part"])
        draft.put("unstated", contract, None, part)


def release_line(draft: Draft, contract: str, statement: str, line: Row) -> None:
    """A disputed line's receipt lines wait again."""
    order, number = line["order"], line["order_line"]
    name = line_name(order, number)
    for receipt in line["receipts"]:
        part = unstated_part(order, number, receipt["part"])
        waits = draft.row("unstated", contract, part)
        stated = draft.row("stated", name, receipt["part"])
        on = receipt["on"]
        left = (stated["quantity"] if stated else 0) - receipt["quantity"]
        kept = _stated_again(statement, line, stated, left, on)
        if kept is not None or stated is not None:
            draft.put("stated", name, kept, receipt["part"])
        quantity = (waits["quantity"] if waits else 0) + receipt["quantity"]
        document = _waiting(order, number, receipt["part"], quantity, on, kept)
        if quantity or waits is not None:
            draft.put("unstated", contract, document if quantity else None, part)


def unstated_part(order: str, line: int, receipt: str) -> str:
    """Sorts by order, line and receipt."""
    return f"{order} {line_part(line)} {receipt}"


def _stated_again(statement: str, line: Row, stated: Row | None, left: int, on: str) -> Row | None:
    if not left:
        return None
    if stated is not None:
        return {**stated, "quantity": left}
    terms = {"price": line["price"], "tax_ppm": line["tax_ppm"]}
    return {"quantity": left, "on": on, **terms, "statement": statement, "line": line["line"]}


def _waiting(
    order: str, number: int, receipt: str, quantity: int, on: str, stated: Row | None
) -> dict[str, Any]:
    document: dict[str, Any] = {
        "order": order,
        "order_line": number,
        "receipt": receipt,
        "quantity": quantity,
        "on": on,
    }
    if stated is not None:
        document |= {"stated": stated["quantity"], **{field: stated[field] for field in _kept}}
    return document
