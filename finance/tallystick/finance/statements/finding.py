"""The agreed line that an invoice from elsewhere bills: its own system knows neither our statements nor their lines."""

from __future__ import annotations

from collections.abc import Container, Iterator
from dataclasses import dataclass
from typing import cast

from tallystick.finance.draft import Row
from tallystick.finance.trade.lines import line_name
from tallystick.ledger import View

_page = 200


@dataclass(frozen=True, slots=True)
class Billed:
    """What an invoice line comes to, in the unit and scale of its order line."""

    order: str
    order_line: int
    quantity: int
    tax_ppm: int
    net: int
    tax: int


@dataclass(frozen=True, slots=True)
class Agreed:
    statement: str
    line: int
    row: Row


def agreed_line(
    view: View, billed: Billed, taken: Container[tuple[str, int]] = ()
) -> tuple[Agreed | None, tuple[Agreed, ...]]:
    """The oldest agreed line not billed yet that equals what is billed, and all that are open to bill of its order line.

    Lines that are equal in everything stand for each other. `taken`: lines that the same invoice bills already.
    """
    still = tuple(_unbilled(view, billed, taken))
    told = {
        "quantity": billed.quantity,
        "tax_ppm": billed.tax_ppm,
        "net": billed.net,
        "tax": billed.tax,
    }
    for one in still:
        if all(one.row[name] == value for name, value in told.items()):
            return one, still
    return None, still


def lines_of_order_line(view: View, order: str, number: int) -> Iterator[tuple[str, Row]]:
    """Statement lines of an order line with the names of their statements."""
    key, after = line_name(order, number), None
    while rows := view.find("statement-line-of-order-line", key, after=after, limit=_page):
        for one in rows:
            yield one.name, cast(Row, one.value)
        after = rows[-1].name, rows[-1].part


def _unbilled(view: View, billed: Billed, taken: Container[tuple[str, int]]) -> list[Agreed]:
    found: list[Agreed] = []
    for name, row in lines_of_order_line(view, billed.order, billed.order_line):
        open_to_bill = row["status"] == "agreed" and "invoice" not in row and row["quantity"] > 0
        if open_to_bill and (name, row["line"]) not in taken:
            found.append(Agreed(name, row["line"], row))
    # By the number of the statement, which names do not sort by.
    return sorted(found, key=lambda one: (int(one.statement.rpartition("-")[2]), one.line))
