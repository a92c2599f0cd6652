"""From what a source asks for to entries, so that asking again adds nothing.

Operations are gathered into steps, one entry each; where a step ends depends on the source alone. The id of its
entry follows from author and body (and how often the body stood before), so a step that is in the log is known
without looking at records. Of the others, what is there already as it should be is left out, and what stands
against it is a fault.
"""

from __future__ import annotations

import hashlib
import uuid
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, cast

from tallystick.identity import records
from tallystick.identity.bodies import (
    CreateHandles,
    DeleteHandle,
    HandleRecord,
    HandleValue,
    WriteHandle,
)
from tallystick.identity.exchange.errors import Fault
from tallystick.identity.exchange.operations import Item, Operation, merged
from tallystick.identity.pen import Said
from tallystick.identity.templates import PublishTemplate, checks, digest_of, find, versions_of
from tallystick.ledger import Body, RuleError, State

creates_per_step_max = 200
#: Of the 1 MiB that a body may have; a record has at most 64 × 4096 characters of up to 4 bytes.
step_bytes_max = 400_000


@dataclass(frozen=True, slots=True)
class Step:
    """One entry and the operations that it does."""

    operations: tuple[Operation, ...]
    said: Said

    @property
    def line(self) -> int:
        return self.operations[0].line


@dataclass(slots=True)
class Gathering:
    """Makes steps of operations, in their order."""

    author: str
    reason: str
    _times: Counter[bytes] = field(default_factory=Counter)
    _held: list[Operation] = field(default_factory=list)
    _bytes: int = 0

    def steps(self, items: Iterable[Item]) -> Iterator[Step]:
        """Of what is no fault."""
        for item in merged(items):
            if isinstance(item, Fault):
                continue
            if item.verb != "create":
                yield from self._close()
                yield self.step((item,))
                continue
            size = _size(item)
            if len(self._held) == creates_per_step_max or self._bytes + size > step_bytes_max:
                yield from self._close()
            self._held.append(item)
            self._bytes += size
        yield from self._close()

    def step(self, operations: tuple[Operation, ...]) -> Step:
        entry_type, body = said_of(operations, self.reason)
        return Step(operations, Said(entry_type, body, self._id(entry_type, body)))

    def _close(self) -> Iterator[Step]:
        if self._held:
            held, self._held, self._bytes = tuple(self._held), [], 0
            yield self.step(held)

    def _id(self, entry_type: str, body: Body) -> str:
        told = b"\0".join((self.author.encode(), entry_type.encode(), body.encode()))
        digest = hashlib.sha256(told).digest()
        self._times[digest] += 1
        again = self._times[digest].to_bytes(8, "big")
        return derived_id(hashlib.sha256(digest + again).digest())


def derived_id(digest: bytes) -> str:
    """A UUID in the layout of version 7 (RFC 9562 §5.7) whose time is 0: it says nothing of when."""
    value = int.from_bytes(digest[:10], "big")
    value = value & ~(0xF << 76) | 0x7 << 76
    return str(uuid.UUID(int=value & ~(0x3 << 62) | 0x2 << 62))


def said_of(operations: tuple[Operation, ...], reason: str) -> tuple[str, Body]:
    """Entry type and body; several operations are all creations."""
    first = operations[0]
    if first.verb == "create":
        created = [
            HandleRecord(handle=one.handle, values=one.values, template=one.template)
            for one in operations
        ]
        return "identity.handle.create/1", CreateHandles(handles=tuple(created))
    if first.publish is not None:
        return "identity.template/1", first.publish
    if first.verb == "delete":
        gone = DeleteHandle.model_validate({"handle": first.handle, "reason": reason})
        return "identity.handle.delete/1", gone
    body = WriteHandle(handle=first.handle, values=first.values, remove=first.indexes)
    return "identity.handle.write/1", body


@dataclass(frozen=True, slots=True)
class Sorted:
    """A step held against the log: what is still to do, what is there, what cannot be done."""

    todo: Step | None
    there: int
    faults: tuple[Fault, ...] = ()


