"""Handle records as readers get them: registered values, and the keys that identity itself keeps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from tallystick.identity import names
from tallystick.ledger import Reader, View

prefix_record = "0.NA/"
key_ttl_s = 86_400


@dataclass(frozen=True, slots=True)
class Value:
    """One typed, indexed value of a handle record (RFC 3651 §3)."""

    index: int
    type: str
    format: str
    value: Any
    ttl: int
    timestamp: str | None
    public: bool


@dataclass(frozen=True, slots=True)
class Record:
    handle: str
    owner: str | None
    values: tuple[Value, ...]


def values_for(reader: Reader, record: Record) -> tuple[Value, ...]:
    """What a reader may see of a record: public values, and the rest if it is its owner's."""
    return tuple(
        value
        for value in record.values
        if reader.may_read("public" if value.public else "parties", (record.owner,))
    )


def resolve(view: View, handle: str) -> Record | None:
    """The record under a handle, compared without regard to ASCII case; None if there is none."""
    if handle.upper().startswith(prefix_record):
        return _prefix(view, handle)
    found = cast(Mapping[str, Any] | None, view.get("handle", names.fold(handle)))
    if found is not None:
        values = [_stored(value) for value in found["values"]]
        device = _party(view, found["handle"])
        taken = {value.index for value in values}
        facts = [value for value in device.values if value.index not in taken] if device else []
        ordered = sorted((*values, *facts), key=lambda value: value.index)
        return Record(found["handle"], found["owner"], tuple(ordered))
    return _party(view, handle)


def _stored(value: Mapping[str, Any]) -> Value:
    return Value(
        value["index"],
        value["type"],
        "string",
        value["data"],
        value["ttl"],
        value["time"],
        value["public"],
    )


def _prefix(view: View, handle: str) -> Record | None:
    prefix = handle.partition("/")[2]
    found = cast(Mapping[str, Any] | None, view.get("prefix", prefix))
    if found is None:
        return None
    values = (
        Value(1, "TALLYSTICK.HOLDER", "string", found["holder"], key_ttl_s, None, True),
        Value(2, "TALLYSTICK.ROLE", "string", found["role"], key_ttl_s, None, True),
    )
    return Record(f"{prefix_record}{prefix}", found["holder"], values)


def _party(view: View, handle: str) -> Record | None:
    """Organisations, persons and devices resolve to their public facts and keys."""
    party = cast(Mapping[str, Any] | None, view.get("party", names.fold(handle)))
    handle = party["handle"] if party else handle
    for kind in ("organisation", "person", "device"):
        found = cast(Mapping[str, Any] | None, view.get(kind, handle))
        if found is None:
            continue
        facts = {
            name: value
            for name, value in found.items()
            if name
            in ("name", "scheme", "number", "country", "verified", "organisation", "purpose")
        }
        told_by = found.get("placeholder_of")
        kind_type, public = f"TALLYSTICK.{kind.upper()}", told_by is None
        values = [Value(1, kind_type, "json", facts, key_ttl_s, None, public)]
        for index, key in view.group("key", handle).items():
            shown = {**cast(Mapping[str, Any], key)}
            values.append(Value(int(index), "HS_PUBKEY", "key", shown, key_ttl_s, None, True))
        return Record(handle, told_by or found.get("organisation", handle), tuple(values))
    return None
