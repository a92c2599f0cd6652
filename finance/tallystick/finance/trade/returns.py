"""Signed returns: what goes back under a return authorisation undoes what was received.

One return may name several despatch advices of the same seller and buyer, and so take goods of several orders: each
order line is lowered by what came under it. A serial leaves the sale under which it was received, which then may count
again. Of a lot, what was rejected on arrival goes back first, then what came under the despatch that is named first, by
its lines and its scans; where less is held than goes back, nothing is taken. Units of a certificate are never touched:
what was confirmed before its goods came back lowers the next confirmations of the same order line (research §4.2).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from tallystick.finance.draft import Draft, Row
from tallystick.finance.errors import DocumentWrong, ReturnUnknown
from tallystick.finance.statements.waiting import went
from tallystick.finance.trade.lines import line_name, line_part
from tallystick.finance.trade.quantities import rescale, same_unit
from tallystick.trace import canonical

if TYPE_CHECKING:
    from tallystick.trace import EventSummary, Quantity

#: Where goods of a lot lie: order line, receipt line, and the scale in which both count.
_Held = tuple[str, str, int]


def take_back(draft: Draft, heads: Mapping[str, Row], event: EventSummary) -> None:
    """Undo receipts for the items and lots of a return event. `heads`: the despatches it names, in their order."""
    packages = {item for head in heads.values() for item in head.get("packages", ())}
    for item in event.items:
        if item not in packages:
            _take_item(draft, heads, item)
    lots = {lot.lot for lot in event.lots}
    held = _held(draft, list(heads), lots) if lots else {}
    for lot in event.lots:
        _take_lot(draft, lot, held.get(lot.lot, []), ", ".join(heads))


def _take_item(draft: Draft, heads: Mapping[str, Row], item: str) -> None:
    found = draft.row("sale", canonical(item))
    chain = [] if found is None else list(found["chain"])
    (seller, buyer), *_ = ((head["seller"], head["buyer"]) for head in heads.values())
    if not chain or (chain[-1]["seller"], chain[-1]["buyer"]) != (seller, buyer):
        raise ReturnUnknown(f"{item} is not held from this sale")
    sale = chain.pop()
    receipt = draft.row("receipt", sale["name"], sale["part"])
    if receipt is None or receipt["despatch"] not in heads:
        raise ReturnUnknown(f"{item} was not received under {', '.join(heads)}")
    draft.put("sale", canonical(item), {"chain": chain} if chain else None)
    gone = [*receipt.get("gone", ()), item]
    draft.amend("receipt", sale["name"], sale["part"], gone=gone)
    pieces = _pieces(draft, receipt)
    bad = pieces if receipt["rejected"] else 0
    _book(draft, receipt, sale["name"], sale["part"], pieces - bad, bad)


def _held(draft: Draft, despatches: Sequence[str], lots: set[str]) -> dict[str, list[_Held]]:
    """Receipt lines of each lot under these despatches, in the order in which they are taken."""
    found: dict[str, list[tuple[tuple[bool, int, int, str], _Held]]] = {}
    rows = [row for name in despatches for row in draft.rows("despatch-line", name).values()]
    scales = {line_name(row["order"], row["order_line"]): row["scale"] for row in rows}
    place = {name: number for number, name in enumerate(despatches)}
    for name, scale in scales.items():
        for key, receipt in draft.rows("receipt", name).items():
            if receipt["despatch"] not in place:
                continue
            at = place[receipt["despatch"]], receipt["despatch_line"]
            for lot in {row["lot"] for row in receipt["lots"]} & lots:
                order = (not receipt["rejected"], *at, key)
                found.setdefault(lot, []).append((order, (name, key, scale)))
    return {lot: [held for _, held in sorted(rows)] for lot, rows in found.items()}


def _take_lot(draft: Draft, lot: Quantity, held: Sequence[_Held], named: str) -> None:
    if not held:
        raise ReturnUnknown(f"lot {lot.lot} was not received under {named}")
    # The finest of their scales: each order line counts in its own.
    scale = max(one[2] for one in held)
    left = whole = rescale(lot.quantity, lot.scale, scale)
    for name, key, own in held:
        step = 10 ** (scale - own)
        left -= step * _take_from(draft, name, key, lot, left // step)
    if left:
        raise ReturnUnknown(f"only {whole - left} of lot {lot.lot} is held from {named}")


def _take_from(draft: Draft, name: str, key: str, lot: Quantity, most: int) -> int:
    """Take up to `most` of a lot out of one receipt; how much it was."""
    receipt = draft.row("receipt", name, key) or {}
    lots = [dict(row) for row in receipt["lots"]]
    for row in lots:
        held = row["quantity"] - row.get("returned", 0)
        taken = min(held, most) if row["lot"] == lot.lot else 0
        if taken:
            _require_unit(draft, receipt, lot)
            row["returned"] = row.get("returned", 0) + taken
            draft.amend("receipt", name, key, lots=lots)
            bad = taken if receipt["rejected"] else 0
            _book(draft, receipt, name, key, taken - bad, bad)
            return int(taken)
    return 0


def _require_unit(draft: Draft, receipt: Row, lot: Quantity) -> None:
    """As when it came: nobody returns kilograms of what was counted in pieces."""
    if not same_unit(lot.unit or "H87", _line(draft, receipt)["unit"]):
        raise DocumentWrong(f"lot {lot.lot} is counted in another unit than ordered")


def _book(draft: Draft, receipt: Row, name: str, key: str, good: int, bad: int) -> None:
    line = line_part(receipt["despatch_line"])
    order, _, number = name.rpartition("#")
    for kind, about, part in (
        ("receipt", name, key),
        ("despatch-line", receipt["despatch"], line),
        ("order-line", order, line_part(int(number))),
    ):
        draft.add(kind, about, part, returned=good, rejected_returned=bad)
    went(draft, name, key)


def _pieces(draft: Draft, receipt: Row) -> int:
    return int(10 ** _line(draft, receipt)["scale"])


def _line(draft: Draft, receipt: Row) -> Row:
    part = line_part(receipt["despatch_line"])
    return draft.row("despatch-line", receipt["despatch"], part) or {}
