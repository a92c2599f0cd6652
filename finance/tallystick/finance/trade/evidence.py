"""What speaks for a receipt: facts that the rule saw when it was made, never a score that somebody typed in.

    device      a device of the buyer signed the receiving event
    serials     every piece was scanned by its own serial, which counts once per sale
    place       the event says at which read point
    time        it lies between the despatch and the entry that reports it
    chain       the seller's device scanned the departure before, and the carrier's, if one is named, the goods
    inspection  a device of the buyer reported their inspection or acceptance
    statement   no device saw anything: both firms signed a statement of use
    document    only a document says so

`note_scan` notes departures, carriers and inspections on the despatch; the facts of a receipt are fixed when
it is made, except the inspection, which may come later and is read with the despatch.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from tallystick.finance.draft import Draft, Row
from tallystick.finance.parties import speaker
from tallystick.finance.trade.lines import signed
from tallystick.ledger import from_instant

if TYPE_CHECKING:
    from tallystick.ledger import Act
    from tallystick.trace import Capture, EventSummary

Fact = Literal["device", "serials", "place", "time", "chain", "inspection", "statement", "document"]
#: The facts of goods that were scanned, in the order in which pages name them.
scanned_facts: tuple[Fact, ...] = ("device", "serials", "place", "time", "chain", "inspection")
#: How far a device's clock may be ahead of ledger time.
skew_ms_max = 300_000
inspecting = frozenset({"accepting", "inspecting"})


def note_scan(
    draft: Draft, act: Act[Capture], event: EventSummary, despatch: str, step: str
) -> None:
    """What an event that is no receipt says of a despatch: departed, carried, inspected; each once."""
    head = draft.row("despatch", despatch)
    who = speaker(draft, act.author)
    if head is None or head["grade"] != signed or who.kind != "device":
        return
    noted = _noted(head, who.organisation, step)
    if noted and noted not in head:
        scan = {"event": event.digest, "time": event.time, "index": act.index, "device": act.author}
        fields: dict[str, Any] = {noted: scan}
        draft.amend("despatch", despatch, **fields)


def facts_of(head: Row, event: EventSummary, reported: str, *, serials: bool) -> list[Fact]:
    """Of a receiving event under a despatch; `reported` is the ledger time of the entry."""
    facts: list[Fact] = ["device"]
    if serials:
        facts.append("serials")
    if event.read_point is not None:
        facts.append("place")
    late_ms = from_instant(event.time) - from_instant(reported)
    if head["despatched_on"] <= event.time[:10] and late_ms <= skew_ms_max:
        facts.append("time")
    if _unbroken(head, event.time):
        facts.append("chain")
    return facts


def _noted(head: Row, organisation: str, step: str) -> str:
    if organisation == head["seller"]:
        return "departed" if step in ("shipping", "departing") else ""
    if organisation == head["buyer"]:
        return "inspected" if step in inspecting else ""
    return "carried" if organisation == head.get("carrier") else ""


def _unbroken(head: Row, time: str) -> bool:
    departed, carried = head.get("departed"), head.get("carried")
    if departed is None or departed["time"] > time:
        return False
    return head.get("carrier") is None or (carried is not None and carried["time"] <= time)
