"""Receipts: derived from what the buyer's devices scan, never typed in.

Follows `trace.capture/1`. A receiving event signed by a device of the buyer that names a despatch advice, or
several of the same seller, becomes receipt lines of the order lines (`arrivals`); the despatches are closed by them, in part or in full. A
disposition such as *damaged* makes them received and rejected. A shipping event of the buyer's device that
names a return authorisation (rma) and the despatch, or several of the same seller, takes them back
(`returns`). A serial counts once per sale: for one seller and buyer again only after a signed return, and in
the next sale when its buyer sells it on. Goods without serials count by lot and quantity, up to what was
despatched and ordered.

    receipt         <order>#<line>   part <index>-<event>-<despatch line>[-<place of the despatch in the event, if
                                     not the first>]: {received, rejected, returned,
                                     consumed, items, lots, despatch, evidence, facts, device, event, …}
    sale            <item>           {chain: [{seller, buyer, name, part}]}: sales not undone, oldest first
    receipt-event   <event digest>   {index}: an event counts once
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from tallystick.finance.draft import Draft, Row
from tallystick.finance.errors import (
    CountedAlready,
    DocumentOnly,
    DocumentWrong,
    OverReceipt,
)
from tallystick.finance.known import known
from tallystick.finance.matching.tolerances import tolerances
from tallystick.finance.parties import speaker
from tallystick.finance.statements.waiting import came
from tallystick.finance.subcontracts.balance import require_covered
from tallystick.finance.trade.arrivals import Tally, arrival
from tallystick.finance.trade.evidence import facts_of, note_scan
from tallystick.finance.trade.lines import line_name, line_part, signed
from tallystick.finance.trade.progress import close, present
from tallystick.finance.trade.returns import take_back
from tallystick.ledger import Act, Effects, State
from tallystick.trace import canonical

if TYPE_CHECKING:
    from tallystick.trace import Capture, EventSummary, Reference

#: Dispositions with which goods arrive and are not accepted (CBV 2.0 §7.2).
rejecting = frozenset(
    (
        "damaged",
        "non_conformant",
        "expired",
        "recalled",
        "mismatch_class",
        "mismatch_instance",
        "mismatch_quantity",
    )
)
_ours = re.compile(r"[0-9.]+/[^\s#]+(#[^\s#]+){1,2}")


def follow_capture(state: State, act: Act[Capture]) -> Effects:
    """Receipts and returns of a capture's events, in their order."""
    draft = Draft(state)
    for number, event in enumerate(act.body.events):
        named = _despatches(event)
        if not named or event.action == "DELETE":
            continue
        step = cbv_word(event.biz_step or "")
        if step == "receiving" and _counts(draft, act, named, event.destination):
            _receive(draft, act, number, event, named)
        elif (
            step == "shipping"
            and any(_is(ref, "rma") for ref in event.references)
            and _counts(draft, act, named, event.source)
        ):
            _return(draft, act, event, named)
        else:
            for despatch in named:
                note_scan(draft, act, event, despatch, step)
    return draft.effects


def _return(draft: Draft, act: Act[Capture], event: EventSummary, named: Sequence[str]) -> None:
    heads = _heads(draft, act, event, named, returning=True)
    _event_once(draft, act, event)
    take_back(draft, heads, event)
    for name in heads:
        close(draft, name)


def _despatches(event: EventSummary) -> tuple[str, ...]:
    """The despatch advices that an event names, each once, in its order."""
    names = (ref.id.removeprefix("hdl:") for ref in event.references if _is(ref, "desadv"))
    return tuple(dict.fromkeys(name for name in names if _ours.fullmatch(name)))


def _is(ref: Reference, kind: str) -> bool:
    return cbv_word(ref.type) == kind


def cbv_word(identifier: str) -> str:
    """The bare word of a CBV identifier in any of its spellings.

    >>> cbv_word("https://ref.gs1.org/cbv/BizStep-receiving"), cbv_word("urn:epcglobal:cbv:btt:po")
    ('receiving', 'po')
    """
    last = re.split(r"[:/]", identifier)[-1]
    return last.rpartition("-")[2]


def _counts(draft: Draft, act: Act[Capture], named: Sequence[str], here: str | None) -> bool:
    """Whether the buyer of any of these despatch advices scanned; then it is the buyer of all."""
    return any(_by_buyer(draft, act, name, here) for name in named)


def _heads(
    draft: Draft, act: Act[Capture], event: EventSummary, named: Sequence[str], *, returning: bool
) -> dict[str, Row]:
    """All despatch advices that it names are of the same buyer and seller, and known to its author."""
    heads: dict[str, Row] = {}
    for name in named:
        if not _by_buyer(draft, act, name, event.source if returning else event.destination):
            raise DocumentWrong(f"{name} is of another buyer")
        heads[name] = _between(draft, name, event, returning=returning)
    return heads


