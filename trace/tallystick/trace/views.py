"""What a reader sees of an item: its state, its history, what it contains, the consumer's journey.

Functions over a `View`, for one item at a time: they follow indexes and read what they show, so their
cost grows with the answer and not with the ledger.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, cast

from tallystick.identity import devices
from tallystick.ledger import Document, Json, Reader, View, auditor_reader
from tallystick.trace.errors import UnknownItem
from tallystick.trace.packing import nesting_max
from tallystick.trace.sight import (
    event_parties,
    event_thing,
    item_parties,
    item_thing,
    organisation_name,
    place_name,
)
from tallystick.trace.summary import capture_events_max

page_max = 1000
journey_events_max = 2000


@dataclass(frozen=True, slots=True)
class Item:
    """An item as it is now. Contained in something, it is where and with whom its container is.

    `containers` are nearest first; `private` is None for who sees public fields only.
    """

    identifier: str
    kind: str
    status: str
    step: str | None
    date: str
    holder_name: Mapping[str, str]
    maker_name: Mapping[str, str]
    place_name: Mapping[str, str]
    containers: tuple[str, ...]
    private: Mapping[str, Json] | None


@dataclass(frozen=True, slots=True)
class Step:
    """One event in the life of an item, or of what it was packed in (`inherited`).

    `cursor` continues a history after it. `count` > 1 and `until` stand for repeats folded into one. `mark`: what to
    say beside a reading of a device that was not calibrated then.
    """

    cursor: str
    step: str | None
    relation: str
    date: str
    party_name: Mapping[str, str]
    place_name: Mapping[str, str]
    disposition: str | None = None
    inherited: bool = False
    count: int = 1
    until: str | None = None
    private: Mapping[str, Json] | None = None
    mark: devices.Calibrated | None = None


@dataclass(frozen=True, slots=True)
class Journey:
    """Steps in order of their own time; `complete` is False when a bound cut it off."""

    steps: tuple[Step, ...]
    complete: bool


def item(view: View, identifier: str, reader: Reader = auditor_reader) -> Item:
    """The item now; raises `UnknownItem`."""
    doc = _known(view, identifier)
    chain = containers(view, identifier)
    outer = view.get("item", chain[-1]) if chain else None
    # What ended stays ended; all else is as its outermost container is.
    around = outer if outer is not None and doc["status"] in _alive else doc
    parties = (
        *item_parties(view, identifier, doc),
        *item_parties(view, identifier, around),
    )
    sees = reader.may_read("parties", parties, thing=item_thing(identifier, doc))
    return Item(
        identifier=identifier,
        kind=str(doc["kind"]),
        status=str(around["status"] if around["status"] in _alive else doc["status"]),
        step=cast(str | None, doc.get("step")),
        date=str(doc["time"])[:10],
        holder_name=organisation_name(view, around["custodian"]),
        maker_name=organisation_name(view, doc.get("maker")),
        place_name=place_name(view, around.get("place")),
        containers=tuple(chain) if sees else (),
        private={**doc, "custodian": around["custodian"]} if sees else None,
    )


def history(
    view: View, identifier: str, after: str = "", limit: int = 100, reader: Reader = auditor_reader
) -> tuple[Step, ...]:
    """Its own events in ledger order, after a cursor."""
    _known(view, identifier)
    found = _events(view, identifier, after, min(max(limit, 1), page_max))
    return tuple(_step(view, identifier, part, doc, reader) for part, doc in found)


def containers(view: View, identifier: str) -> list[str]:
    """What the item is in now, nearest first."""
    chain: list[str] = []
    doc = view.get("item", identifier)
    while doc is not None and "parent" in doc and len(chain) <= nesting_max:
        chain.append(cast(str, doc["parent"]))
        doc = view.get("item", chain[-1])
    return chain


def journey(
    view: View, identifier: str, reader: Reader = auditor_reader, *, limit: int = journey_events_max
) -> Journey:
    """The item's events and, while it was packed, those of what it was packed in; repeats folded."""
    _known(view, identifier)
    walk = _Walk(view, limit)
    walk.follow(identifier, "", _end_of_time, 0)
    ordered = sorted(walk.found, key=lambda found: (str(found[2]["time"]), found[1]))
    steps = (
        _step(view, name, part, doc, reader, inherited=name != identifier)
        for name, part, doc in ordered
    )
    return Journey(tuple(_folded(steps)), walk.complete)


