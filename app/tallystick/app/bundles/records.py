"""Statements about a handle's record as of an entry, from the entries that wrote it alone.

The head of the record lists all of them. What an entry says is taken from its body, or from the fields of it
that are shown; an entry of which neither is here, or only a part, may have changed what came before it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from tallystick.app.bundles.entries import time_of
from tallystick.app.bundles.facts import Facts, handle_head
from tallystick.app.bundles.statements import Statement, authentic, note, proven
from tallystick.identity import (
    CreateHandles,
    DeleteHandle,
    HandleRecord,
    RenewHandle,
    WriteHandle,
    names,
    resolve,
    values_for,
)
from tallystick.ledger import Reader, View
from tallystick.ledger.bundle import HeldEntry, Request, errors, fields_of

create_type, write_type = "identity.handle.create/1", "identity.handle.write/1"
delete_type, renew_type = "identity.handle.delete/1", "identity.handle.renew/1"
_types = frozenset((create_type, write_type, delete_type, renew_type))
#: What touches the head of a record and never its values.
_beside = frozenset(
    (
        "identity.name.claim/1",
        "identity.name.release/1",
        "identity.name.contest/1",
        "identity.name.settle/1",
        "identity.relation.add/1",
        "identity.relation.remove/1",
        "identity.content.register/1",
    )
)
_number = "(0|[1-9][0-9]{0,5})"
_listed = re.compile(f"(/handles/{_number})/handle")
_position = re.compile(f"/values/{_number}/index")
_removed = re.compile(f"/remove/{_number}")
#: Of a value that is shown without the others of its entry.
members_shown = ("index", "type", "data", "format")
Flat = Mapping[str, object]


def about_record(facts: Facts, asked: Request) -> Iterator[Statement]:
    handle, index = asked.text("handle"), asked.number("index")
    if index > facts.end:
        raise errors.BundleEntryMissing(f"entry {index}, behind the checkpoint")
    head = facts.claimed_head(handle_head, names.fold(handle))
    touched = [facts.entry(one) for one in head.indexes]
    wrote = [held for held in touched if held.entry.type not in _beside]
    then = [held for held in wrote if held.index <= index]
    if then:
        yield from _Record(facts, handle).statements(then, index)
    else:
        yield proven("record.absent", handle=handle, index=index)
    beside = sum(held.index <= index for held in touched) - len(then)
    if beside:
        yield note("record.beside", handle=handle, entries=beside)
    later = wrote[len(then) :]
    if later:
        yield proven("record.newer", handle=handle, count=len(later), next=later[0].index)
    else:
        yield proven("record.newest", handle=handle, size=facts.end)


@dataclass(frozen=True, slots=True)
class _Value:
    type: str
    data: str
    written: int


@dataclass
class _Record:
    """The record while its entries are read one after the other."""

    facts: Facts
    handle: str
    values: dict[int, _Value] = field(default_factory=dict)
    hidden: list[int] = field(default_factory=list)
    deleted: str | None = None

    def statements(self, then: Sequence[HeldEntry], index: int) -> Iterator[Statement]:
        for held in then:
            self._take(held)
        newest = then[-1]
        yield proven(
            "record",
            handle=self.handle,
            index=index,
            version=len(then),
            since=newest.index,
            author=newest.entry.author,
        )
        for one in sorted({newest.index, index}):
            yield time_of(self.facts, one)
        yield from self._content()

    def _content(self) -> Iterator[Statement]:
        if self.deleted is not None:
            yield proven("record.deleted", handle=self.handle, reason=self.deleted)
        last = self.hidden[-1] if self.hidden else -1
        for number in sorted(self.values):
            value = self.values[number]
            yield (proven if value.written >= last else authentic)(
                "record.value",
                value=number,
                type=value.type,
                data=value.data,
                written=value.written,
            )
        if self.hidden:
            yield authentic("record.hidden", handle=self.handle, entries=len(self.hidden))
        else:
            yield proven("record.whole", handle=self.handle, count=len(self.values))

    def _take(self, held: HeldEntry) -> None:
        if held.entry.type in _types - {write_type}:
            self.values, self.hidden, self.deleted = {}, [], None
        if held.entry.type in _types and held.body is not None:
            self._set_whole(held)
            return
        self.hidden.append(held.index)
        if held.entry.type in _types and held.shown is not None:
            self._set_shown(held, {one.pointer: one.value for one in held.shown.fields})

    def _set_whole(self, held: HeldEntry) -> None:
        said = self._said(held)
        if said is None:
            raise errors.StatementRefused(f"entry {held.index} does not write {self.handle}")
        if isinstance(said, DeleteHandle):
            self.deleted = said.reason
            return
        if isinstance(said, WriteHandle):
            for number in said.remove:
                self.values.pop(number, None)
        for value in said.values:
            self.values[value.index] = _Value(value.type, value.data, held.index)

    def _said(
        self, held: HeldEntry
    ) -> HandleRecord | WriteHandle | DeleteHandle | RenewHandle | None:
        """What a whole body says of this record."""
        created = self.facts.body(held, create_type, CreateHandles)
        found = (
            *(created.handles if created else ()),
            self.facts.body(held, write_type, WriteHandle),
            self.facts.body(held, delete_type, DeleteHandle),
            self.facts.body(held, renew_type, RenewHandle),
        )
        mine = names.fold(self.handle)
        return next((one for one in found if one and names.fold(one.handle) == mine), None)

    def _set_shown(self, held: HeldEntry, flat: Flat) -> None:
        for place in places(flat, self.handle):
            for _, number in removed(flat, place):
                self.values.pop(number, None)
            for start, number in positions(flat, place):
                kind, data = flat.get(f"{start}/type"), flat.get(f"{start}/data")
                if isinstance(kind, str) and isinstance(data, str):
                    self.values[number] = _Value(kind, data, held.index)


def places(flat: Flat, handle: str) -> Iterator[str]:
    """Pointers of the parts of a body that are about this handle, and say so."""
    for pointer, value in flat.items():
        found = _listed.fullmatch(pointer)
        place = "" if pointer == "/handle" else found[1] if found else None
        if place is not None and isinstance(value, str) and names.fold(value) == names.fold(handle):
            yield place


def positions(flat: Flat, place: str) -> Iterator[tuple[str, int]]:
    """(pointer, index) of each value below a place of which the index is there."""
    for pointer, value in flat.items():
        if (
            pointer.startswith(place)
            and _position.fullmatch(pointer, len(place))
            and _is_int(value)
        ):
            yield pointer.removesuffix("/index"), int(str(value))


def removed(flat: Flat, place: str) -> Iterator[tuple[str, int]]:
    """(pointer, index) of each value that is removed."""
    for pointer, value in flat.items():
        if pointer.startswith(place) and _removed.fullmatch(pointer, len(place)) and _is_int(value):
            yield pointer, int(str(value))


def pointers_for(reader: Reader, view: View, handle: str, index: int, body: bytes) -> list[str]:
    """What a reader may see of an entry that wrote the record: values that are meant for it, and their going."""
    flat = fields_of(body)
    after, before = (
        _readable(reader, view, handle, index),
        _readable(reader, view, handle, index - 1),
    )
    found: list[str] = []
    for place in places(flat, handle):
        found += [pointer for pointer, number in removed(flat, place) if number in before]
        for start, number in positions(flat, place):
            if number in after:
                found += [f"{start}/{member}" for member in members_shown]
        if found:
            found.append(f"{place}/handle")
    return [pointer for pointer in found if pointer in flat]


def _readable(reader: Reader, view: View, handle: str, index: int) -> set[int]:
    record = resolve(view, handle, index)
    return {value.index for value in values_for(reader, record)} if record else set()


def _is_int(value: object) -> bool:
    return type(value) is int
