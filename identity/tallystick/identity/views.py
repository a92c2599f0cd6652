"""Handle records as readers get them: registered values, and the keys that identity itself keeps."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from operator import attrgetter
from typing import Any, Protocol, cast

from tallystick.identity import names, records, versioned
from tallystick.identity.bodies import permissions_default, ttl_default_s
from tallystick.identity.grades.of_fields import marks, unknown, without_template
from tallystick.identity.prefixes.standing import ledger_time, state_of
from tallystick.identity.saying import record_types, said_by
from tallystick.ledger import Mark, Reader, Thing, View, grading, hot_value

prefix_record = "0.NA/"
not_public = "1100"
_plain = ("string", "base64", "hex")


@hot_value
class Value:
    """One typed, indexed value of a handle record (RFC 3651 §3).

    `value`: text, or what the JSON of the other formats says. `readers`: who beside the owner may read it. `mark`:
    its class and grade, where it is not public and a template says so.
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
    mark: Mark | None = None

    @property
    def public(self) -> bool:
        return self.permissions[records.public_read] == "1"


@hot_value
class Record:
    """`since`: the entry that wrote this version; `deleted`: its reason and time, of a record that is gone;
    `template`: the one that it follows, as `version:handle`."""

    handle: str
    owner: str | None
    values: tuple[Value, ...]
    since: int | None = None
    deleted: Mapping[str, str] | None = None
    template: str | None = None


def values_for(reader: Reader, record: Record) -> tuple[Value, ...]:
    """What a reader may see of a record: public values, and others if its owner's or meant for the reader.

    What is restricted is there for roles that see it in the clear (`grading.table`).
    """
    public = reader.may_read("public")
    return tuple(
        [
            value
            for value in record.values
            if (public if value.public else _clear(reader, record, value))
        ]
    )


def shown_for(reader: Reader, record: Record) -> Iterator[tuple[Value, bool]]:
    """As `values_for`, and masked what the reader needs only to recognise; whether it is masked."""
    for value in record.values:
        if _clear(reader, record, value):
            yield value, False
        elif _is_restricted(value) and _readable(reader, record, value):
            text = grading.masked(value.value, value.mark.mask if value.mark else None)
            yield replace(value, format="string", value=text), True


def _clear(reader: Reader, record: Record, value: Value) -> bool:
    if not _readable(reader, record, value):
        return False
    if value.mark is None or not _is_restricted(value):
        return True
    return reader.may_read(value.mark.grade, (record.owner,), value.mark, record.owner)


def _readable(reader: Reader, record: Record, value: Value) -> bool:
    """Whether the reader may see the value, or where it is restricted, its mask."""
    if value.public:
        return reader.may_read("public")
    owners = (record.owner,) if value.permissions[records.admin_read] == "1" else ()
    if reader.is_stranger_to((*owners, *value.readers)):
        return False
    mark = None if _is_restricted(value) else value.mark
    thing = Thing("records", record.handle, value.type, said=said_by(record_types, record.owner))
    return reader.may_read("parties", (*owners, *value.readers), mark, record.owner, thing)


def _is_restricted(value: Value) -> bool:
    return value.mark is not None and value.mark.grade in ("restricted", "core")


class CodesOfBatches(Protocol):
    """Finds a code that a batch issued and nobody has seen yet; the node has what it takes (formats §9)."""

    def record(self, view: View, handle: str, at: int | None = None) -> Record | None: ...


def resolve(
    view: View, handle: str, at: int | None = None, issued: CodesOfBatches | None = None
) -> Record | None:
    """The record under a handle, compared without regard to ASCII case; None if there was none.

    `at`: as it stood after the entry of this index. `issued`: also codes of batches that were issued and not
    yet seen.
    """
    if handle.upper().startswith(prefix_record):
        return _prefix(view, handle, at)
    found = records.find(view, handle) if at is None else records.at(view, handle, at)
    if found is not None:
        values = [stored_value(value) for value in found["values"]]
        # Of the parties, devices alone may have a record too.
        is_device = view.get("device", found["handle"]) is not None
        device = _party(view, found["handle"], at) if is_device else None
        if device is not None:
            taken = {value.index for value in values}
            values += [value for value in device.values if value.index not in taken]
            values.sort(key=attrgetter("index"))
        return Record(
            found["handle"],
            found["owner"],
            _marked(view, found, values),
            found["since"],
            found.get("deleted"),
            found.get("template"),
        )
    party = _party(view, handle, at)
    return issued.record(view, handle, at) if party is None and issued is not None else party


def documents_of(handles: Iterable[str]) -> dict[str, list[str]]:
    """The documents that `resolve` will look for first, by kind; for `Snapshot.expect`."""
    found = [one for one in handles if "/" in one and "\x00" not in one]
    return {"handle": [names.fold(one) for one in found], "device": found} if found else {}


