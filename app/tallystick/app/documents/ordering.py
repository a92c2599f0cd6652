"""Orders, their changes and cancellations as bodies, in the buyer's own words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

import tallystick.finance as finance
from tallystick.app.documents.lines import Row, Work, made, priced
from tallystick.app.documents.told import Line
from tallystick.app.imports.bodies import measured, measured_decimals
from tallystick.ledger import Body


def order_body(work: Work) -> Body | None:
    contract, told = work.contract(), work.told
    lines = [found for line in told.lines if (found := _ordered(work, line)) is not None]
    if not contract or len(lines) != len(told.lines):
        return None
    return made(
        finance.Order,
        number=told.number,
        buyer=work.buyer,
        seller=work.seller,
        contract=contract,
        currency=told.currency,
        ordered_on=told.date,
        lines=tuple(lines),
    )


def change_body(work: Work) -> Body | None:
    order = work.order(work.told.order, 0)
    lines = [
        found for line in work.told.lines if (found := _ordered(work, line, order)) is not None
    ]
    if not order or len(lines) != len(work.told.lines):
        return None
    return made(finance.OrderChange, order=order, number=work.told.change, lines=tuple(lines))


def cancel_body(work: Work) -> Body | None:
    """Where the form numbers no change, it is that of the same lines that stands, or the next one."""
    order = work.order(work.told.order, 0)
    if not order:
        return None
    head = cast(Row, work.view.get("order", order))
    lines = tuple(line.number for line in work.told.lines)
    number = work.told.change or _cancelled(work, order, lines) or head["changes"] + 1
    return made(finance.OrderCancel, order=order, number=number, lines=lines)


def _cancelled(work: Work, order: str, lines: tuple[int, ...]) -> int:
    rows = cast("Mapping[str, Row]", work.view.group("order-change", order)).values()
    same = (
        int(row["number"])
        for row in rows
        if row["kind"] == "cancellation"
        and row["status"] != "declined"
        and tuple(line["line"] for line in row["lines"]) == lines
    )
    return next(same, 0)


def _ordered(work: Work, line: Line, order: str = "") -> finance.OrderLine | None:
    """In the buyer's own words; a line that is changed keeps its unit and scale."""
    row = work.view.get("order-line", order, f"{line.number:06d}") if order else None
    before = cast("Row | None", row)
    unit = line.unit or (before["unit"] if before else "H87")
    if before and finance.same_unit(unit, before["unit"]):
        unit = before["unit"]
    scale = before["scale"] if before else max(line.scale, _decimals(unit))
    cost = priced(line)
    if cost is None or line.scale > scale:
        work.lack("price" if cost is None else "quantity", line.number, line.wording)
        return None
    return made(
        finance.OrderLine,
        line=line.number,
        text=line.wording or None,
        item=line.buyer_item or None,
        unit=unit,
        quantity=line.quantity * int(10 ** (scale - line.scale)),
        scale=scale,
        price=cost[0],
        tax_ppm=cost[1],
    )


def _decimals(unit: str) -> int:
    return measured_decimals if unit in measured else 0
