"""How much can be drawn: what milestones prove, what materials still cost, and the limit.

    min(share x value of the order that is not certified yet - owed, cost of materials not yet bought, limit - owed)

Owed includes advances that are on their way. A milestone is proven by entries of the ledger: the order that its buyer
signed and its seller accepted; receiving scans of all materials, which their suppliers sold; a material that was made
into something; goods that the buyer's or a carrier's device scanned; what the buyer confirmed. Materials that were paid
by transfers of certificates are bought.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from tallystick.finance.advances.errors import FacilityWrong
from tallystick.finance.advances.owing import owed
from tallystick.finance.draft import Draft, Row
from tallystick.finance.hops.evidence import total, used
from tallystick.finance.money.allocation import ppm
from tallystick.finance.trade.documents import Price
from tallystick.finance.trade.lines import line_name, line_part, signed
from tallystick.finance.trade.match import gross_amount
from tallystick.finance.trade.progress import present
from tallystick.ledger import InvariantError
from tallystick.trace import canonical

Milestone = Literal["none", "accepted", "material", "work", "shipped", "confirmed"]


def milestone(draft: Draft, row: Row, despatches: Iterable[str] = ()) -> Milestone:
    """The latest that is proven."""
    order = draft.row("order", row["order"]) or {}
    lines = {
        part: line
        for part, line in draft.rows("order-line", row["order"]).items()
        if line["quantity"]
    }
    if order.get("grade") != signed or order["status"] != "accepted" or not lines:
        return "none"
    if all(line["consumed"] >= line["quantity"] for line in lines.values()):
        return "confirmed"
    carried = _carried(draft, row, despatches)
    arrived = {part: max(present(line), carried.get(part, 0)) for part, line in lines.items()}
    if all(arrived[part] >= line["quantity"] for part, line in lines.items()):
        return "shipped"
    if any(_made_into(draft, row["borrower"], purchase) for purchase in row["purchases"]):
        return "work"
    if all(_received(draft, purchase) for purchase in row["purchases"]):
        return "material"
    return "accepted"


def unbought(draft: Draft, row: Row) -> int:
    """What the materials cost less what was paid for them, by advances or certificates."""
    return sum(
        max(0, (total(draft, "order", one) or 0) - used(draft, "order", one))
        for one in row["purchases"]
    )


def drawable(draft: Draft, row: Row, reached: Milestone, on: str) -> int:
    """Never negative."""
    share = 0 if reached == "none" else row["milestones"][reached]
    # What became a certificate that was accepted brings none any more.
    value = max(0, (total(draft, "order", row["order"]) or 0) - row["certified"])
    out = owed(row, on).total + row["pending"]
    found = min(value * share // ppm - out, unbought(draft, row), row["limit"] - out)
    return max(0, int(found))


def confirmed_value(draft: Draft, order: str) -> int:
    """What of an order was confirmed."""
    return sum(
        gross_amount(line["consumed"], line["scale"], Price(**line["price"]), line["tax_ppm"])
        for line in draft.rows("order-line", order).values()
    )


def require_purchase(draft: Draft, borrower: str, currency: str, name: str) -> Row:
    """An order of the borrower's own that its supplier accepted. The same answer for what is not its own."""
    found = draft.row("order", name)
    if found is None or found["buyer"] != borrower or found["grade"] != signed:
        raise FacilityWrong(f"{name} is no purchase of {borrower}")
    if found["currency"] != currency or found["status"] != "accepted":
        raise FacilityWrong(f"{name} is {found['status']}, in {found['currency']}")
    return found


def _carried(draft: Draft, row: Row, despatches: Iterable[str]) -> dict[str, int]:
    """By order line, what a carrier's device scanned on its way."""
    sums: dict[str, int] = {}
    for name in sorted(set(despatches)):
        head = draft.row("despatch", name)
        if head is None or head["seller"] != row["borrower"] or head["grade"] != signed:
            raise FacilityWrong(f"{name} is no despatch of {row['borrower']}")
        if "carried" not in head:
            raise FacilityWrong(f"{name} was scanned by no carrier's device")
        for line in draft.rows("despatch-line", name).values():
            if line["order"] == row["order"]:
                part = line_part(line["order_line"])
                sums[part] = sums.get(part, 0) + line["quantity"]
    return sums


def _received(draft: Draft, purchase: str) -> bool:
    """All of it is there by receiving scans, and not rejected."""
    lines = draft.rows("order-line", purchase).values()
    if not lines:
        raise InvariantError(f"{purchase} has no line")
    return all(
        present(line) - (line["rejected"] - line["rejected_returned"]) >= line["quantity"]
        for line in lines
    )


def _made_into(draft: Draft, borrower: str, purchase: str) -> bool:
    """Some of what was received of it is in something that the borrower made."""
    for part in draft.rows("order-line", purchase):
        for receipt in draft.rows("receipt", line_name(purchase, int(part))).values():
            made_of = [*receipt["items"], *(lot["lot"] for lot in receipt["lots"])]
            links = (draft.rows("made-into", canonical(one)).values() for one in made_of)
            if any(link["party"] == borrower for found in links for link in found):
                return True
    return False
