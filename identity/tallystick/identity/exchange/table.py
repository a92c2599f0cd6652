"""The Handle server's table: one row for each value (HN Technical Manual 9, "SQL storage").

    handles(handle, idx, type, data, ttl_type, ttl, timestamp, refs,
            admin_read, admin_write, pub_read, pub_write)

`data` are bytes: text in UTF-8, administrators and groups in the server's own binary form. `ttl_type` 0: `ttl` in
seconds; 1: until then, which our records cannot say. `refs`: `index:handle` pairs with tabs between. The types that
text cannot tell from bytes are kept as base64.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any

from tallystick.identity.bodies import HandleValue
from tallystick.identity.exchange.errors import Fault, Notice
from tallystick.identity.exchange.operations import (
    Item,
    Operation,
    Unfit,
    checked_handle,
    checked_value,
    permissions_of,
    secret_type,
)
from tallystick.identity.native import forms
from tallystick.identity.native.errors import NativeRefused
from tallystick.identity.views import Record
from tallystick.ledger import canonical, from_instant

columns = (
    "handle", "idx", "type", "data", "ttl_type", "ttl", "timestamp", "refs",
    "admin_read", "admin_write", "pub_read", "pub_write",
)  # fmt: skip
needed = frozenset({"handle", "idx", "type", "data"})
Row = Mapping[str, Any]
_usual = {"admin_read": "1", "admin_write": "1", "pub_read": "1", "pub_write": "0"}
_yes, _no = ("1", "t", "true", "y", "yes"), ("0", "f", "false", "n", "no")
#: Characters that no text of a value holds but those of lines.
_lines = "\t\r\n"


def read_rows(rows: Iterable[tuple[int, Row]]) -> Iterator[Item]:
    """A CREATE for the rows of each handle, which stand together; `rows` are counted."""
    for _, group in groupby(rows, key=lambda row: _key(row[1].get("handle"))):
        yield from _record(list(group))


def write_rows(
    record: Record, values: Sequence[HandleValue]
) -> tuple[list[dict[str, Any]], list[Notice]]:
    """The rows of a record with these values, and what the table cannot say of them."""
    times = {value.index: value.timestamp for value in record.values}
    rows: list[dict[str, Any]] = []
    left: list[Notice] = []
    for value in values:
        data = _bytes_of(value)
        if data is None or value.type == secret_type:
            reason = f"the value {value.index} ({value.type}) cannot stand in the table"
            left.append(Notice(0, record.handle, reason))
            continue
        if value.readers:
            reason = f"the value {value.index} ({value.type}) loses its readers"
            left.append(Notice(0, record.handle, reason))
        said = dict(zip(_usual, (one == "1" for one in value.permissions), strict=True))
        time = times.get(value.index)
        rows.append(
            {
                "handle": record.handle,
                "idx": value.index,
                "type": value.type,
                "data": data,
                "ttl_type": 0,
                "ttl": value.ttl,
                "timestamp": from_instant(time) // 1000 if time else 0,
                "refs": "\t".join(value.references or ()),
                **said,
            }
        )
    return rows, left


def _record(rows: Sequence[tuple[int, Row]]) -> Iterator[Item]:
    line, first = rows[0]
    try:
        handle = checked_handle(_text(first.get("handle")))
    except Unfit as error:
        yield Fault(line, "", str(error))
        return
    values: dict[int, HandleValue] = {}
    sound = True
    for number, row in rows:
        try:
            value = _value(row)
            if isinstance(value, str):
                yield Notice(number, handle, value)
                continue
            if value.index in values:
                raise Unfit(f"the index {value.index} stands there twice")
            values[value.index] = value
            if _permissions(row)[1]:
                yield Notice(number, handle, "PUBLIC_WRITE is taken away: who writes, signs")
        except Unfit as error:
            sound = False
            yield Fault(number, handle, str(error))
    if sound:
        yield Operation(line, "create", handle, tuple(values[index] for index in sorted(values)))


def _value(row: Row) -> HandleValue | str:
    """The value of a row, or why it is left out."""
    kind = _text(row.get("type"))
    if kind == secret_type:
        return f"{secret_type} is left out: a secret is not logged"
    if _number(row.get("ttl_type") or 0, "ttl_type") != 0:
        raise Unfit("a time to live that is a date cannot be kept; make it seconds (ttl_type 0)")
    references = tuple(one for one in _text(row.get("refs")).split("\t") if one)
    ttl = row.get("ttl")
    return checked_value(
        {
            "index": _number(row.get("idx"), "idx"),
            "type": kind,
            **_data(kind, _bytes(row.get("data"))),
            **({} if ttl in (None, "") else {"ttl": _number(ttl, "ttl")}),
            "permissions": _permissions(row)[0],
            **({"references": references} if references else {}),
        }
    )


def _permissions(row: Row) -> tuple[str, bool]:
    return permissions_of("".join(_bit(row.get(name), name) for name in _usual))


def _bit(told: object, name: str) -> str:
    if told is None or told == "":
        return _usual[name]
    if isinstance(told, (bytes, bytearray, memoryview)) and bytes(told) in (b"\0", b"\1"):
        return str(bytes(told)[0])
    text = _text(told).lower()
    if text not in (*_yes, *_no):
        raise Unfit(f"{name} is {text[:20]!r}, neither true nor false")
    return "1" if text in _yes else "0"


def _data(kind: str, data: bytes) -> dict[str, Any]:
    """Data and format of a value; raises `Unfit`."""
    if kind in ("HS_ADMIN", "HS_VLIST"):
        try:
            told: object = _admin(data) if kind == "HS_ADMIN" else forms.read_vlist(data)
        except NativeRefused as error:
            raise Unfit(f"its {kind} cannot be read: {error.detail}") from None
        form = "admin" if kind == "HS_ADMIN" else "vlist"
        return {"data": canonical.encode(told).decode(), "format": form}
    try:
        text = data.decode()
    except UnicodeDecodeError:
        text = "\0"
    if all(character.isprintable() or character in _lines for character in text):
        return {"data": text}
    return {"data": base64.b64encode(data).decode(), "format": "base64"}


def _admin(data: bytes) -> dict[str, Any]:
    """Old servers leave two bytes behind the index. Raises `NativeRefused`."""
    try:
        return forms.read_admin(data)
    except NativeRefused:
        if not data.endswith(b"\0\0"):
            raise
        return forms.read_admin(data[:-2])


def _bytes_of(value: HandleValue) -> bytes | None:
    if value.format == "base64":
        return base64.b64decode(value.data)
    if value.format == "hex":
        return bytes.fromhex(value.data)
    if value.format in ("admin", "vlist"):
        said: Any = canonical.decode(value.data.encode())
        try:
            return (forms.admin_bytes if value.format == "admin" else forms.vlist_bytes)(said)
        except (NativeRefused, AttributeError):
            return None
    return value.data.encode()


def _key(told: object) -> str:
    """By which rows belong together; a handle that is no text belongs to nothing."""
    try:
        return _text(told)
    except Unfit:
        return ""


def _text(told: object) -> str:
    if isinstance(told, str) and not told.startswith("\\x"):
        return told
    try:
        return _bytes(told).decode()
    except UnicodeDecodeError:
        raise Unfit("a handle, type or reference is not UTF-8") from None


def _bytes(told: object) -> bytes:
    """Bytes, whose hex form in CSV is that of PostgreSQL: `\\x` before the digits."""
    if told is None:
        return b""
    if isinstance(told, str) and told.startswith("\\x"):
        try:
            return bytes.fromhex(told[2:])
        except ValueError:
            raise Unfit("`\\x` does not stand before hex digits") from None
    if isinstance(told, (bytes, bytearray, memoryview)):
        return bytes(told)
    try:
        return str(told).encode()
    except UnicodeEncodeError:
        raise Unfit("a text holds half a character") from None


def _number(told: object, name: str) -> int:
    if isinstance(told, int):
        return int(told)
    text = _text(told).strip()
    if not text.isascii() or not text.isdigit() or len(text) > 15:
        raise Unfit(f"{name} is {text[:20]!r}, no number")
    return int(text)
