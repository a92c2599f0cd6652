"""What a document may be worth at most, so that every sum of it is an integer that every reader can hold."""

from __future__ import annotations

from collections.abc import Iterable

from tallystick.finance.errors import DocumentWrong
from tallystick.finance.trade.documents import OrderLine
from tallystick.finance.trade.match import gross_amount

#: In minor units, as of a contract and of a statement.
worth_max = 10**15


def require_worth(amount: int, what: str) -> None:
    """Raises `DocumentWrong`."""
    if amount > worth_max:
        raise DocumentWrong(f"{what} is worth {amount} minor units, at most {worth_max}")


def order_worth(lines: Iterable[OrderLine]) -> int:
    """What lines cost, with tax."""
    return sum(gross_amount(line.quantity, line.scale, line.price, line.tax_ppm) for line in lines)


def require_line_worth(line: OrderLine) -> None:
    """Of an order line, whatever is received and stated of it later."""
    worth = gross_amount(line.quantity, line.scale, line.price, line.tax_ppm)
    require_worth(worth, f"line {line.line}")
