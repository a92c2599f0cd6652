"""Signed returns: what goes back under a return authorisation undoes what was received.

A serial leaves the sale under which it was received, which then may count again. Of a lot, what was
rejected on arrival goes back first. Units of a certificate are never touched: what was confirmed before
its goods came back lowers the next confirmations of the same order line (research §4.2).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tallystick.finance.draft import Draft, Row
from tallystick.finance.errors import ReturnUnknown
from tallystick.finance.statements.waiting import went
from tallystick.finance.trade.lines import line_name, line_part
from tallystick.finance.trade.quantities import rescale
from tallystick.trace import canonical

if TYPE_CHECKING:
    from tallystick.trace import EventSummary


def take_back(draft: Draft, despatch: str, head: Row, event: EventSummary) -> None:
    """Undo receipts for the items and lots of a return event."""
    packages = set(head.get("packages", ()))
    for item in event.items:
        if item not in packages:
            _take_item(draft, despatch, head, item)
    for lot in event.lots:
        _take_lot(draft, despatch, lot.lot, lot.quantity, lot.scale)


def _take_item(draft: Draft, despatch: str, head: Row, item: str) -> None:
    found = draft.row("sale", canonical(item))
    chain = [] if found is None else list(found["chain"])
    if not chain or (chain[-1]["seller"], chain[-1]["buyer"]) != (head["seller"], head["buyer"]):
        raise ReturnUnknown(f"{item} is not held from this sale")
    sale = chain.pop()
    receipt = draft.row("receipt", sale["name"], sale["part"])
    if receipt is None or receipt["despatch"] != despatch:
        raise ReturnUnknown(f"{item} was not received under {despatch}")
    draft.put("sale", canonical(item), {"chain": chain} if chain else None)
    gone = [*receipt.get("gone", ()), item]
    draft.amend("receipt", sale["name"], sale["part"], gone=gone)
    pieces = _pieces(draft, despatch, receipt)
    bad = pieces if receipt["rejected"] else 0
    _book(draft, despatch, receipt, sale["name"], sale["part"], pieces - bad, bad)


def _take_lot(draft: Draft, despatch: str, lot: str, quantity: int, scale: int) -> None:
    for part, line in draft.rows("despatch-line", despatch).items():
        name = line_name(line["order"], line["order_line"])
        left = rescale(quantity, scale, line["scale"])
        receipts = draft.rows("receipt", name).items()
        held = [
            (key, row)
            for key, row in receipts
            if row["despatch"] == despatch and row["despatch_line"] == int(part)
        ]
        for key, receipt in sorted(held, key=lambda pair: (not pair[1]["rejected"], pair[0])):
            left -= _take_from(draft, despatch, name, key, receipt, lot, left)
        taken = rescale(quantity, scale, line["scale"]) - left
        if not left:
            return
        if taken:
            raise ReturnUnknown(f"only {taken} of lot {lot} is held from {despatch}")
    raise ReturnUnknown(f"lot {lot} was not received under {despatch}")


def _take_from(
    draft: Draft, despatch: str, name: str, key: str, receipt: Row, lot: str, most: int
) -> int:
    """Take up to `most` of a lot out of one receipt; how much it was."""
    lots = [dict(row) for row in receipt["lots"]]
    for row in lots:
        held = row["quantity"] - row.get("returned", 0)
        taken = min(held, most) if row["lot"] == lot else 0
        if taken:
            row["returned"] = row.get("returned", 0) + taken
            draft.amend("receipt", name, key, lots=lots)
            bad = taken if receipt["rejected"] else 0
            _book(draft, despatch, receipt, name, key, taken - bad, bad)
            return int(taken)
    return 0


def _book(
    draft: Draft, despatch: str, receipt: Row, name: str, key: str, good: int, bad: int
) -> None:
    line = line_part(receipt["despatch_line"])
    order, _, number = name.rpartition("#")
    for kind, about, part in (
        ("receipt", name, key),
        ("despatch-line", despatch, line),
        ("order-line", order, line_part(int(number))),
    ):
        draft.add(kind, about, part, returned=good, rejected_returned=bad)
    went(draft, name, key)


def _pieces(draft: Draft, despatch: str, receipt: Row) -> int:
    line = draft.row("despatch-line", despatch, line_part(receipt["despatch_line"])) or {}
    return int(10 ** line["scale"])
