"""Signed usage statements: machine hours and services, for which nothing is scanned.

    usage       <usage>            {seller, buyer, used_from, used_until, status, grade, proposal, …}
                                   status: proposed -> agreed | declined
    usage-line  <usage> line       {order, order_line, quantity, device?, meter_from?, meter_until?}

The seller states them, by a person or by the machine's own service; the buyer agrees. Then they are receipts of
the evidence "statement": two firms signed, no device saw it, and every page says so.
"""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from tallystick.finance.agreements.agreeing import ask
from tallystick.finance.agreements.orders import accept_by_conduct, require_open
from tallystick.finance.draft import Draft, Row
from tallystick.finance.errors import DocumentExists, DocumentOnly, DocumentWrong, OverReceipt
from tallystick.finance.matching.tolerances import tolerances
from tallystick.finance.money.dates import check_date
from tallystick.finance.parties import NotEntitled, counterparties, document_author
from tallystick.finance.statements.waiting import came
from tallystick.finance.subcontracts.balance import require_covered
from tallystick.finance.trade.documents import (
    DocumentName,
    LineNumber,
    LineQuantity,
    Number,
    Scale,
    document_lines_max,
    document_name,
)
from tallystick.finance.trade.lines import check_once, line_name, line_part, signed
from tallystick.finance.trade.ordered import ordered_line
from tallystick.finance.trade.progress import present
from tallystick.finance.trade.quantities import rescale
from tallystick.ledger import Act, Body, Count, Effects, Handle, MoneyDate, State

usage_evidence = "statement"


class UsageLine(Body):
    """`meter_*`: what the machine's counter showed, in 10^-scale of the order's unit."""

    line: LineNumber
    order: DocumentName
    order_line: LineNumber
    quantity: LineQuantity
    scale: Scale = 0
    device: Handle | None = None
    meter_from: Count | None = None
    meter_until: Count | None = None


class Usage(Body):
    """Body of `finance.usage/1`, named `<seller>#<number>`."""

    number: Number
    seller: Handle
    buyer: Handle
    used_from: MoneyDate
    used_until: MoneyDate
    lines: Annotated[tuple[UsageLine, ...], Field(min_length=1, max_length=document_lines_max)]


def put_usage(state: State, act: Act[Usage]) -> Effects:
    body, draft = act.body, Draft(state)
    counterparties(state, body.buyer, body.seller)
    author = document_author(state, act, body.buyer, body.seller)
    if author != body.seller:
        raise NotEntitled(f"{author} is not the seller; usage is stated by who provides it")
    name = document_name(author, body.seller, body.number)
    if state.get("usage", name) is not None:
        raise DocumentExists(name)
    if check_date(body.used_until) < check_date(body.used_from):
        raise DocumentWrong(f"it ends on {body.used_until}, before it begins")
    check_once((line.line for line in body.lines), "line")
    head: dict[str, Any] = body.model_dump(mode="json", exclude={"lines"})
    head |= {"grade": signed, "stated_by": author, "status": "proposed", "index": act.index}
    draft.put("usage", name, {**head, "proposal": act.payload_hash, "time": act.time})
    for line in body.lines:
        draft.put("usage-line", name, _line(draft, act, line), line_part(line.line))
        accept_by_conduct(draft, act, line.order)
    ask(draft, act, "usage", name, body.seller, body.buyer)
    return draft.effects


def take_usage(draft: Draft, act: Act[Any], found: Row, accepted: bool) -> None:
    name = found["subject"]
    status = "agreed" if accepted else "declined"
    draft.amend("usage", name, status=status, answered=act.index)
    if accepted:
        head = draft.row("usage", name) or {}
        for part, line in draft.rows("usage-line", name).items():
            _receive(draft, act, name, head, part, line)


def _line(draft: Draft, act: Act[Usage], line: UsageLine) -> Row:
    ordered = ordered_line(draft, act, line.order, line.order_line)
    require_open(draft, line.order)
    if (draft.row("order", line.order) or {})["grade"] != signed:
        raise DocumentOnly(line.order)
    quantity = rescale(line.quantity, line.scale, ordered["scale"])
    meters = (line.meter_from, line.meter_until)
    if None not in meters and (line.meter_until or 0) - (line.meter_from or 0) != line.quantity:
        raise DocumentWrong(f"line {line.line}: the meter went from {meters[0]} to {meters[1]}")
    document = line.model_dump(
        mode="json", exclude={"line", "quantity", "scale"}, exclude_none=True
    )
    return {**document, "quantity": quantity, "scale": ordered["scale"], "unit": ordered["unit"]}


def _receive(draft: Draft, act: Act[Any], name: str, head: Row, part: str, line: Row) -> None:
    order, order_part = line["order"], line_part(line["order_line"])
    ordered = draft.row("order-line", order, order_part) or {}
    after = present(ordered) + line["quantity"]
    policy = tolerances(draft, head["buyer"], (draft.row("order", order) or {})["currency"])
    if after > policy.most(ordered["quantity"], ordered["scale"]):
        raise OverReceipt(f"{order} line {int(order_part)}: {after} of {ordered['quantity']}")
    draft.add("order-line", order, order_part, received=line["quantity"])
    require_covered(draft, order)
    document: dict[str, Any] = {
        "seller": head["seller"],
        "buyer": head["buyer"],
        "despatch": name,
        "despatch_line": int(part),
        "received": line["quantity"],
        "rejected": 0,
        "returned": 0,
        "rejected_returned": 0,
        "consumed": 0,
        "items": [],
        "lots": [],
        "evidence": usage_evidence,
        "device": line.get("device", head["stated_by"]),
        "event": head["proposal"],
        "event_time": act.time,
        "index": act.index,
    }
    receipt = f"{act.index:012d}-000-{part}"
    name = line_name(order, line["order_line"])
    draft.put("receipt", name, document, receipt)
    came(draft, name, receipt, act.time)
