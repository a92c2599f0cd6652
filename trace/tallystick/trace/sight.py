"""Of what the parties of an item and of an event are, and the public names that everybody sees.

Public is the step, the date, the place's public name and the organisation's public name (product.md,
"consumer"). All else is for the parties and for auditors, which `ledger.Reader` decides: an event's are its
author's organisation, its source and destination and the holder of the item's prefix; an item's are its
maker, its custodian, who it was shipped to, and that holder.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, cast

from tallystick.identity import is_public, names, prefix_holder
from tallystick.ledger import Document, State, Thing
from tallystick.trace.epcis.fields import identifier_fault, is_handle

#: The entry type, without version, by which everything known of an item came about.
capture_type = "trace.capture"
#: Handle value types whose data is a public name, by language.
name_types: Mapping[str, str] = {"NAME.EN": "en", "NAME.ZH": "zh", "NAME": "en"}


def item_parties(state: State, identifier: str, doc: Document) -> Iterator[object]:
    """Who may read what is not public of an item."""
    yield from (doc.get("maker"), doc.get("custodian"), doc.get("destination"))
    yield holder(state, identifier)


def item_thing(identifier: str, doc: Document) -> Thing:
    """An item as those who share it name it, and who captured what is known of it."""
    by = dict.fromkeys(str(doc[one]) for one in ("maker", "custodian") if doc.get(one))
    return Thing("items", identifier, said=tuple((capture_type, one) for one in by))


def event_thing(identifier: str, doc: Document) -> Thing:
    """An event of an item, and who captured it."""
    party = doc.get("party")
    return Thing("items", identifier, said=((capture_type, str(party)),) if party else ())


def event_parties(state: State, identifier: str, doc: Document) -> Iterator[object]:
    """Who may read what is not public of an event in the life of an item."""
    yield from (doc.get("party"), doc.get("source"), doc.get("destination"))
    yield holder(state, identifier)


def holder(state: State, identifier: str) -> str | None:
    """The organisation that holds the prefix of a handle registered here."""
    if not is_handle(identifier) or identifier_fault(identifier):
        return None
    return prefix_holder(state, names.split(identifier)[0])


def organisation_name(state: State, handle: object) -> Mapping[str, str]:
    """The public name by language; empty for an organisation not registered here."""
    found = state.get("organisation", handle) if isinstance(handle, str) else None
    return {} if found is None else cast(Mapping[str, str], found["name"])


def place_name(state: State, identifier: object) -> Mapping[str, str]:
    """What the record of a place's handle calls it publicly; empty where it says nothing."""
    if not isinstance(identifier, str) or not is_handle(identifier):
        return {}
    found = cast(Mapping[str, Any] | None, state.get("handle", names.fold(identifier)))
    values = () if found is None else found.get("values", ())
    return {
        name_types[value["type"]]: value["data"]
        for value in values
        if value.get("type") in name_types and is_public(value)
    }
