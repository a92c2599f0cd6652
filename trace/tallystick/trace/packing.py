"""Aggregation: at every moment containment is a forest.

An item has at most one parent, none contains itself, nesting is at most `nesting_max` deep. A lot may be
in several parents, as amounts. What is unpacked was packed; but a container that a partner packed
elsewhere, of which nothing is known here, may be unpacked, and its contents are taken on its word.

Only who may move an item packs or unpacks it, and only who may move a container, or finds it empty, changes
what is in it. Other scans are recorded and change no containment: else a stranger could put a thing into a
box of its own, take it out again, and have it.

Document `content`: for an item {kind: item, at, time}; for a lot {kind: lot, at, time, amounts}, amounts
as decimal text by unit, the empty unit for pieces.
"""

from __future__ import annotations

from decimal import Decimal
from typing import cast

from tallystick.ledger import Document, Json
from tallystick.trace import items
from tallystick.trace.draft import Scan, without
from tallystick.trace.errors import (
    AggregationCycle,
    InAnotherParent,
    NotContained,
    TooDeep,
)
from tallystick.trace.summary import Quantity

nesting_max = 64


def aggregate(scan: Scan) -> None:
    """Judge one aggregation event."""
    event, parent = scan.event, scan.event.parent
    if parent is not None:
        changes = {"ADD": _pack_all, "DELETE": _unpack_all}.get(event.action or "")
        if changes is not None and _may_change(scan, parent):
            changes(scan, parent)
            return
        items.touch(scan, parent)
        scan.note(parent, "parent")
    for identifier in event.items:
        _see(scan, parent, identifier)
    for lot in event.lots:
        items.touch(scan, lot.lot, "lot")
        scan.note(lot.lot, "child", parent=parent, amount=amount(lot))


def amount(lot: Quantity) -> Json:
    """A quantity as documents show it."""
    number = format(Decimal(lot.quantity).scaleb(-lot.scale), "f")
    return {"quantity": number, **({"unit": lot.unit} if lot.unit else {})}


def _may_change(scan: Scan, parent: str) -> bool:
    container = items.item(scan, parent)
    return items.entitled(scan, parent, container) or not scan.draft.group("content", parent)


def _see(scan: Scan, parent: str | None, child: str) -> None:
    """The child was scanned with its container, by somebody who does not move it."""
    items.touch(scan, child)
    scan.note(child, "child", parent=parent)


def _pack_all(scan: Scan, parent: str) -> None:
    container = items.check_movable(scan, parent)
    ancestors = _ancestors(scan, parent)
    items.store(scan, parent, container, {"packed": True})
    scan.note(parent, "parent", children=len(scan.event.items) + len(scan.event.lots))
    for identifier in scan.event.items:
        _pack(scan, parent, identifier, ancestors)
    for lot in scan.event.lots:
        _pack_lot(scan, parent, lot)


def _pack(scan: Scan, parent: str, child: str, ancestors: list[str]) -> None:
    if child in ancestors:
        scan.refuse(AggregationCycle, child, f"{parent} is inside it")
    doc = items.check_movable(scan, child)
    if not items.entitled(scan, child, doc):
        _see(scan, parent, child)
        return
    inside = doc.get("parent")
    if inside not in (None, parent):
        scan.refuse(InAnotherParent, child, _where(scan, child, doc))
    items.store(scan, child, doc, {"parent": parent})
    scan.note(child, "child", parent=parent)
    if inside is None:
        _contain(scan, parent, child, {"kind": "item"})


def _pack_lot(scan: Scan, parent: str, lot: Quantity) -> None:
    items.touch(scan, lot.lot, "lot")
    scan.note(lot.lot, "child", parent=parent, amount=amount(lot))
    amounts = _amounts(scan.draft.get("content", parent, lot.lot))
    unit = lot.unit or ""
    amounts[unit] = amounts.get(unit, Decimal(0)) + Decimal(lot.quantity).scaleb(-lot.scale)
    _contain_lot(scan, parent, lot.lot, amounts)