def _by_buyer(draft: Draft, act: Act[Capture], despatch: str, here: str | None) -> bool:
    """Whether a device of the despatch's buyer signed; anybody else's scan is custody, not receipt.

    `here` is the side of the event on which its author stands if it is the buyer's: a scan that claims
    so, or names nobody, needs a despatch of which its author is a party.
    """
    who = speaker(draft, act.author)
    if who.kind != "device":
        return False
    head = draft.row("despatch", despatch)
    if head is not None and head["buyer"] == who.organisation:
        return True
    if here in (None, who.organisation):
        known(draft, act, "despatch", despatch)
    return False


def _between(draft: Draft, despatch: str, event: EventSummary, *, returning: bool) -> Row:
    """The despatch's head, if event and despatch name the same parties and both are signed."""
    head = draft.row("despatch", despatch) or {}
    if head["grade"] != signed:
        raise DocumentOnly(despatch)
    way = (head["buyer"], head["seller"]) if returning else (head["seller"], head["buyer"])
    if (event.source, event.destination) != way:
        raise DocumentWrong(f"the scan goes not from {way[0]} to {way[1]} as {despatch} says")
    return head


def _event_once(draft: Draft, act: Act[Capture], event: EventSummary) -> None:
    if draft.get("receipt-event", event.digest) is not None:
        raise CountedAlready(f"event {event.digest}")
    draft.put("receipt-event", event.digest, {"index": act.index})


def _receive(
    draft: Draft, act: Act[Capture], number: int, event: EventSummary, named: Sequence[str]
) -> None:
    heads = _heads(draft, act, event, named, returning=False)
    _event_once(draft, act, event)
    found = arrival(draft, heads, event)
    orders = {line["order"] for line in found.lines.values()}
    for ref in event.references:
        stated = ref.id.removeprefix("hdl:")
        if _is(ref, "po") and stated not in orders:
            raise DocumentWrong(f"{', '.join(heads)} is not for order {stated}")
    rejected = cbv_word(event.disposition or "") in rejecting
    places = {name: place for place, name in enumerate(heads)}
    # What a device claims of the future begins and ends nothing: terms, retention and cut-off days count from here.
    came_at = min(event.time, act.time)
    for (despatch, part), tally in sorted(
        found.tallies.items(), key=lambda one: (places[one[0][0]], one[0][1])
    ):
        head, line = heads[despatch], found.lines[despatch, part]
        receipt = _part(act, number, part, places[despatch])
        _sell(draft, head, line, receipt, tally)
        _count(draft, line, despatch, part, tally, rejected)
        document = {
            "seller": head["seller"],
            "buyer": head["buyer"],
            "despatch": despatch,
            "despatch_line": int(part),
            "received": tally.quantity,
            "rejected": tally.quantity if rejected else 0,
            "returned": 0,
            "rejected_returned": 0,
            "consumed": 0,
            "items": tally.items,
            "lots": [{"lot": lot, "quantity": size} for lot, size in sorted(tally.lots.items())],
            "evidence": "device",
            "facts": facts_of(head, event, act.time, serials=not tally.lots),
            "device": act.author,
            "event": event.digest,
            "event_time": came_at,
            "index": act.index,
        }
        name = line_name(line["order"], line["order_line"])
        draft.put("receipt", name, document, receipt)
        came(draft, name, receipt, came_at)
    for order in sorted(orders):
        require_covered(draft, order)
    for despatch in heads:
        close(draft, despatch)


def _part(act: Act[Capture], number: int, part: str, place: int) -> str:
    """Of a receipt: two despatch advices of one event may have the same line of the same order."""
    told = f"{act.index:012d}-{number:03d}-{part}"
    return f"{told}-{place:02d}" if place else told


def _count(draft: Draft, line: Row, despatch: str, part: str, tally: Tally, rejected: bool) -> None:
    """Add to the progress of despatch line and order line, within tolerance."""
    order, order_part = line["order"], line_part(line["order_line"])
    ordered = draft.row("order-line", order, order_part) or {}
    head = draft.row("order", order) or {}
    policy = tolerances(draft, head["buyer"], head["currency"])
    for what, now, most in (
        (f"{despatch} line {int(part)}", line, line["quantity"]),
        (f"{order} line {int(order_part)}", ordered, ordered["quantity"]),
    ):
        arrived = present(now) + tally.quantity
        if arrived > policy.most(most, line["scale"]):
            raise OverReceipt(f"{what}: {arrived} of {most}")
    for kind, name, which in (("despatch-line", despatch, part), ("order-line", order, order_part)):
        bad = tally.quantity if rejected else 0
        draft.add(kind, name, which, received=tally.quantity, rejected=bad)


def _sell(draft: Draft, head: Row, line: Row, receipt: str, tally: Tally) -> None:
    seller, buyer = head["seller"], head["buyer"]
    name = line_name(line["order"], line["order_line"])
    for spelled in tally.items:
        item = canonical(spelled)
        found = draft.row("sale", item)
        chain = [] if found is None else list(found["chain"])
        if any((sale["seller"], sale["buyer"]) == (seller, buyer) for sale in chain):
            raise CountedAlready(f"{item}, sold by {seller} to {buyer}")
        if chain and chain[-1]["buyer"] != seller:
            raise CountedAlready(f"{item} was sold before, and not to {seller}")
        chain.append({"seller": seller, "buyer": buyer, "name": name, "part": receipt})
        draft.put("sale", item, {"chain": chain})
