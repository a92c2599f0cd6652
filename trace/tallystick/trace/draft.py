"""The documents that a capture writes, while its events are judged one after the other.

item        <identifier>                     what it is now, see `items`
item-event  <identifier> <index>.<event>     one event in which it had a part
content     <parent>     <child>             what the parent contains now
made-of     <output>     <input>             and made-into <input> <output>, the other way round
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import NoReturn

from tallystick.identity import names, prefix_holder
from tallystick.ledger import Act, Change, Document, Json, Kind, State
from tallystick.trace.epcis.fields import identifier_fault, is_handle
from tallystick.trace.errors import CaptureRefused, MalformedEvent, UnregisteredItem
from tallystick.trace.sight import item_parties
from tallystick.trace.summary import Capture, EventSummary


def _own_name(name: str, _part: str, _doc: Document) -> list[str]:
    return [name]


kinds = (
    Kind(
        "item",
        {
            "item-by-custodian": lambda _name, _part, doc: [str(doc["custodian"])],
            "item-by-maker": lambda _name, _part, doc: (
                [str(doc["maker"])] if "maker" in doc else []
            ),
        },
    ),
    Kind("item-event", {"item-event-by-item": _own_name}, by_name=True),
    Kind("content", {"content-by-parent": _own_name}, by_name=True),
    Kind("made-of", {"made-of-by-output": _own_name}, by_name=True),
    Kind("made-into", {"made-into-by-input": _own_name}, by_name=True),
)


def event_part(index: int, number: int) -> str:
    """The part of an item-event: sorts in ledger order."""
    return f"{index:012d}.{number:04d}"


class Draft:
    """The state with this capture's changes over it; later events see what earlier ones did."""

    def __init__(self, state: State, act: Act[Capture], organisation: str) -> None:
        self.state = state
        self.act = act
        self.organisation = organisation
        self._groups: dict[tuple[str, str], dict[str, Document | None]] = {}
        self._holders: dict[str, str | None] = {}

    def get(self, kind: str, name: str, part: str = "") -> Document | None:
        changed = self._groups.get((kind, name))
        if changed is not None and part in changed:
            return changed[part]
        return self.state.get(kind, name, part)

    def group(self, kind: str, name: str) -> dict[str, Document]:
        merged: dict[str, Document | None] = dict(self.state.group(kind, name))
        merged.update(self._groups.get((kind, name), {}))
        return {part: doc for part, doc in sorted(merged.items()) if doc is not None}

    def put(self, kind: str, name: str, value: Document | None, part: str = "") -> None:
        self._groups.setdefault((kind, name), {})[part] = value

    def changes(self) -> list[Change]:
        """The effects, ordered by kind, name and part; removals of what never was are left out."""
        return [
            Change(kind, name, value, part)
            for (kind, name), parts in sorted(self._groups.items())
            for part, value in sorted(parts.items())
            if value is not None or self.state.get(kind, name, part) is not None
        ]

    def holder(self, identifier: str) -> str | None:
        """The organisation that holds the prefix of a handle registered here; None for foreign codes."""
        if not is_handle(identifier):
            return None
        prefix = names.split(identifier)[0]
        if prefix not in self._holders:
            self._holders[prefix] = prefix_holder(self.state, prefix)
        return self._holders[prefix]


@dataclass
class Scan:
    """One event of a capture under judgement."""

    draft: Draft
    number: int
    event: EventSummary
    known: set[str] = field(default_factory=set)

    @property
    def part(self) -> str:
        return event_part(self.draft.act.index, self.number)

    @property
    def when(self) -> str:
        """The event's time, but never later than ledger time: a claim about the future decides nothing."""
        return min(self.event.time, self.draft.act.time)

    def refuse(self, error: type[CaptureRefused], identifier: str, why: str = "") -> NoReturn:
        """Refuse the whole capture, naming event and identifier."""
        detail = f"event {self.number} (counted from 0), {identifier}"
        raise error(f"{detail}: {why}" if why else detail, event=self.number, identifier=identifier)

    def takes_part(self, identifier: str) -> bool:
        """Whether the author's organisation is a party of an item, and may hear what is not public."""
        doc = self.draft.state.get("item", identifier)
        parties = () if doc is None else item_parties(self.draft.state, identifier, doc)
        return self.draft.organisation in parties

    def check_identifier(self, identifier: str) -> None:
        """It is a handle or a URI; under a prefix registered here, its handle is registered too."""
        if identifier in self.known:
            return
        if (fault := identifier_fault(identifier)) is not None:
            self.refuse(MalformedEvent, identifier, fault)
        if self.draft.holder(identifier) is not None:
            registered = self.draft.state.get("handle", names.fold(identifier))
            if registered is None:
                self.refuse(UnregisteredItem, identifier)
            if registered.get("handle", identifier) != identifier:
                self.refuse(UnregisteredItem, identifier, f"spelled {registered['handle']}")
        self.known.add(identifier)

    def note(self, identifier: str, relation: str, **more: Json) -> None:
        """Write the item-event of one identifier."""
        event, act = self.event, self.draft.act
        value: dict[str, Json] = {
            "index": act.index,
            "event": self.number,
            "type": event.type,
            "time": event.time,
            "recorded": act.time,
            "party": self.draft.organisation,
            "author": act.author,
            "relation": relation,
            "step": event.biz_step,
            "disposition": event.disposition,
            "action": event.action,
            "read_point": event.read_point,
            "source": event.source,
            "destination": event.destination,
            **more,
        }
        present = {key: member for key, member in value.items() if member is not None}
        self.draft.put("item-event", identifier, present, self.part)


def twice(values: Iterable[str]) -> str | None:
    """A value that comes twice, or None."""
    seen: set[str] = set()
    for value in values:
        if value in seen:
            return value
        seen.add(value)
    return None


def without(doc: Mapping[str, Json], *keys: str) -> dict[str, Json]:
    return {key: value for key, value in doc.items() if key not in keys}
