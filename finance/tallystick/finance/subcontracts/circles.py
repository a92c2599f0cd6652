"""Material does not go round: A gives it to B, and B does not give it to A to be worked on (虚假循环加工).

    material-way  <handle of the product>  part <buyer> <seller>: {orders: [order]}

A way counts while its materials are proposed or agreed, and its order is open or some of the material is still there.
"""

from __future__ import annotations

from collections.abc import Iterable

from tallystick.finance.draft import Draft, Row
from tallystick.finance.subcontracts.balance import balances
from tallystick.finance.subcontracts.errors import CircularSubcontract
from tallystick.finance.trade.lines import line_part
from tallystick.finance.trade.progress import present

_closed = frozenset({"declined", "cancelled"})


def require_no_circle(draft: Draft, part: str, buyer: str, seller: str) -> None:
    """Raises `CircularSubcontract` where the material came to the buyer from the seller, by however many firms."""
    onwards: dict[str, set[str]] = {}
    for way, found in draft.rows("material-way", part).items():
        giver, _, taker = way.partition(" ")
        if any(_counts(draft, order, part) for order in found["orders"]):
            onwards.setdefault(giver, set()).add(taker)
    reached, ahead = set[str](), [seller]
    while ahead:
        firm = ahead.pop()
        if firm == buyer:
            raise CircularSubcontract(f"{part} came to {buyer} from {seller}")
        if firm not in reached:
            reached.add(firm)
            ahead.extend(onwards.get(firm, ()))


def note_ways(draft: Draft, parts: Iterable[str], buyer: str, seller: str, order: str) -> None:
    way = f"{buyer} {seller}"
    for part in sorted(set(parts)):
        found = draft.row("material-way", part, way) or {"orders": []}
        still = [one for one in found["orders"] if one != order and _counts(draft, one, part)]
        draft.put("material-way", part, {"orders": [*still, order]}, way)


def _counts(draft: Draft, order: str, part: str) -> bool:
    head = draft.row("subcontract", order) or {}
    if head.get("status") not in ("proposed", "agreed"):
        return False
    if not _over(draft, order):
        return True
    materials = draft.rows("subcontract-material", order)
    found = balances(draft, order)
    return any(found[item].balance for item, row in materials.items() if row["part"] == part)


def _over(draft: Draft, order: str) -> bool:
    """Nothing more of the parts is to come."""
    head: Row = draft.row("order", order) or {}
    if head.get("status") in _closed:
        return True
    lines = draft.rows("order-line", order)
    used = {use["order_line"] for use in draft.rows("subcontract-use", order).values()}
    return all(present(lines[line_part(n)]) >= lines[line_part(n)]["quantity"] for n in used)
