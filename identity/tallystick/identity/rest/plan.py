"""What a request to write comes to: the entries to say, and the permissions they need. Nothing is written here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, cast

from pydantic import ValidationError

from tallystick.identity import names, records
from tallystick.identity.bodies import (
    CreateHandles,
    DeleteHandle,
    HandleRecord,
    HandleValue,
    RenewHandle,
    WriteHandle,
)
from tallystick.identity.pen import Said
from tallystick.identity.records import ValuesRefused
from tallystick.identity.rest.admins import Permission
from tallystick.identity.rest.errors import (
    HandleExists,
    HandleMissing,
    HandleNotFormed,
    RequestNotUnderstood,
    ValueExists,
    ValueInvalid,
    ValuesMissing,
)
from tallystick.identity.secret_values import SecretRefused
from tallystick.ledger import Body, View

Reason = Literal["mistake", "duplicate", "retired", "destroyed", "withdrawn"]
_group_types = ("HS_ADMIN", "HS_VLIST")


@dataclass(frozen=True, slots=True)
class Plan:
    """`said` None: everything is already as it is asked for. `created`: a record that was not there."""

    handle: str
    said: Said | None
    needs: Permission
    created: bool = False


def put(view: View, handle: str, values: Sequence[HandleValue], *, overwrite: bool) -> Plan:
    """The whole record: created, registered again, or replaced. Raises `HandleExists` or `ValueInvalid`."""
    row = records.find(view, handle)
    if row is None or "deleted" in row:
        return _create(handle, values, row)
    if not overwrite:
        raise HandleExists(handle, row["handle"])
    kept = {value.index for value in values}
    gone = [value["index"] for value in row["values"] if value["index"] not in kept]
    return _write(row, values, gone)


def put_values(
    view: View,
    handle: str,
    values: Sequence[HandleValue],
    indexes: Sequence[int] | None,
    *,
    overwrite: bool,
) -> Plan:
    """Some values of a record; `indexes` None: any. Raises `HandleMissing`, `ValueExists` or `ValueInvalid`."""
    row = _standing(view, handle)
    if indexes is not None and {value.index for value in values} != set(indexes):
        raise RequestNotUnderstood("the indexes in the address are not those in the body", handle)
    there = {value["index"] for value in row["values"]}
    if not overwrite and (again := there & {value.index for value in values}):
        raise ValueExists(f"index {min(again)}", row["handle"])
    return _write(row, values, [])


def delete_values(view: View, handle: str, indexes: Sequence[int]) -> Plan:
    """Raises `HandleMissing` or `ValuesMissing`."""
    row = _standing(view, handle)
    there = {value["index"] for value in row["values"]}
    gone = sorted(there & set(indexes))
    if not gone:
        raise ValuesMissing(", ".join(map(str, indexes)), row["handle"])
    return _write(row, (), gone)


def delete(view: View, handle: str, reason: Reason) -> Plan:
    """Raises `HandleMissing`."""
    row = _standing(view, handle)
    said = Said("identity.handle.delete/1", DeleteHandle(handle=row["handle"], reason=reason))
    return Plan(row["handle"], said, Permission.DELETE_HANDLE)


def _create(handle: str, values: Sequence[HandleValue], deleted: Mapping[str, Any] | None) -> Plan:
    spelled = handle if deleted is None else str(deleted["handle"])
    try:
        if deleted is None:
            record = HandleRecord(handle=spelled, values=tuple(values))
            said = Said("identity.handle.create/1", CreateHandles(handles=(record,)))
        else:
            body = RenewHandle(handle=spelled, values=tuple(values))
            said = Said("identity.handle.renew/1", body)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        raise HandleNotFormed(f"{handle}: {first['msg']}", handle) from None
    _stored(values)
    return Plan(spelled, said, Permission.ADD_HANDLE, created=True)


def _write(row: Mapping[str, Any], values: Sequence[HandleValue], gone: Sequence[int]) -> Plan:
    handle = str(row["handle"])
    before = {value["index"]: value for value in row["values"]}
    stored = _stored(values)
    changed = [value for value in values if _bare(before.get(value.index)) != stored[value.index]]
    needs = _needs(before, changed, gone)
    if not changed and not gone:
        return Plan(handle, None, needs)
    body: Body = WriteHandle(handle=handle, values=tuple(changed), remove=tuple(gone))
    return Plan(handle, Said("identity.handle.write/1", body), needs)


def _needs(
    before: Mapping[int, Mapping[str, Any]], changed: Iterable[HandleValue], gone: Iterable[int]
) -> Permission:
    """Who gives rights, by HS_ADMIN or a group of it, needs those for administrators."""
    needs = Permission(0)
    for value in changed:
        old = before.get(value.index)
        if old is None:
            admin, plain = Permission.ADD_ADMIN, Permission.ADD_VALUE
        else:
            admin, plain = Permission.MODIFY_ADMIN, Permission.MODIFY_VALUE
        types = (value.type, "" if old is None else old["type"])
        needs |= admin if _gives_rights(*types) else plain
    for index in gone:
        rights = _gives_rights(before[index]["type"])
        needs |= Permission.REMOVE_ADMIN if rights else Permission.REMOVE_VALUE
    return needs


def _gives_rights(*types: str) -> bool:
    return any(one in _group_types for one in types)


def _standing(view: View, handle: str) -> Mapping[str, Any]:
    row = records.find(view, handle)
    if row is None or "deleted" in row:
        raise HandleMissing(handle, handle)
    return row


def _stored(values: Sequence[HandleValue]) -> dict[int, dict[str, Any]]:
    """As the record would keep them. Raises `ValueInvalid`."""
    try:
        kept = records.stored(values, "")
    except (ValuesRefused, SecretRefused) as error:
        raise ValueInvalid(error.diagnosis()) from None
    return {cast(int, value["index"]): _bare(value) for value in kept}


def _bare(value: Mapping[str, Any] | None) -> dict[str, Any]:
    """A value without its time, for comparing."""
    return {name: told for name, told in (value or {}).items() if name != "time"}


def minted(handle: str, random: str) -> str:
    """A new handle from one that ends in `/`, or in the beginning of a suffix. Raises `HandleNotFormed`."""
    prefix, slash, beginning = handle.partition("/")
    if not prefix or not slash:
        raise HandleNotFormed(handle, handle)
    names.split(f"{prefix}/{beginning}{random}")
    return f"{prefix}/{beginning}{random}"
