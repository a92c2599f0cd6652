"""Statements of use as bodies: which order line, by which machine, in the unit of the order."""

from __future__ import annotations

import tallystick.finance as finance
from tallystick.app.documents.lines import Work, made, ordered_line, unit_factor
from tallystick.app.documents.told import Line
from tallystick.ledger import Body


def usage_body(work: Work) -> Body | None:
    told = work.told
    lines = [found for line in told.lines if (found := _used(work, line)) is not None]
    if len(lines) != len(told.lines):
        return None
    return made(
        finance.Usage,
        number=told.number,
        seller=work.seller,
        buyer=work.buyer,
        used_from=told.date,
        used_until=told.until or told.date,
        lines=tuple(lines),
    )


def _used(work: Work, line: Line) -> finance.UsageLine | None:
    """In the order's unit; a counter that runs in another one is nobody's to convert."""
    found = ordered_line(work, line)
    if found is None:
        return None
    order, number, ordered = found
    factor = unit_factor(work, line, ordered)
    if factor is None:
        return None
    quantity, scale = line.quantity, line.scale
    if factor != finance.Factor(1, 1):
        scale = ordered["scale"]
        exact = finance.converted(line.quantity, line.scale, factor, scale)
        if exact is None or line.meter_from is not None or line.meter_until is not None:
            work.lack("quantity", line.number, f"{line.unit} by {factor} does not divide")
            return None
        quantity = exact
    return made(
        finance.UsageLine,
        line=line.number,
        order=order,
        order_line=number,
        quantity=quantity,
        scale=scale,
        device=line.device or None,
        meter_from=line.meter_from,
        meter_until=line.meter_until,
    )