def _marked(view: View, row: Mapping[str, Any], values: Sequence[Value]) -> tuple[Value, ...]:
    """The values with their marks; what is public is so for everybody."""
    reference, lost = row.get("template"), without_template(row)
    if (reference is None and not lost) or all(value.public for value in values):
        return tuple(values)
    found = {} if reference is None else marks(view, reference, row["owner"])
    other = unknown if lost else None
    return tuple(
        value if value.public else replace(value, mark=found.get(value.index, other))
        for value in values
    )


def record_of(row: Mapping[str, Any], view: View) -> Record:
    """From a document of the kind `handle`, without what identity itself knows of a device."""
    values = [stored_value(value) for value in row["values"]]
    return Record(
        row["handle"],
        row["owner"],
        _marked(view, row, values),
        row["since"],
        row.get("deleted"),
        row.get("template"),
    )


def stored_value(value: Mapping[str, Any]) -> Value:
    """A value as a record keeps it, as readers get it."""
    get = value.get
    told = get("format", "string")
    return Value(
        value["index"],
        value["type"],
        told,
        value["data"] if told in _plain else json.loads(value["data"]),
        get("ttl", ttl_default_s),
        value["time"],
        get("permissions", permissions_default),
        tuple(get("readers", ())),
        tuple(get("references", ())),
    )


def _prefix(view: View, handle: str, at: int | None) -> Record | None:
    """What identity knows of the prefix, and what its holder wrote into its record.

    Unless the holder says otherwise, everybody who speaks for it administers the prefix.
    """
    prefix = handle.partition("/")[2]
    found = cast(Mapping[str, Any] | None, view.get("prefix", prefix))
    if at is not None:
        found = versioned.at(view, "prefix", prefix, at)
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
    values |= {
        value["index"]: stored_value(value) for value in (stored["values"] if stored else ())
    }
    # Whether a lease had ended then is not told: a view knows no time but now.
    now = ledger_time(view) if at is None else ""
    values |= {value.index: value for value in _lease(found, now)}
    since = max(found["since"], stored["since"] if stored else 0)
    return Record(name, holder, tuple(values[index] for index in sorted(values)), since)


def _lease(prefix: Mapping[str, Any], now: str) -> Iterator[Value]:
    """Who holds the prefix, as what, and under which conditions."""
    yield Value(1, "TALLYSTICK.HOLDER", "string", prefix["holder"])
    yield Value(2, "TALLYSTICK.ROLE", "string", prefix["role"])
    state = state_of(prefix, now)
    if state != "active":
        yield Value(3, "TALLYSTICK.STATE", "string", state)
    if "home" in prefix:
        yield Value(4, "TALLYSTICK.HOME", "string", prefix["home"]["url"])
        if "site" in prefix["home"]:
            yield Value(7, "HS_SITE", "site", _site(**prefix["home"]["site"]))
    if "expires" in prefix:
        yield Value(5, "TALLYSTICK.EXPIRES", "string", prefix["expires"])
    if "quota" in prefix:
        yield Value(6, "TALLYSTICK.QUOTA", "string", str(prefix["quota"]))


def _site(address: str, port: int) -> Mapping[str, Any]:
    """As the JSON interface of Handle.net writes it: one server, which answers questions by UDP and TCP."""
    asked = {"query": True, "admin": False, "port": port}
    server = {
        "serverId": 1,
        "address": address,
        "interfaces": [{**asked, "protocol": protocol} for protocol in ("UDP", "TCP")],
    }
    return {
        "version": 1,
        "protocolVersion": "3.0",
        "serialNumber": 1,
        "primarySite": True,
        "multiPrimary": False,
        "hashOption": 2,
        "attributes": [],
        "servers": [server],
    }


def _party(view: View, handle: str, at: int | None) -> Record | None:
    """Organisations, persons and devices resolve to their public facts and keys."""
    party = cast(Mapping[str, Any] | None, view.get("party", names.fold(handle)))
    if party is None or party["kind"] not in ("organisation", "person", "device"):
        return None
    if at is not None and at < party.get("since", 0):
        return None
    handle, kind = party["handle"], party["kind"]
    found = cast(Mapping[str, Any] | None, view.get(kind, handle))
    if found is None:
        # It came along with its prefix, and is registered in the other log alone.
        return None
    facts = {
        name: value
        for name, value in found.items()
        if name in ("name", "scheme", "number", "country", "verified", "organisation", "purpose")
    }
    told_by = found.get("placeholder_of")
    kind_type = f"TALLYSTICK.{kind.upper()}"
    shown_to = permissions_default if told_by is None else not_public
    values = [Value(1, kind_type, "json", facts, permissions=shown_to), *_keys(view, handle, at)]
    return Record(handle, told_by or found.get("organisation", handle), tuple(values))


def _keys(view: View, handle: str, at: int | None) -> Iterator[Value]:
    """Registered keys. As of an index: those registered by then, revoked if they were by then."""
    for index, row in view.group("key", handle).items():
        key = {**cast(Mapping[str, Any], row)}
        if at is not None and key["since"] > at:
            continue
        if at is not None and key.get("until", 0) > at + 1:
            for told_later in ("until", "reason", "suspect_from"):
                key.pop(told_later, None)
        yield Value(int(index), "HS_PUBKEY", "key", key)
