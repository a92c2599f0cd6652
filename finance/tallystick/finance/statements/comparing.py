"""What differs between a statement and a firm's own figures, line by line, as reasons to dispute.

Own figures are what a firm's system says it sent or took in for an order line since the last statement. Lines that are
equal are not named; a line that the own figures do not know at all is `not-ours`.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from tallystick.finance.statements.bodies import DisputeReason, LineDispute, statement_lines_max
from tallystick.finance.statements.errors import OwnFiguresWrong

own_bytes_max = 8 * 1024 * 1024
_columns = ("order", "line", "quantity", "price")
_digits_max = 18


@dataclass(frozen=True, slots=True)
class Own:
    """Quantity of an order line in its unit, and the price of one unit in minor units."""

    quantity: Decimal
    price: Decimal


@dataclass(frozen=True, slots=True)
class Difference:
    """`quantity`: own less stated, in the order line's unit."""

    line: int
    reason: DisputeReason
    quantity: Decimal


def differences(
    lines: Iterable[Mapping[str, Any]], own: Mapping[tuple[str, int], Own]
) -> tuple[Difference, ...]:
    """In the order of the lines. A line that differs in quantity and price is named for its quantity."""
    found = []
    for line in lines:
        ours = own.get((line["order"], line["order_line"]))
        stated = Decimal(line["quantity"]).scaleb(-line["scale"])
        if ours is None:
            found.append(Difference(line["line"], "not-ours", -stated))
        elif ours.quantity != stated:
            found.append(Difference(line["line"], "quantity", ours.quantity - stated))
        elif ours.price * line["price"]["per"] != line["price"]["amount"]:
            found.append(Difference(line["line"], "price", Decimal(0)))
    return tuple(found)


def disputes(found: Iterable[Difference]) -> tuple[LineDispute, ...]:
    return tuple(LineDispute(line=one.line, reason=one.reason) for one in found)


def read_own(text: str, digits: int = 2) -> dict[tuple[str, int], Own]:
    """Own figures of CSV: order, line, quantity, price (of one unit, in whole money of `digits` decimals).

    Raises `OwnFiguresWrong` with the line. Rows of one order line add up; their prices must agree.
    """
    rows = csv.DictReader(io.StringIO(text))
    found: dict[tuple[str, int], Own] = {}
    try:
        missing = [name for name in _columns if name not in (rows.fieldnames or ())]
        if missing:
            raise OwnFiguresWrong(f"line 1: no column {', '.join(missing)}")
        for cells in rows:
            _add(found, cells, digits, f"line {rows.line_num}")
    except csv.Error as error:
        raise OwnFiguresWrong(f"line {rows.line_num}: {error}") from None
    return found


def _add(
    found: dict[tuple[str, int], Own], cells: Mapping[str, Any], digits: int, where: str
) -> None:
    if len(found) >= statement_lines_max * 10:
        raise OwnFiguresWrong(f"{where}: more than {statement_lines_max * 10} order lines")
    number = str(cells["line"] or "")
    if not (number.isascii() and number.isdigit() and len(number) < 7):
        raise OwnFiguresWrong(f"{where}: {number!r} is no line of an order")
    key = (str(cells["order"] or ""), int(number))
    quantity = _number(cells["quantity"], where)
    price = _number(cells["price"], where).scaleb(digits)
    before = found.get(key)
    if before is not None and before.price != price:
        raise OwnFiguresWrong(f"{where}: {key[0]} line {key[1]} has two prices")
    found[key] = Own(quantity + (before.quantity if before else 0), price)


def _number(cell: Any, where: str) -> Decimal:
    text = str(cell or "").strip().replace(",", "")
    try:
        value = Decimal(text)
    except InvalidOperation:
        value = Decimal("NaN")
    if not value.is_finite() or len(text) > _digits_max:
        raise OwnFiguresWrong(f"{where}: {text[:40]!r} is not a number")
    return value
