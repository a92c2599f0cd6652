"""Rules of subcontract orders: materials agreed before parts come, and notes of what was issued, returned and lost.

    subcontract    <order>  {order, buyer, seller, status, stated_by, proposal, index, time}
                            status: proposed -> agreed | declined
    material-note  <note>   {order, buyer, seller, number, moved, moved_on, reason?, lines, status, stated_by, …}
                            status: proposed -> agreed | declined

An issue counts when the subcontractor agrees that it came, a return when the buyer does. A loss counts at once, since
nothing comes back of it: what is within the agreed share lowers the balance, the rest is held until the buyer lets it
pass, and stays owed if it declines.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from tallystick.finance.agreements.agreeing import ask
from tallystick.finance.agreements.orders import require_open
from tallystick.finance.draft import Draft, Row
from tallystick.finance.errors import (
    DocumentExists,
    DocumentOnly,
    DocumentUnknown,
    DocumentWrong,
    QuantityInexact,
)
from tallystick.finance.items.mapping import factor_between, item_of, pair_name
from tallystick.finance.items.units import converted
from tallystick.finance.known import known
from tallystick.finance.money.dates import check_date
from tallystick.finance.parties import NotEntitled, document_author
from tallystick.finance.subcontracts.balance import balance_of
from tallystick.finance.subcontracts.bodies import MaterialLine, MaterialNote, Subcontract, Use
from tallystick.finance.subcontracts.circles import note_ways, require_no_circle
from tallystick.finance.subcontracts.errors import (
    MaterialShort,
    SubcontractNotAgreed,
    UnitsNotConvertible,
)
from tallystick.finance.trade.documents import document_name
from tallystick.finance.trade.lines import check_once, line_part, signed
from tallystick.finance.trade.quantities import rescale, same_unit
from tallystick.ledger import Act, Effects, State

_fresh = {"issued": 0, "returned": 0, "lost": 0, "waived": 0}


def put_subcontract(state: State, act: Act[Subcontract]) -> Effects:
    body, draft = act.body, Draft(state)
    order = known(state, act, "order", body.order)
    author = document_author(state, act, order["buyer"], order["seller"])
    if author != order["buyer"]:
        raise NotEntitled(f"{author} is not the buyer of {body.order}")
    if order["grade"] != signed:
        raise DocumentOnly(body.order)
    require_open(draft, body.order)
    before = draft.row("subcontract", body.order)
    if before is not None and before["status"] != "declined":
        raise DocumentExists(f"the materials of {body.order} are {before['status']}")
    _check_materials(draft, body)
    for part in sorted({material.part for material in body.materials}):
        require_no_circle(draft, part, order["buyer"], order["seller"])
    _replace(draft, body)
    document: dict[str, Any] = {
        "order": body.order,
        "buyer": order["buyer"],
        "seller": order["seller"],
        "status": "proposed",
        "stated_by": author,
        "proposal": act.payload_hash,
        "index": act.index,
        "time": act.time,
    }
    draft.put("subcontract", body.order, document)
    parts = [material.part for material in body.materials]
    note_ways(draft, parts, order["buyer"], order["seller"], body.order)
    ask(draft, act, "subcontract", body.order, order["buyer"], order["seller"])
    return draft.effects


def take_subcontract(draft: Draft, act: Act[Any], found: Row, accepted: bool) -> None:
    order = found["subject"]
    status = "agreed" if accepted else "declined"
    if accepted:
        require_open(draft, order)
        _require_untouched(draft, order, _lines_used(draft, order))
        draft.amend("order", order, subcontract=True)
    draft.amend("subcontract", order, status=status, answered=act.index)


def put_note(state: State, act: Act[MaterialNote]) -> Effects:
    body, draft = act.body, Draft(state)
    found = known(state, act, "subcontract", body.order)
    author = document_author(state, act, found["buyer"], found["seller"])
    if found["status"] != "agreed":
        raise SubcontractNotAgreed(f"{body.order}: {found['status']}")
    giver, taker = (
        (found["buyer"], found["seller"])
        if body.moved == "issue"
        else (found["seller"], found["buyer"])
    )
    if author != giver:
        raise NotEntitled(f"{giver} says what it issues, returns or loses, not {author}")
    name = document_name(author, author, body.number)
    if state.get("material-note", name) is not None:
        raise DocumentExists(name)
    check_date(body.moved_on)
    check_once((line.item for line in body.lines), "item")
    if body.moved == "issue":
        require_open(draft, body.order)
    lines = [_line(draft, found, body.order, line) for line in body.lines]
    held = _lose(draft, body.order, lines) if body.moved == "loss" else True
    if body.moved == "return":
        _require_there(draft, body.order, lines)
    document: dict[str, Any] = {
        **body.model_dump(mode="json", exclude={"lines"}, exclude_none=True),
        "buyer": found["buyer"],
        "seller": found["seller"],
        "lines": lines,
        "status": "proposed" if held else "agreed",
        "stated_by": author,
        "proposal": act.payload_hash,
        "index": act.index,
        "time": act.time,
    }
    draft.put("material-note", name, document)
    if held:
        ask(draft, act, "material", name, giver, taker)
    return draft.effects


def take_note(draft: Draft, act: Act[Any], found: Row, accepted: bool) -> None:
    name = found["subject"]
    note = draft.row("material-note", name) or {}
    order, lines = note["order"], note["lines"]
    status = "agreed" if accepted else "declined"
    draft.amend("material-note", name, status=status, answered=act.index)
    if not accepted:
        return
    if note["moved"] == "issue":
        _add(draft, order, lines, "issued")
    elif note["moved"] == "return":
        _require_there(draft, order, lines)
        _add(draft, order, lines, "returned")
    else:
        for line in lines:
            held = balance_of(draft, order, line["item"]).held
            passed = min(held, line["quantity"])
            draft.add("subcontract-material", order, line["item"], waived=passed)


def _check_materials(draft: Draft, body: Subcontract) -> None:
    check_once((material.item for material in body.materials), "item")
    check_once((material.part for material in body.materials), "part")
    check_once(((use.order_line, use.item) for use in body.uses), "use")
    named = {material.item for material in body.materials}
    used = {use.item for use in body.uses}
    if named != used:
        raise DocumentWrong(f"{min(named ^ used)} is a material without a use, or used without one")
    lines = {use.order_line for use in body.uses}
    for number in sorted(lines):
        if draft.get("order-line", body.order, line_part(number)) is None:
            raise DocumentUnknown(f"{body.order} line {number}")
    _require_untouched(draft, body.order, lines)


def _require_untouched(draft: Draft, order: str, lines: Iterable[int]) -> None:
    """Whose parts came already would owe material that nobody agreed."""
    for number in sorted(lines):
        line = draft.row("order-line", order, line_part(number)) or {}
        if line["received"]:
            raise DocumentWrong(f"{order} line {number}: parts were received before")


def _lines_used(draft: Draft, order: str) -> set[int]:
    return {use["order_line"] for use in draft.rows("subcontract-use", order).values()}


def _replace(draft: Draft, body: Subcontract) -> None:
    """Write materials and uses, in the place of those that were declined."""
    for kind in ("subcontract-material", "subcontract-use"):
        for part in list(draft.group(kind, body.order)):
            draft.put(kind, body.order, None, part)
    for material in body.materials:
        document = material.model_dump(mode="json", exclude={"item"}, exclude_none=True)
        draft.put("subcontract-material", body.order, {**document, **_fresh}, material.item)
    for use in body.uses:
        draft.put("subcontract-use", body.order, use.model_dump(mode="json"), _use_part(use))


def _use_part(use: Use) -> str:
    return f"{line_part(use.order_line)} {use.item}"


def _line(draft: Draft, found: Row, order: str, line: MaterialLine) -> dict[str, Any]:
    """In the material's unit and scale. Raises `UnitsNotConvertible` or `QuantityInexact`."""
    material = draft.row("subcontract-material", order, line.item)
    if material is None:
        raise DocumentUnknown(f"{order}: {line.item} is none of its materials")
    unit, scale = line.unit or material["unit"], material["scale"]
    if same_unit(unit, material["unit"]):
        return {"item": line.item, "quantity": rescale(line.quantity, line.scale, scale)}
    pair = pair_name(found["buyer"], found["seller"])
    agreed = item_of(draft, pair, line.seller_item, None)
    factor = None
    if agreed is not None and agreed["buyer_item"] == line.item:
        factor = factor_between(agreed, unit, material["unit"])
    if factor is None:
        raise UnitsNotConvertible(f"{line.item}: {unit} in {material['unit']}")
    quantity = converted(line.quantity, line.scale, factor, scale)
    if quantity is None:
        raise QuantityInexact(f"{line.item}: {line.quantity} x 10^-{line.scale} {unit}")
    stated = line.model_dump(mode="json", exclude={"item"}, exclude_none=True)
    return {"item": line.item, "quantity": quantity, "stated": stated}


def _require_there(draft: Draft, order: str, lines: Iterable[Row]) -> None:
    for line in lines:
        there = balance_of(draft, order, line["item"]).there
        if line["quantity"] > there:
            raise MaterialShort(f"{order}, {line['item']}: {line['quantity']} of {there}")


def _lose(draft: Draft, order: str, lines: Iterable[Row]) -> bool:
    """Book a loss; whether some of it is above what is allowed, and held."""
    _require_there(draft, order, lines)
    _add(draft, order, lines, "lost")
    return any(balance_of(draft, order, line["item"]).held for line in lines)


def _add(draft: Draft, order: str, lines: Iterable[Row], field: str) -> None:
    for line in lines:
        draft.add("subcontract-material", order, line["item"], **{field: line["quantity"]})
