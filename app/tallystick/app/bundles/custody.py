"""Statements about an item: the events that name it, as their devices signed them."""

from __future__ import annotations

from collections.abc import Iterator

from tallystick.app.bundles.facts import Facts
from tallystick.app.bundles.statements import Statement, authentic, proven
from tallystick.ledger.bundle import HeldEntry, Request, errors
from tallystick.trace import Capture, EventSummary

capture_type = "trace.capture/1"


def about_item(facts: Facts, asked: Request) -> Iterator[Statement]:
    item, count = asked.text("item"), 0
    for held in facts.shown():
        capture = facts.body(held, capture_type, Capture)
        for number, event in enumerate(() if capture is None else capture.events):
            relation = relation_to(event, item)
            if relation is not None:
                count += 1
                yield _event(facts, held, item, number, event, relation)
    if not count:
        raise errors.BundleEntryMissing(f"no event about {item}")
    yield authentic("custody.not-complete", item=item, count=count)


def relation_to(event: EventSummary, item: str) -> str | None:
    """How an event names an item, None if it does not."""
    if item in event.items or any(lot.lot == item for lot in event.lots):
        return "item"
    if item == event.parent:
        return "parent"
    if item in event.inputs or any(lot.lot == item for lot in event.input_lots):
        return "input"
    if item in event.outputs or any(lot.lot == item for lot in event.output_lots):
        return "output"
    return None


def _event(
    facts: Facts, held: HeldEntry, item: str, number: int, event: EventSummary, relation: str
) -> Statement:
    author = held.entry.author
    return (proven if facts.bundle.applied(held) else authentic)(
        "custody.event",
        item=item,
        index=held.index,
        event=number,
        time=event.time,
        type=event.type,
        step=event.biz_step,
        relation=relation,
        author=author,
        organisation=facts.organisation(author),
        to=event.destination,
    )
