"""An item's life: it comes into being, moves, is looked at, and ends.

Document `item`: {kind: item | lot, status, custodian, first, last, time, maker?, commissioned?, step?,
disposition?, place?, parent?, destination?, claimed?}. `first` and `last` are parts of item-events; `time` is the
time of the event that set the state shown. Status: active, in_transit, sold, consumed, destroyed,
decommissioned; the last three are for ever. A lot has no life of its own: it stays active.

Events may arrive late, since devices work offline: an event older than what the item shows is recorded
and leaves what is shown alone, unless it ends the item.
"""

from __future__ import annotations

from typing import cast

from tallystick.identity import minting
from tallystick.ledger import Document, Json
from tallystick.trace.draft import Scan, without
from tallystick.trace.epcis import vocabulary
from tallystick.trace.errors import (
    CommissionedTwice,
    ItemGone,
    NotCustodian,
    NotPrefixHolder,
    SerialAndLot,
    StillContained,
)

nesting_seen_max = 65
gone = frozenset(("consumed", "destroyed", "decommissioned"))
#: Steps by which what no longer moves may still be looked at.
quiet_steps = frozenset(
    (
        "inspecting",
        "sensor_reporting",
        "sampling",
        "cycle_counting",
        "stock_taking",
        "holding",
        "other",
    )
)
moving_steps = vocabulary.biz_steps.words - quiet_steps
_creating = frozenset((None, "commissioning", "creating_class_instance"))
_transit = frozenset(("shipping", "departing", "transporting"))
_arrival = frozenset(("receiving", "accepting", "arriving"))
_taking_custody = frozenset(("receiving", "accepting"))


def commissions(scan: Scan) -> bool:
    """Whether an object event brings its items into being."""
    return scan.event.action == "ADD" and scan.event.biz_step in _creating


def ends(scan: Scan) -> str | None:
    """The status in which an object event leaves its items for ever, None if it does not end them."""
    if scan.event.biz_step == "destroying":
        return "destroyed"
    deletes = scan.event.action == "DELETE"
    return "decommissioned" if deletes or scan.event.biz_step == "decommissioning" else None


def item(scan: Scan, identifier: str, kind: str = "item") -> Document:
    """The item as it stands, or as new; it is checked to be of this kind and known to the registry."""
    scan.check_identifier(identifier)
    found = scan.draft.get("item", identifier)
    if found is None:
        return {
            "kind": kind,
            "status": "active",
            "custodian": scan.draft.holder(identifier) or scan.draft.organisation,
            "first": scan.part,
            "last": scan.part,
            "time": scan.when,
        }
    if found["kind"] != kind:
        scan.refuse(SerialAndLot, identifier, f"it was captured as {found['kind']} before")
    return found


def create(scan: Scan, identifier: str, kind: str = "item") -> None:
    """Commission an item, or add to a lot. Only the holder of a prefix registered here may do it, or
    to whom a code of a batch was assigned."""
    doc = item(scan, identifier, kind)
    holder = scan.draft.holder(identifier)
    made = {"maker": scan.draft.organisation, "commissioned": scan.part}
    if holder is not None and holder != scan.draft.organisation:
        if minting.made_by(scan.draft.state, identifier) == scan.draft.organisation:
            # The code is of a batch, and was handed to this maker.
            made["custodian"] = scan.draft.organisation
        else:
            scan.refuse(NotPrefixHolder, identifier, f"its prefix is held by {holder}")
    if kind == "item":
        _refuse_gone(scan, identifier, doc)
        if "commissioned" in doc:
            scan.refuse(CommissionedTwice, identifier, f"first at {doc['commissioned']}")
    _show(scan, identifier, {**made, **doc} if kind == "lot" else {**doc, **made})


def touch(scan: Scan, identifier: str, kind: str = "item") -> None:
    """An event about the item that neither makes nor ends it."""
    doc = item(scan, identifier, kind)
    if kind == "item" and scan.event.biz_step in moving_steps:
        _refuse_gone(scan, identifier, doc)
    moved: dict[str, Json] = {}
    if kind == "item" and entitled(scan, identifier, doc):
        moved = _moved(scan)
        doc = _sent_late(scan, doc, moved)
    elif kind == "item" and scan.event.biz_step in _taking_custody:
        doc = {**doc, "claimed": scan.draft.organisation}
    _show(scan, identifier, doc, moved)