_alive = frozenset(("active", "in_transit", "sold"))
_end_of_time = "~"


class _Walk:
    """Collects events of an item and of its containers, each within the time it was in them."""

    def __init__(self, view: View, limit: int) -> None:
        self._view = view
        self._left = limit
        self._seen: set[tuple[str, str]] = set()
        self.found: list[tuple[str, str, Document]] = []
        self.complete = True

    def follow(self, name: str, start: str, end: str, depth: int) -> None:
        """Take the events of `name` between two event times, then those around it."""
        inside: dict[str, str] = {}
        stays: list[tuple[str, str, str]] = []
        for part, doc in self._take(name):
            time, parent = str(doc["time"]), doc.get("parent")
            if doc["type"] == "AggregationEvent" and doc["relation"] == "child" and parent:
                if doc.get("action") == "ADD":
                    inside.setdefault(str(parent), time)
                elif doc.get("action") == "DELETE" and str(parent) in inside:
                    stays.append((str(parent), inside.pop(str(parent)), time))
            shown = depth == 0 or (start <= time <= end and doc["relation"] != "parent")
            if shown and (name, part) not in self._seen:
                self._seen.add((name, part))
                self.found.append((name, part, doc))
        stays += [(parent, since, _end_of_time) for parent, since in inside.items()]
        for parent, since, until in stays:
            if max(since, start) <= min(until, end) and depth < nesting_max:
                self.follow(parent, max(since, start), min(until, end), depth + 1)

    def _take(self, name: str) -> Iterator[tuple[str, Document]]:
        for part, doc in _all_events(self._view, name):
            if self._left <= 0:
                self.complete = False
                return
            self._left -= 1
            yield part, doc


def _known(view: View, identifier: str) -> Document:
    doc = view.get("item", identifier)
    if doc is None:
        raise UnknownItem(identifier)
    return doc


def _events(view: View, name: str, after: str, limit: int) -> list[tuple[str, Document]]:
    found = view.find("item-event-by-item", name, after=(name, after), limit=limit)
    return [(row.part, row.value) for row in found]


def _all_events(view: View, name: str) -> Iterator[tuple[str, Document]]:
    after = ""
    while page := _events(view, name, after, capture_events_max):
        yield from page
        after = page[-1][0]


def _step(
    view: View, name: str, part: str, doc: Document, reader: Reader, *, inherited: bool = False
) -> Step:
    sees = reader.may_read("parties", event_parties(view, name, doc), thing=event_thing(name, doc))
    row = cast(Mapping[str, Any], doc)
    return Step(
        cursor=part,
        step=row.get("step"),
        relation=row["relation"],
        date=row["time"] if sees else row["time"][:10],
        party_name=organisation_name(view, row["party"]),
        place_name=place_name(view, row.get("read_point")),
        disposition=row.get("disposition"),
        inherited=inherited,
        private=doc if sees else None,
        mark=devices.reading_mark(
            view, row["author"], row.get("step"), int(part.partition(".")[0]), row["time"]
        ),
    )


def _folded(steps: Iterable[Step]) -> Iterator[Step]:
    """Neighbours alike in step, place and party become one with a count."""
    last: Step | None = None
    for step in steps:
        if last is not None and _alike(last) == _alike(step):
            last = Step(**{**_fields(last), "count": last.count + 1, "until": step.date})
            continue
        if last is not None:
            yield last
        last = step
    if last is not None:
        yield last


def _alike(step: Step) -> tuple[object, ...]:
    return (
        step.step,
        step.relation,
        step.inherited,
        step.disposition,
        step.mark,
        tuple(step.party_name.items()),
        tuple(step.place_name.items()),
        None if step.private is None else step.private.get("read_point"),
    )


def _fields(step: Step) -> dict[str, Any]:
    return {name: getattr(step, name) for name in Step.__slots__}
