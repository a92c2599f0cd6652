"""Receipts: derived from what the buyer's devices scan, never typed in.

Follows `trace.capture/1`. A receiving event signed by a device of the buyer that names a despatch advice
becomes receipt lines of the order lines; the despatch is closed by them, in part or in full. A disposition
such as *damaged* makes them received and rejected. A shipping event of the buyer's device that names a
return authorisation (rma) and the despatch, or several of the same seller, takes them back (`returns`). A
serial counts once per sale: for one seller and buyer again only after a signed return, and in the next sale
when its buyer sells it on. Goods without serials count by lot and quantity, up to what was despatched and
ordered.

    receipt         <order>#<line>   part <index>-<event>-<despatch line>: {received, rejected, returned,
                                     consumed, items, lots, despatch, evidence, facts, device, event, …}
    sale            <item>           {chain: [{seller, buyer, name, part}]}: sales not undone, oldest first
    receipt-event   <event digest>   {index}: an event counts once
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tallystick.finance.draft import Draft, Row
from tallystick.finance.errors import (
    CountedAlready,
    DocumentOnly,
    DocumentWrong,
    NotDespatched,
    OverReceipt,
)
from tallystick.finance.known import known
from tallystick.finance.matching.tolerances import tolerances
from tallystick.finance.parties import speaker
from tallystick.finance.statements.waiting import came
from tallystick.finance.subcontracts.balance import require_covered
from tallystick.finance.trade.evidence import facts_of, note_scan
from tallystick.finance.trade.lines import line_name, line_part, signed
from tallystick.finance.trade.progress import close, present
from tallystick.finance.trade.quantities import rescale, same_unit
from tallystick.finance.trade.returns import take_back
from tallystick.ledger import Act, Effects, State
from tallystick.trace import canonical

if TYPE_CHECKING:
    from tallystick.trace import Capture, EventSummary

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


@dataclass
class Tally:
    """What one event brings for one despatch line."""

    quantity: int = 0
    items: list[str] = field(default_factory=list)
    lots: dict[str, int] = field(default_factory=dict)


def follow_capture(state: State, act: Act[Capture]) -> Effects:
    """Receipts and returns of a capture's events, in their order."""
    draft = Draft(state)
    for number, event in enumerate(act.body.events):
        references = _references(event)
        despatch = references.get("desadv")
        if despatch is None or not _ours.fullmatch(despatch) or event.action == "DELETE":
            continue
        step = cbv_word(event.biz_step or "")
        if step == "receiving" and _by_buyer(draft, act, despatch, event.destination):
            _receive(draft, act, number, event, despatch)
        elif (
            step == "shipping"
            and "rma" in references
            and _by_buyer(draft, act, despatch, event.source)
        ):
            _return(draft, act, event)
        else:
            note_scan(draft, act, event, despatch, step)
    return draft.effects


def _return(draft: Draft, act: Act[Capture], event: EventSummary) -> None:
    """All despatches that it names are of the same buyer and seller, and known to its author."""
    heads: dict[str, Row] = {}
    for name in _despatches(event):
        if not _by_buyer(draft, act, name, event.source):
            raise DocumentWrong(f"{name} is of another buyer")
        heads[name] = _between(draft, name, event, returning=True)
    _event_once(draft, act, event)
    take_back(draft, heads, event)
    for name in heads:
        close(draft, name)


def _despatches(event: EventSummary) -> Iterator[str]:
    """The despatch advices that an event names, in its order."""
    for ref in event.references:
        name = ref.id.removeprefix("hdl:")
        if cbv_word(ref.type) == "desadv" and _ours.fullmatch(name):
            yield name


def cbv_word(identifier: str) -> str:
    """The bare word of a CBV identifier in any of its spellings.

    >>> cbv_word("https://ref.gs1.org/cbv/BizStep-receiving"), cbv_word("urn:epcglobal:cbv:btt:po")
    ('receiving', 'po')
    """
    last = re.split(r"[:/]", identifier)[-1]
    return last.rpartition("-")[2]


def _references(event: EventSummary) -> dict[str, str]:
    return {cbv_word(ref.type): ref.id.removeprefix("hdl:") for ref in event.references}


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
    draft: Draft, act: Act[Capture], number: int, event: EventSummary, despatch: str
) -> None:
    head = _between(draft, despatch, event, returning=False)
    _event_once(draft, act, event)
    lines = draft.rows("despatch-line", despatch)
    orders = {line["order"] for line in lines.values()}
    stated = _references(event).get("po")
    if stated is not None and stated not in orders:
        raise DocumentWrong(f"{despatch} is not for order {stated}")
    rejected = cbv_word(event.disposition or "") in rejecting
    for part, tally in _tallies(event, lines, head).items():
        receipt = f"{act.index:012d}-{number:03d}-{part}"
        _sell(draft, head, lines[part], receipt, tally)
        _count(draft, lines[part], despatch, part, tally, rejected)
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
            "event_time": event.time,
            "index": act.index,
        }
        name = line_name(lines[part]["order"], lines[part]["order_line"])
        draft.put("receipt", name, document, receipt)
        came(draft, name, receipt, event.time, act.time)
    for order in sorted(orders):
        require_covered(draft, order)
    close(draft, despatch)


def _tallies(event: EventSummary, lines: Mapping[str, Row], head: Row) -> dict[str, Tally]:
    """What the event brings, by despatch line."""
    packages = set(head.get("packages", ()))
    tallies: dict[str, Tally] = {}
    line_of = {canonical(item): part for part, line in lines.items() for item in line["items"]}
    for item in event.items:
        if item in packages:
            continue
        part = line_of.get(canonical(item)) or _open_line(lines, item)
        tally = tallies.setdefault(part, Tally())
        tally.items.append(item)
        tally.quantity += 10 ** lines[part]["scale"]
    for lot in event.lots:
        part = _line_of_lot(lines, lot.lot, tallies)
        if not same_unit(lot.unit or "H87", lines[part]["unit"]):
            raise DocumentWrong(f"lot {lot.lot} is counted in another unit than ordered")
        quantity = rescale(lot.quantity, lot.scale, lines[part]["scale"])
        tally = tallies.setdefault(part, Tally())
        tally.lots[lot.lot] = tally.lots.get(lot.lot, 0) + quantity
        tally.quantity += quantity
    return {part: tallies[part] for part in sorted(tallies)}


def _open_line(lines: Mapping[str, Row], what: str) -> str:
    """The one line that lists neither items nor lots, when there is just one."""
    unlisted = [part for part, line in lines.items() if not line["items"] and not line["lots"]]
    if len(unlisted) != 1:
        raise NotDespatched(what)
    return unlisted[0]


def _line_of_lot(lines: Mapping[str, Row], lot: str, tallies: dict[str, Tally]) -> str:
    listing = [p for p, line in lines.items() if any(row["lot"] == lot for row in line["lots"])]
    if not listing:
        return _open_line(lines, lot)
    for part in listing:
        pending = tallies[part].quantity if part in tallies else 0
        if present(lines[part]) + pending < lines[part]["quantity"]:
            return part
    return listing[-1]


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
