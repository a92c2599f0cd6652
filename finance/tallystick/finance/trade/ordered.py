"""The order line to which another document refers."""

from __future__ import annotations

from typing import Any

from tallystick.finance.draft import Draft, Row
from tallystick.finance.errors import DocumentUnknown, DocumentWrong
from tallystick.finance.known import known
from tallystick.finance.trade.lines import line_part
from tallystick.ledger import Act


def ordered_line(draft: Draft, act: Act[Any], order: str, line: int) -> Row:
    """Between the same two parties as the document's; raises `DocumentUnknown` or `DocumentWrong`."""
    told = f"{order} line {line}"
    head = known(draft, act, "order", order, told)
    found = draft.row("order-line", order, line_part(line))
    if found is None:
        raise DocumentUnknown(told)
    if (head["buyer"], head["seller"]) != (act.body.buyer, act.body.seller):
        raise DocumentWrong(f"{order} is between other parties")
    return found
