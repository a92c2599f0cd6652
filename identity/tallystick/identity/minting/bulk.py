"""Registering many handles at once: rows in, a result for each in order, few signed entries.

A row is {"key", "handle" or "prefix", "values"}. `key` is the client's own: with a prefix the node mints the
suffix from it, always the same one, so that a repeated row gives the same handle. Up to 500 rows go into one
entry, whose id follows from their keys. Whatever was registered before with the same values is answered as a
duplicate, however the rows are cut this time; so a call that broke off is simply repeated.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any

import orjson
from pydantic import Field, ValidationError

from tallystick.identity import directory, names, records
from tallystick.identity.bodies import (
    CreateHandles,
    HandleRecord,
    HandleValue,
    handles_per_entry_max,
    values_per_handle_max,
)
from tallystick.identity.directory import AlreadyRegistered, NotEntitled
from tallystick.identity.minting import serials
from tallystick.identity.minting.issuing import Look
from tallystick.identity.pen import Pen, Said
from tallystick.ledger import (
    Answer,
    Body,
    Handle,
    InvariantError,
    Prefix,
    TallystickError,
    View,
    body_bytes_max,
    new_id,
)

create_type = "identity.handle.create/1"
rows_per_write_max = 8 * handles_per_entry_max
row_bytes_max = 256 * 1024
#: A body of several rows stays below the limit, whatever the other members take.
entry_bytes_max = body_bytes_max // 2


class RowRefused(TallystickError):
    code = "row-refused"
    status = 422
    title = "This row is not in its form"
    advice = 'A row is {"key", "handle" or "prefix", "values": [{"index", "type", "data"}, …]} on one line.'


class Row(Body):
    """`prefix`: the node mints the suffix."""

    key: Annotated[str, Field(min_length=1, max_length=100)]
    handle: Handle | None = None
    prefix: Prefix | None = None
    values: Annotated[tuple[HandleValue, ...], Field(max_length=values_per_handle_max)] = ()


@dataclass(frozen=True, slots=True)
class Wanted:
    """A row that can be written. `number` counts from 0 in the call; `size` in bytes."""

    number: int
    key: str
    record: HandleRecord
    size: int


Told = dict[str, Any]


@dataclass
class Bulk:
    """One call. `secret` makes suffixes from keys: nobody else can tell them in advance."""

    pen: Pen
    look: Look
    secret: bytes
    _count: int = 0
    _told: dict[int, Told] = field(default_factory=dict)

    def take(self, lines: Sequence[bytes]) -> list[Told]:
        """A result for each line, in order; what is registered is durable when this returns."""
        numbers = range(self._count, self._count + len(lines))
        self._count += len(lines)
        self._told = {}
        waiting = [
            row
            for number, line in zip(numbers, lines, strict=True)
            if (row := self._read(number, line)) is not None
        ]
        while waiting:
            now, waiting = _first_of_each(waiting)
            self._write(now)
        return [self._told[number] for number in numbers]

    def _read(self, number: int, line: bytes) -> Wanted | None:
        try:
            row = _parse(line)
            handle = row.handle or f"{row.prefix}/{self._suffix(str(row.prefix), row.key)}"
            names.split(handle)
            return Wanted(
                number, row.key, HandleRecord(handle=handle, values=row.values), len(line)
            )
        except TallystickError as error:
            self._told[number] = {"row": number, **_refused(error)}
            return None

    def _suffix(self, prefix: str, key: str) -> str:
        told = f"{self.pen.organisation}\n{prefix}\n{key}".encode()
        digest = hmac.digest(self.secret, told, "sha256")
        return serials.new_suffix(lambda size: digest[:size])

    def _fresh(self, rows: Iterable[Wanted]) -> Iterator[Wanted]:
        """Those that are not registered yet; of the others says so."""
        with self.look() as view:
            for row in rows:
                try:
                    known = self._known(view, row)
                except TallystickError as error:
                    self._refuse(row, error)
                    continue
                if known is None:
                    yield row
                else:
                    self._accept(row, known, duplicate=True)

    def _known(self, view: View, row: Wanted) -> int | None:
        handle = row.record.handle
        if directory.prefix_holder(view, names.split(handle)[0]) != self.pen.organisation:
            raise NotEntitled(f"{self.pen.organisation} does not hold the prefix of {handle}")
        wanted, found = records.stored(row.record.values, ""), records.find(view, handle)
        if found is None:
            return None
        same = found["handle"] == handle and found["owner"] == self.pen.organisation
        if not same or "deleted" in found or _timeless(found["values"]) != _timeless(wanted):
            raise AlreadyRegistered(handle)
        return int(found["since"])

    def _write(self, rows: Sequence[Wanted]) -> None:
        """In as few entries as they fit. An entry that is refused is sent again without what its rows say is
        registered, and then halved until the row is found."""
        entries, looked = list(_entries(rows)), False
        while entries:
            said = [Said(create_type, _body(entry), self._id(entry)) for entry in entries]
            try:
                answers = self.pen.write(said)
            except TallystickError as error:
                for row in (row for entry in entries for row in entry):
                    self._refuse(row, error)
                return
            again: list[list[Wanted]] = []
            for entry, answer in zip(entries, answers, strict=True):
                if answer.accepted:
                    for row in entry:
                        self._accept(row, answer.index, duplicate=answer.duplicate)
                else:
                    again += self._smaller(entry, answer, looked=looked)
            entries, looked = again, True

    def _smaller(
        self, entry: list[Wanted], answer: Answer, *, looked: bool
    ) -> Iterator[list[Wanted]]:
        """What of a refused entry is sent again."""
        rest = entry if looked else list(self._fresh(entry))
        if rest and len(rest) < len(entry):
            yield rest
        elif len(rest) == 1:
            self._refuse(rest[0], _why(answer))
        elif rest:
            yield rest[: len(rest) // 2]
            yield rest[len(rest) // 2 :]

    def _id(self, entry: Sequence[Wanted]) -> str:
        """A UUIDv7 without a time, from author and keys: the same rows have the same id."""
        told = orjson.dumps([self.pen.author, *(row.key for row in entry)])
        return new_id(0, hashlib.sha256(told).digest())

    def _accept(self, row: Wanted, index: int, *, duplicate: bool) -> None:
        told: Told = {"outcome": "registered", "handle": row.record.handle, "index": index}
        self._tell(row, told | ({"duplicate": True} if duplicate else {}))

    def _refuse(self, row: Wanted, error: TallystickError) -> None:
        self._tell(row, _refused(error))

    def _tell(self, row: Wanted, told: Told) -> None:
        self._told[row.number] = {"row": row.number, "key": row.key, **told}


def _parse(line: bytes) -> Row:
    if len(line) > row_bytes_max:
        raise RowRefused(f"more than {row_bytes_max} bytes")
    try:
        row = Row.model_validate_json(line)
    except ValidationError as error:
        wrong = error.errors(include_url=False, include_input=False)[0]
        where = "/".join(str(step) for step in wrong["loc"]) or "row"
        raise RowRefused(f"{where}: {wrong['msg']}") from None
    if (row.handle is None) == (row.prefix is None):
        raise RowRefused("it names a handle, or a prefix under which one is minted")
    return row


def _first_of_each(rows: Sequence[Wanted]) -> tuple[list[Wanted], list[Wanted]]:
    """One row for each handle, and the others for later."""
    seen: set[str] = set()
    first, later = list[Wanted](), list[Wanted]()
    for row in rows:
        folded = names.fold(row.record.handle)
        (later if folded in seen else first).append(row)
        seen.add(folded)
    return first, later


def _entries(rows: Sequence[Wanted]) -> Iterator[list[Wanted]]:
    entry, size = list[Wanted](), 0
    for row in rows:
        if entry and (len(entry) >= handles_per_entry_max or size + row.size > entry_bytes_max):
            yield entry
            entry, size = [], 0
        entry.append(row)
        size += row.size
    if entry:
        yield entry


def _body(entry: Sequence[Wanted]) -> CreateHandles:
    return CreateHandles(handles=tuple(row.record for row in entry))


def _timeless(values: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    return [{name: one[name] for name in one if name != "time"} for one in values]


def _refused(error: TallystickError) -> Told:
    return {"outcome": "refused", "problem": error.problem()}


def _why(answer: Answer) -> TallystickError:
    return answer.problem or answer.refusal or InvariantError(f"{answer.id}: {answer.code}")