def sort_out(step: Step, view: State, gathering: Gathering) -> Sorted:
    """What of a step that is not in the log is to be done on the state that `view` shows."""
    if step.said.type != "identity.handle.create/1":
        return _single(step, view)
    todo: list[Operation] = []
    faults: list[Fault] = []
    for operation in step.operations:
        row = records.find(view, operation.handle)
        if row is None:
            todo.append(operation)
        elif not _says(view, row, operation):
            faults.append(_fault(operation, _why(row)))
    there = len(step.operations) - len(todo) - len(faults)
    if faults:
        return Sorted(None, there, tuple(faults))
    if len(todo) == len(step.operations):
        return Sorted(step, 0)
    return Sorted(gathering.step(tuple(todo)) if todo else None, there)


def _single(step: Step, view: State) -> Sorted:
    (operation,) = step.operations
    if operation.publish is not None:
        return _publication(step, operation, operation.publish, view)
    row = records.find(view, operation.handle)
    if operation.verb == "delete":
        if row is not None and "deleted" in row:
            return Sorted(None, 1)
        return Sorted(step, 0) if row else _refused(operation, "there is no such record")
    if row is None or "deleted" in row:
        return _refused(operation, "there is no such record")
    held = {value["index"]: value for value in row["values"]}
    return _written(step, operation, row, held, view)


def _written(
    step: Step,
    operation: Operation,
    row: Mapping[str, Any],
    held: Mapping[int, Mapping[str, Any]],
    view: State,
) -> Sorted:
    if operation.verb == "remove":
        missing = [index for index in operation.indexes if index not in held]
        if len(missing) == len(operation.indexes):
            return Sorted(None, 1)
        if missing:
            return _refused(operation, f"it has no value {missing[0]} to remove")
        return Sorted(step, 0)
    wanted = {value.index: value for value in _fitted(view, row.get("template"), operation.values)}
    if all(index in held and _same(held[index], value) for index, value in wanted.items()):
        return Sorted(None, 1)
    for index in wanted:
        if operation.verb == "add" and index in held:
            return _refused(operation, f"it has a value {index} already; MODIFY changes it")
        if operation.verb == "modify" and index not in held:
            return _refused(operation, f"it has no value {index} to modify; ADD adds it")
    return Sorted(step, 0)


def _publication(step: Step, operation: Operation, body: PublishTemplate, view: State) -> Sorted:
    known = {row["version"]: row for row in versions_of(view, body.template)}
    if body.version not in known:
        return Sorted(step, 0)
    fields = [one.model_dump(mode="json", exclude_defaults=True) for one in body.fields]
    if known[body.version]["digest"] == digest_of(fields):
        return Sorted(None, 1)
    return _refused(operation, f"version {body.version} is published with other fields")


def _says(view: State, row: Mapping[str, Any], operation: Operation) -> bool:
    """Whether the record that is there is the one that is to be created."""
    if "deleted" in row or row["handle"] != operation.handle:
        return False
    if row.get("template") != operation.template:
        return False
    held = {value["index"]: value for value in row["values"]}
    wanted = {value.index: value for value in _fitted(view, operation.template, operation.values)}
    return held.keys() == wanted.keys() and all(_same(held[i], wanted[i]) for i in wanted)


def _fitted(
    view: State, template: object, values: tuple[HandleValue, ...]
) -> Iterable[HandleValue]:
    """The values as the template makes them; as they are if there is none, or they do not fit."""
    if template is None:
        return values
    try:
        return checks.fitted(find(view, cast(str, template)), values)
    except RuleError:
        return values


def _same(held: Mapping[str, Any], wanted: HandleValue) -> bool:
    return {name: held[name] for name in held if name != "time"} == records.usual(wanted)


def _why(row: Mapping[str, Any]) -> str:
    if "deleted" in row:
        return "it was deleted; its prefix's holder may renew it"
    return f"there is another record under this handle ({row['handle']})"


def _refused(operation: Operation, reason: str) -> Sorted:
    return Sorted(None, 0, (_fault(operation, reason),))


def _fault(operation: Operation, reason: str) -> Fault:
    return Fault(operation.line, operation.handle, reason)


def _size(operation: Operation) -> int:
    texts = (value.data for value in operation.values)
    return len(operation.handle) + sum(4 * len(text) + 300 for text in texts) + 100
