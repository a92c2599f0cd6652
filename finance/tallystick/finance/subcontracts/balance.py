"""How much of a buyer's material is at its subcontractor, by order and item.

    subcontract-material  <order>  part <item>: {part, text?, unit, scale, loss_ppm, issued, returned, lost, waived}
    subcontract-use       <order>  part <line> <item>: {order_line, item, quantity, per}

What accepted parts use follows from the order's lines, so that goods that go back give their material back:

    used     = for each use, accepted x quantity / per, rounded down
    allowed  = used x loss_ppm, rounded down, and what the buyer let pass beyond it (`waived`)
    agreed   = lost, as far as it is allowed; the rest of it is `held`
    balance  = issued - returned - used - agreed
    there    = balance - held

The subcontractor answers for `balance`; `there` is what must lie with it. Neither is ever below zero.
"""

from __future__ import annotations

from dataclasses import dataclass

from tallystick.finance.draft import Row, row
from tallystick.finance.money.allocation import ppm
from tallystick.finance.subcontracts.errors import MaterialShort
from tallystick.finance.trade.lines import line_part
from tallystick.ledger import State


@dataclass(frozen=True, slots=True)
class Balance:
    """One item of one order, in 10^-scale of its unit."""

    issued: int
    returned: int
    used: int
    lost: int
    allowed: int

    @property
    def agreed(self) -> int:
        return min(self.lost, self.allowed)

    @property
    def held(self) -> int:
        """Lost above what is allowed."""
        return self.lost - self.agreed

    @property
    def balance(self) -> int:
        return self.issued - self.returned - self.used - self.agreed

    @property
    def there(self) -> int:
        return self.balance - self.held


def balances(state: State, order: str) -> dict[str, Balance]:
    """By item; none where the order has no agreed materials."""
    used = _used(state, order)
    found = {}
    for item, document in state.group("subcontract-material", order).items():
        material = row(document) or {}
        spent = used.get(item, 0)
        found[item] = Balance(
            issued=material["issued"],
            returned=material["returned"],
            used=spent,
            lost=material["lost"],
            allowed=spent * material["loss_ppm"] // ppm + material["waived"],
        )
    return found


def balance_of(state: State, order: str, item: str) -> Balance:
    return balances(state, order)[item]


def require_covered(state: State, order: str) -> None:
    """Refuse parts that are made of more than was issued. Raises `MaterialShort`."""
    head = row(state.get("order", order)) or {}
    if not head.get("subcontract"):
        return
    for item, found in balances(state, order).items():
        if found.there < 0:
            raise MaterialShort(f"{order}, {item}: {-found.there} more than was issued")


def holds_loss(state: State, order: Row, name: str) -> bool:
    """Whether more was lost under the order than is allowed."""
    if not order.get("subcontract"):
        return False
    return any(found.held for found in balances(state, name).values())


def _used(state: State, order: str) -> dict[str, int]:
    lines = state.group("order-line", order)
    used: dict[str, int] = {}
    for document in state.group("subcontract-use", order).values():
        use = row(document) or {}
        line = row(lines.get(line_part(use["order_line"]))) or {}
        accepted = line["received"] - line["rejected"] - line["returned"]
        share = accepted * use["quantity"] // (10 ** line["scale"] * use["per"])
        used[use["item"]] = used.get(use["item"], 0) + share
    return used
