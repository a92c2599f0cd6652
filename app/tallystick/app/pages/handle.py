"""What stands behind a handle beside its story as a thing: names, relations, the versions of its record."""

from __future__ import annotations

from dataclasses import dataclass

from tallystick.app.access import Reading
from tallystick.app.pages import words
from tallystick.identity import (
    History,
    Name,
    Record,
    Relation,
    history,
    names,
    names_for,
    names_of,
    prefix_holder,
    relations_for,
    relations_of,
)
from tallystick.ledger import View

versions_per_page = 20


@dataclass(frozen=True, slots=True)
class Related:
    """One relation as seen from the handle: what it is to the other."""

    words: str
    other: str
    since: int


@dataclass(frozen=True, slots=True)
class Behind:
    """`at`, `time`: as of which entry it is shown, None for now. `prefix`: one that is registered here."""

    at: int | None
    time: str | None
    names: tuple[Name, ...]
    relations: tuple[Related, ...]
    history: History
    newest: bool
    prefix: str | None


def behind(reading: Reading, record: Record, at: int | None, before: int | None) -> Behind:
    """As of an entry, with the page of its history below `before`."""
    view, reader, handle = reading.view, reading.reader, record.handle
    related = relations_for(reader, relations_of(view, handle, at=at))
    return Behind(
        at,
        None if at is None else reading.snapshot.row(at).time,
        names_for(reader, names_of(view, handle, at=at)),
        tuple(_related(one, handle) for one in related),
        history(reading.snapshot, reader, handle, before, versions_per_page),
        before is None,
        _prefix(view, handle),
    )


def _related(relation: Relation, handle: str) -> Related:
    forward, back = words.relations[relation.kind]
    mine = names.fold(relation.source) == names.fold(handle)
    return Related(forward if mine else back, relation.other(handle), relation.since)


def _prefix(view: View, handle: str) -> str | None:
    prefix, _, suffix = handle.partition("/")
    found = suffix if prefix.upper() == "0.NA" else prefix
    return found if prefix_holder(view, found) is not None else None
