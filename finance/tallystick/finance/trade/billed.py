"""Which invoice lines of an order line still count when one of them is settled: by order line, oldest first.

    billed  <order>#<line>  part <index>-<line>: {invoice, line}

Of what the seller signed, all but the lines that are confirmed exactly, in money and quantity. So what has to be looked
at stays as small as what is open, however many invoices an order line has.
"""

from __future__ import annotations

from collections.abc import Iterator

from tallystick.finance.draft import Draft
from tallystick.finance.matching.open_lines import worth
from tallystick.finance.trade.lines import line_name, line_part, signed

_kind = "billed"


def note(draft: Draft, invoice: str, part: str) -> None:
    """The line was written, confirmed, credited, or its confirmation undone."""
    head = draft.row("invoice", invoice) or {}
    line = draft.row("invoice-line", invoice, part) or {}
    if head["grade"] != signed:
        return
    name = line_name(line["order"], line["order_line"])
    place = f"{head['index']:012d}-{part}"
    left = line["quantity"] - line["credited_quantity"]
    settled = line["confirmed"] == worth(line) and line["consumed"] == left
    if settled == (draft.row(_kind, name, place) is not None):
        document = None if settled else {"invoice": invoice, "line": int(part)}
        draft.put(_kind, name, document, place)


def billed(draft: Draft, order_line: str) -> Iterator[tuple[str, str]]:
    """Invoice and part of each line that counts."""
    for row in draft.rows(_kind, order_line).values():
        yield row["invoice"], line_part(row["line"])
