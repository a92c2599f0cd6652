"""What certificates hold above what is still billed, set off against other invoices of the same order line. Pure.

A credit note touches no certificate (research §4.2): what was confirmed of a credited invoice stays with whoever holds
it. Billed is what the invoices of an order line ask for less their credit notes, confirmed is what its certificates
hold, so what those hold above their own invoices settles the others, the oldest first: of the quantity, as far as the
goods are still there, and of the money. Goods that are billed, credited and billed again are so paid once, and wait
for nothing; what is retained of them is retained until the retention of the invoice ends for which they were taken.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from tallystick.finance.trade.match import LineFacts, entitled, is_refused, still_billed
from tallystick.finance.trade.match_policy import Policy


@dataclass(frozen=True, slots=True)
class SetOff:
    """`quantity`: accepted goods that certificates on credited invoices carry; `amount`: what those hold, in minor
    units; `credited`: what certificates took of the order line above what their invoices still ask for; `retains`:
    whether the line's own retention still applies."""

    quantity: int = 0
    amount: int = 0
    credited: int = 0
    retains: bool = True


nothing = SetOff()


def set_off(
    lines: Sequence[LineFacts], policy: Policy, *, retains: bool = False
) -> tuple[SetOff, ...]:
    """For each invoice line of one order line, in their order: what others settle of it.

    `retains`: whether a retention runs for goods that were taken for a credited invoice.
    """
    credited = sum(max(0, line.confirmed_quantity - line.invoiced) for line in lines)
    missing = max((line.consumed - line.accepted for line in lines), default=0)
    quantity = max(0, credited - max(0, missing))
    amount = sum(line.confirmed_amount - still_billed(line, policy) for line in lines)
    found = []
    for line in lines:
        open_quantity = 0 if is_refused(line) else line.invoiced - line.confirmed_quantity
        goods = min(quantity, max(0, open_quantity))
        # Nothing of its own will ever let its retention run.
        keeps = retains or goods < line.invoiced
        if not keeps:
            line = replace(line, retention_ppm=0)
        money = min(amount, max(0, entitled(line, policy) - line.confirmed_amount))
        quantity, amount = quantity - goods, amount - money
        found.append(SetOff(goods, money, credited, keeps))
    return tuple(found)
