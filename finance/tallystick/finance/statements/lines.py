"""The lines of a statement, as they follow from the log: pure, and recomputable by anybody.

Of everything that waits under a contract (`waiting`) up to the cut-off day, a line gathers what is of one
order line at one price and tax rate: its receipt lines with their quantities, less what went back. Goods that
went back after they were stated stand at the price at which they were; their receipt line waits while the line
in which it stands is still unanswered, so that a receipt line is in one open line only. Price is the order
line's. Amounts: net = quantity x price, tax = net x rate, each rounded half-up once a line, to the minor unit,
by its size whatever its sign. Lines stand in the order of order, line, price and rate; a statement holds the
first `statement_lines_max` of them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tallystick.finance.draft import Row, row
from tallystick.finance.money.allocation import divide_half_up, ppm
from tallystick.finance.statements.bodies import statement_lines_max
from tallystick.finance.trade.documents import Price
from tallystick.finance.trade.lines import line_part
from tallystick.finance.trade.match import net_amount
from tallystick.ledger import State, canonical

_shown = ("item", "text")


@dataclass(frozen=True, slots=True)
class StatementLine:
    """`receipts`: part, quantity and day of each receipt line; `described`: the order line's item and words."""

    line: int
    order: str
    order_line: int
    unit: str
    scale: int
    quantity: int
    price: Mapping[str, int]
    tax_ppm: int
    net: int
    tax: int
    receipts: tuple[tuple[str, int, str], ...]
    described: Mapping[str, str]

    @property
    def gross(self) -> int:
        return self.net + self.tax

    def document(self) -> dict[str, Any]:
        """As it stands in the log, and in the digest."""
        receipts = [{"part": part, "quantity": size, "on": on} for part, size, on in self.receipts]
        return {
            "line": self.line,
            "order": self.order,
            "order_line": self.order_line,
            "unit": self.unit,
            "scale": self.scale,
            "quantity": self.quantity,
            "price": dict(self.price),
            "tax_ppm": self.tax_ppm,
            "net": self.net,
            "tax": self.tax,
            "receipts": receipts,
            **self.described,
        }


@dataclass(frozen=True, slots=True)
class Totals:
    """What a statement's body says of its lines."""

    lines: int
    net: int
    tax: int
    digest: str

    @property
    def gross(self) -> int:
        return self.net + self.tax


def lines_of(state: State, contract: str, cut_off: str) -> tuple[StatementLine, ...]:
    """What a statement of this contract and cut-off day lists now."""
    orders: dict[str, Mapping[str, Any]] = {}
    gathered: dict[tuple[Any, ...], list[tuple[str, int, str]]] = {}
    for waits in _countable(state, contract, cut_off):
        order, number = waits["order"], waits["order_line"]
        lines = orders.get(order)
        if lines is None:
            lines = orders[order] = state.group("order-line", order)
        terms = waits if "price" in waits else lines[line_part(number)]
        price: Any = terms["price"]
        key = (order, number, price["amount"], price["per"], terms["tax_ppm"])
        receipt = (waits["receipt"], waits["quantity"], waits["on"])
        gathered.setdefault(key, []).append(receipt)
    keys = sorted(gathered)[:statement_lines_max]
    return tuple(
        _line(number, key, orders[key[0]][line_part(key[1])], gathered[key])
        for number, key in enumerate(keys, start=1)
    )


def totals(lines: Sequence[StatementLine]) -> Totals:
    """Count, sums and digest of lines."""
    listed = canonical.encode([line.document() for line in lines])
    return Totals(
        lines=len(lines),
        net=sum(line.net for line in lines),
        tax=sum(line.tax for line in lines),
        digest=hashlib.sha256(listed).hexdigest(),
    )


def amounts(quantity: int, scale: int, price: Mapping[str, int], tax_ppm: int) -> tuple[int, int]:
    """Net and tax of a quantity, which may be below zero.

    >>> amounts(-5, 0, {"amount": 150, "per": 2}, 130_000)
    (-375, -49)
    """
    sign = -1 if quantity < 0 else 1
    net = net_amount(abs(quantity), scale, Price(**price))
    return sign * net, sign * divide_half_up(net * tax_ppm, ppm)


def _countable(state: State, contract: str, cut_off: str) -> Iterator[Row]:
    for found in state.group("unstated", contract).values():
        waits = row(found) or {}
        if waits["on"] <= cut_off and not _open_elsewhere(state, waits):
            yield waits


def _open_elsewhere(state: State, waits: Row) -> bool:
    """Whether the line in which the receipt line was stated is still to be answered."""
    if "statement" not in waits:
        return False
    line = row(state.get("statement-line", waits["statement"], line_part(waits["line"])))
    return line is not None and line["status"] == "open"


def _line(
    number: int, key: tuple[Any, ...], ordered: Row, receipts: list[tuple[str, int, str]]
) -> StatementLine:
    order, order_line, amount, per, tax_ppm = key
    price = {"amount": amount, "per": per}
    quantity = sum(size for _, size, _ in receipts)
    net, tax = amounts(quantity, ordered["scale"], price, tax_ppm)
    return StatementLine(
        line=number,
        order=order,
        order_line=order_line,
        unit=ordered["unit"],
        scale=ordered["scale"],
        quantity=quantity,
        price=price,
        tax_ppm=tax_ppm,
        net=net,
        tax=tax,
        receipts=tuple(sorted(receipts)),
        described={field: ordered[field] for field in _shown if field in ordered},
    )