def end(scan: Scan, identifier: str, status: str) -> None:
    """Consume, destroy or decommission an item: by who holds it, expects it, or holds its prefix."""
    doc = item(scan, identifier)
    _refuse_gone(scan, identifier, doc)
    known = scan.draft.get("item", identifier) is not None
    holder = scan.draft.holder(identifier)
    entitled = (holder, doc["custodian"], doc.get("destination")) if known else (holder,)
    if (known or holder is not None) and scan.draft.organisation not in entitled:
        # Who holds it is for its parties; the holder of a prefix is public.
        scan.refuse(NotCustodian, identifier, "" if known else f"its prefix is held by {holder}")
    if "parent" in doc:
        scan.refuse(StillContained, identifier, f"it is in {doc['parent']}")
    ended = {**doc, "status": status, "custodian": scan.draft.organisation, "time": ""}
    _show(scan, identifier, without(ended, "destination"))


def check_movable(scan: Scan, identifier: str) -> Document:
    """The item, which must not have ended."""
    doc = item(scan, identifier)
    _refuse_gone(scan, identifier, doc)
    return doc


def store(scan: Scan, identifier: str, doc: Document, changed: dict[str, Json]) -> None:
    """Show the event on the item, with what else it changes whatever its time."""
    _show(scan, identifier, {**doc, **changed})


def _sent_late(scan: Scan, doc: Document, moved: dict[str, Json]) -> Document:
    """The shipping scan arrives after the receiving one: who it was sent to has the item."""
    late = scan.when < cast(str, doc["time"])
    to = moved.get("destination")
    if not late or to is None or doc["custodian"] != scan.draft.organisation:
        return doc
    if doc.get("claimed") == to:
        return without({**doc, "custodian": to}, "claimed")
    return {**doc, "destination": to}


def entitled(scan: Scan, identifier: str, doc: Document) -> bool:
    """Whether the scan moves the item: by who holds it, is to receive it, or names it.

    Anybody else's scan is recorded under its author's name and moves nothing: a stranger takes no custody,
    not even of a thing that nobody scanned before.
    """
    known: list[Json] = [scan.draft.holder(identifier)]
    inside: Document | None = doc
    for _ in range(nesting_seen_max):
        if inside is None:
            break
        known += [inside["custodian"], inside.get("destination")]
        parent = inside.get("parent")
        inside = scan.draft.get("item", parent) if isinstance(parent, str) else None
    return scan.draft.organisation in known


def _refuse_gone(scan: Scan, identifier: str, doc: Document) -> None:
    if doc["status"] in gone:
        scan.refuse(ItemGone, identifier, f"it was {doc['status']}, last seen at {doc['last']}")


def _moved(scan: Scan) -> dict[str, Json]:
    step = scan.event.biz_step
    if step in _transit:
        return {"status": "in_transit", "destination": scan.event.destination}
    if step == "retail_selling":
        return {"status": "sold"}
    if step not in _arrival:
        return {}
    taken: dict[str, Json] = {"status": "active"}
    if step in _taking_custody:
        taken |= {"custodian": scan.draft.organisation, "destination": None}
    return taken


def _show(scan: Scan, identifier: str, doc: Document, moved: dict[str, Json] | None = None) -> None:
    shown = dict(doc)
    if scan.when >= cast(str, doc["time"]):
        event = scan.event
        seen: dict[str, Json] = {
            "time": scan.when,
            "step": event.biz_step,
            "disposition": event.disposition or doc.get("disposition"),
            "place": event.read_point or doc.get("place"),
        }
        shown |= seen | (moved or {})
    shown["last"] = max(scan.part, cast(str, doc["last"]))
    scan.draft.put("item", identifier, {k: v for k, v in shown.items() if v is not None})