def _unpack_all(scan: Scan, parent: str) -> None:
    container = items.item(scan, parent)
    known = "packed" in container
    items.store(scan, parent, container, {})
    listed, lots = scan.event.items, scan.event.lots
    everything = not listed and not lots
    if everything:
        inside = scan.draft.group("content", parent)
        listed = tuple(part for part, doc in inside.items() if doc["kind"] == "item")
        for part, doc in inside.items():
            if doc["kind"] == "lot":
                _unpack_whole_lot(scan, parent, part)
    scan.note(parent, "parent", children=len(listed) + len(lots))
    for identifier in listed:
        _unpack(scan, parent, identifier, known)
    for lot in lots:
        _unpack_lot(scan, parent, lot, known)


def _unpack(scan: Scan, parent: str, child: str, known: bool) -> None:
    doc = items.check_movable(scan, child)
    if not items.entitled(scan, child, doc):
        _see(scan, parent, child)
        return
    inside = doc.get("parent")
    if inside not in (None, parent):
        scan.refuse(InAnotherParent, child, _where(scan, child, doc))
    if inside is None and known:
        scan.refuse(NotContained, child, f"it is not in {parent}")
    inherited = _inherited(scan, parent) if inside is not None else {}
    items.store(scan, child, without(doc, "parent"), inherited)
    scan.note(child, "child", parent=parent)
    scan.draft.put("content", parent, None, child)


def _inherited(scan: Scan, parent: str) -> dict[str, Json]:
    """What comes out of a container is where and with whom the outermost container is."""
    outermost = scan.draft.get("item", _ancestors(scan, parent)[-1])
    if outermost is None:
        return {}
    shown = {key: outermost.get(key) for key in ("custodian", "destination")}
    if outermost["status"] not in items.gone:
        shown["status"] = outermost["status"]
    return shown


def _where(scan: Scan, child: str, doc: Document) -> str:
    """What a refusal says of where an item is: which container, only to the item's parties."""
    return f"it is in {doc['parent']}" if scan.takes_part(child) else ""


def _unpack_lot(scan: Scan, parent: str, lot: Quantity, known: bool) -> None:
    items.touch(scan, lot.lot, "lot")
    scan.note(lot.lot, "child", parent=parent, amount=amount(lot))
    amounts = _amounts(scan.draft.get("content", parent, lot.lot))
    if not known and not amounts:
        return
    unit = lot.unit or ""
    left = amounts.get(unit, Decimal(0)) - Decimal(lot.quantity).scaleb(-lot.scale)
    if left < 0:
        held = f"{parent} holds {amounts.get(unit, 0)} {unit}".rstrip()
        mine = scan.takes_part(lot.lot) or scan.takes_part(parent)
        scan.refuse(NotContained, lot.lot, held if mine else "")
    amounts[unit] = left
    _contain_lot(scan, parent, lot.lot, amounts)


def _unpack_whole_lot(scan: Scan, parent: str, lot: str) -> None:
    items.touch(scan, lot, "lot")
    scan.note(lot, "child", parent=parent)
    scan.draft.put("content", parent, None, lot)


def _contain_lot(scan: Scan, parent: str, lot: str, amounts: dict[str, Decimal]) -> None:
    left: dict[str, Json] = {u: format(a.normalize(), "f") for u, a in sorted(amounts.items()) if a}
    if left:
        _contain(scan, parent, lot, {"kind": "lot", "amounts": left})
    else:
        scan.draft.put("content", parent, None, lot)


def _contain(scan: Scan, parent: str, child: str, value: dict[str, Json]) -> None:
    scan.draft.put("content", parent, {**value, "at": scan.part, "time": scan.event.time}, child)


def _amounts(doc: Document | None) -> dict[str, Decimal]:
    stored = {} if doc is None else cast(dict[str, str], doc.get("amounts", {}))
    return {unit: Decimal(number) for unit, number in stored.items()}


def _ancestors(scan: Scan, identifier: str) -> list[str]:
    """The item and the containers around it, outermost last."""
    chain = [identifier]
    while (doc := scan.draft.get("item", chain[-1])) is not None and "parent" in doc:
        chain.append(cast(str, doc["parent"]))
        if len(chain) > nesting_max:
            scan.refuse(TooDeep, identifier, f"it lies more than {nesting_max} containers deep")
    return chain
