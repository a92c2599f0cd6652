"""Handle records as readers get them: registered values, and the keys that identity itself keeps."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from tallystick.identity import names, records
from tallystick.identity.bodies import permissions_default, ttl_default_s
from tallystick.ledger import Reader, View

prefix_record = "0.NA/"
not_public = "1100"


@dataclass(frozen=True, slots=True)
class Value:
    """One typed, indexed value of a handle record (RFC 3651 §3).

    `value`: text, or what the JSON of the other formats says. `readers`: who beside the owner may read it.
    """

    index: int
    type: str
    format: str
    value: Any
    ttl: int = ttl_default_s
    timestamp: str | None = None
    permissions: str = permissions_default
    readers: tuple[str, ...] = ()
    references: tuple[str, ...] = ()

    @property
    def public(self) -> bool:
        return self.permissions[records.public_read] == "1"


@dataclass(frozen=True, slots=True)
class Record:
    """`since`: the entry that wrote this version; `deleted`: its reason and time, of a record that is gone."""

    handle: str
    owner: str | None
    values: tuple[Value, ...]
    since: int | None = None
    deleted: Mapping[str, str] | None = None


def values_for(reader: Reader, record: Record) -> tuple[Value, ...]:
    """What a reader may see of a record: public values, and others if its owner's or meant for the reader."""
    return tuple(value for value in record.values if _readable(reader, record, value))


def _readable(reader: Reader, record: Record, value: Value) -> bool:
    if value.public:
        return reader.may_read("public")
    owners = (record.owner,) if value.permissions[records.admin_read] == "1" else ()
    return reader.may_read("parties", (*owners, *value.readers))


def resolve(view: View, handle: str, at: int | None = None) -> Record | None:
    """The record under a handle, compared without regard to ASCII case; None if there was never one.

    `at`: as it stood after the entry of this index; parties and prefixes, whose keys tell since when they
    hold, as they stand now.
    """
    if handle.upper().startswith(prefix_record):
        return _prefix(view, handle, at)
    found = records.find(view, handle) if at is None else records.at(view, handle, at)
    if found is not None:
        values = [_stored(value) for value in found["values"]]
        device = _party(view, found["handle"])
        taken = {value.index for value in values}
        facts = [value for value in device.values if value.index not in taken] if device else []
        ordered = sorted((*values, *facts), key=lambda value: value.index)
        return Record(
            found["handle"],
            found["owner"],
            tuple(ordered),
            found["since"],
            found.get("deleted"),
        )
    return _party(view, handle)


def _stored(value: Mapping[str, Any]) -> Value:
    told = value.get("format", "string")
    return Value(
        value["index"],
        value["type"],
        told,
        value["data"] if told in ("string", "base64", "hex") else json.loads(value["data"]),
        value.get("ttl", ttl_default_s),
        value["time"],
        value.get("permissions", permissions_default),
        tuple(value.get("readers", ())),
        tuple(value.get("references", ())),
    )


def _prefix(view: View, handle: str, at: int | None) -> Record | None:
    """What identity knows of the prefix, and what its holder wrote into its record.

    Unless the holder says otherwise, everybody who speaks for it administers the prefix.
    """
    prefix = handle.partition("/")[2]
    found = cast(Mapping[str, Any] | None, view.get("prefix", prefix))
    if found is None:
        return None
    name, holder = f"{prefix_record}{prefix}", found["holder"]
    stored = records.find(view, name) if at is None else records.at(view, name, at)
    group = {"handle": name, "index": 200}
    usual = (
        Value(100, "HS_ADMIN", "admin", {**group, "permissions": "1" * 12}),
        Value(200, "HS_VLIST", "vlist", [{"handle": holder, "index": 0}]),
    )
    values = {value.index: value for value in usual}
    values |= {value["index"]: _stored(value) for value in (stored["values"] if stored else ())}
    values[1] = Value(1, "TALLYSTICK.HOLDER", "string", holder)
    values[2] = Value(2, "TALLYSTICK.ROLE", "string", found["role"])
    since = stored["since"] if stored else None
    return Record(name, holder, tuple(values[index] for index in sorted(values)), since)


def _party(view: View, handle: str) -> Record | None:
    """Organisations, persons and devices resolve to their public facts and keys."""
    party = cast(Mapping[str, Any] | None, view.get("party", names.fold(handle)))
    if party is None or party["kind"] not in ("organisation", "person", "device"):
        return None
    handle, kind = party["handle"], party["kind"]
    found = cast(Mapping[str, Any], view.get(kind, handle))
    facts = {
        name: value
        for name, value in found.items()
        if name in ("name", "scheme", "number", "country", "verified", "organisation", "purpose")
    }
    told_by = found.get("placeholder_of")
    kind_type = f"TALLYSTICK.{kind.upper()}"
    shown_to = permissions_default if told_by is None else not_public
    values = [Value(1, kind_type, "json", facts, permissions=shown_to)]
    for index, key in view.group("key", handle).items():
        shown = {**cast(Mapping[str, Any], key)}
        values.append(Value(int(index), "HS_PUBKEY", "key", shown))
    return Record(handle, told_by or found.get("organisation", handle), tuple(values))
