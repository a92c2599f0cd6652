"""The Handle server's batch file (HN Technical Manual 9, "Batch operation"): lines of operations and values.

    AUTHENTICATE SECKEY:300:99.7/USER     the secret on the next line is passed over, never kept or shown
    CREATE 99.7/A                         one line for each value, until a blank line or the next operation
    1 URL 86400 1110 UTF8 https://example.com/
    100 HS_ADMIN 86400 1110 ADMIN 300:011111110011:0.NA/99.7
    ADD, MODIFY                           as CREATE
    REMOVE 3,4:99.7/A
    DELETE 99.7/A

The data of a value is `UTF8` text, `ADMIN index:permissions:handle` or `LIST index:handle;…`. Who writes is the
author of the entries, not whom AUTHENTICATE names.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from tallystick.identity.bodies import HandleValue
from tallystick.identity.exchange.errors import Fault, Notice
from tallystick.identity.exchange.operations import (
    Item,
    Operation,
    Unfit,
    Verb,
    checked_handle,
    checked_value,
    permissions_of,
    secret_type,
)
from tallystick.identity.views import Record
from tallystick.ledger import canonical

line_bytes_max = 65_536
_verbs: dict[str, Verb] = {
    "CREATE": "create",
    "ADD": "add",
    "MODIFY": "modify",
    "REMOVE": "remove",
    "DELETE": "delete",
}
_with_values = ("create", "add", "modify")
#: Operations on the server itself, with what to do instead.
_others = {
    "HOME": "a prefix is homed by the entry identity.prefix.delegate/1",
    "UNHOME": "a prefix leaves a node by a transfer",
    "SESSIONSETUP": "an import has no session",
}
_value = re.compile(r"([0-9]{1,10})\s+(\S+)\s+(\S+)\s+(\S+)\s+([A-Za-z0-9]+)(?:\s(.*))?", re.DOTALL)
_reference = re.compile(r"([0-9]{1,10}):(\S+)")
_admin = re.compile(r"([0-9]{1,10}):([01]{12}):(\S+)")


def read_batch(lines: Iterable[bytes]) -> Iterator[Item]:
    """Operations, and faults with their lines; nothing of a faulty operation is left of it."""
    reading = _Reading()
    for number, raw in enumerate(lines, 1):
        yield from reading.take(number, raw)
    yield from reading.end()


class _Reading:
    """The operation that is being read."""

    def __init__(self) -> None:
        self._verb: Verb | None = None
        self._line, self._handle = 0, ""
        self._values: list[HandleValue] = []
        self._skipping = self._secret = False

    def take(self, number: int, raw: bytes) -> Iterator[Item]:
        if self._secret:
            self._secret = False
            return
        try:
            line = _text(raw, number)
            if not line.strip():
                yield from self.end()
                return
            word = line.split(None, 1)[0]
            if word in _verbs or word in _others or word == "AUTHENTICATE":
                yield from self.end()
                yield from self._begin(number, word, line)
            elif not self._skipping:
                yield from self._take_value(number, line)
        except Unfit as error:
            yield Fault(number, self._handle, str(error))
            self._drop()

    def end(self) -> Iterator[Item]:
        """The operation that stands, if it does."""
        verb, values = self._verb, tuple(self._values)
        line, handle = self._line, self._handle
        self._drop(skipping=False)
        if verb is None:
            return
        if not values and verb in ("add", "modify"):
            yield Fault(line, handle, "no value follows")
            return
        indexes = [value.index for value in values]
        if len(set(indexes)) != len(indexes):
            yield Fault(line, handle, "two values have one index")
            return
        yield Operation(line, verb, handle, values)

    def _begin(self, number: int, word: str, line: str) -> Iterator[Item]:
        rest = line.split(None, 1)[1:]
        if word == "AUTHENTICATE":
            self._secret, self._skipping = True, False
            return
        self._skipping = word in _others
        if word in _others:
            yield Fault(number, "", f"{word} is not taken in: {_others[word]}")
            return
        told = rest[0].strip() if rest else ""
        if word == "REMOVE":
            yield _removal(number, told)
            return
        handle = checked_handle(told)
        self._verb, self._line, self._handle = _verbs[word], number, handle
        if word == "DELETE":
            yield from self.end()

    def _take_value(self, number: int, line: str) -> Iterator[Item]:
        if self._verb not in _with_values:
            raise Unfit("neither an operation nor a value of one")
        found = _value.fullmatch(line)
        if found is None:
            raise Unfit("a value is `index type ttl permissions UTF8 data`")
        index, kind, ttl, told, form, data = found.groups()
        if kind == secret_type:
            yield Notice(number, self._handle, f"{secret_type} is left out: a secret is not logged")
            return
        permissions, narrowed = permissions_of(told)
        if narrowed:
            yield Notice(number, self._handle, "PUBLIC_WRITE is taken away: who writes, signs")
        if not ttl.isascii() or not ttl.isdigit() or len(ttl) > 10:
            raise Unfit(f"the TTL {ttl[:20]!r} is no number of seconds")
        members = {"index": int(index), "type": kind, "ttl": int(ttl), "permissions": permissions}
        self._values.append(checked_value({**members, **_data(form, data or "")}))

    def _drop(self, *, skipping: bool = True) -> None:
        self._verb, self._values, self._skipping = None, [], skipping
        self._handle = ""


def _text(raw: bytes, number: int) -> str:
    if len(raw) > line_bytes_max:
        raise Unfit(f"the line has more than {line_bytes_max} bytes")
    try:
        text = raw.decode()
    except UnicodeDecodeError:
        raise Unfit("the line is not UTF-8") from None
    return text.removeprefix("\ufeff" if number == 1 else "").rstrip("\r\n")


def _removal(number: int, told: str) -> Operation:
    indexes, _, handle = told.partition(":")
    numbers = [one.strip() for one in indexes.split(",")]
    if not all(one.isascii() and one.isdigit() and 0 < len(one) <= 10 for one in numbers):
        raise Unfit("a removal is `REMOVE 3,4:handle`")
    checked_handle(handle)
    return Operation(number, "remove", handle, indexes=tuple(dict.fromkeys(map(int, numbers))))


def _data(form: str, data: str) -> dict[str, Any]:
    """Data and format of a value; raises `Unfit`."""
    if form == "UTF8":
        return {"data": data}
    if form == "ADMIN":
        found = _admin.fullmatch(data.strip())
        if found is None:
            raise Unfit("an administrator is `index:permissions:handle`, with twelve permissions")
        index, permissions, handle = found.groups()
        told: object = {"handle": handle, "index": int(index), "permissions": permissions}
        return {"data": canonical.encode(told).decode(), "format": "admin"}
    if form == "LIST":
        references = [_reference.fullmatch(one.strip()) for one in data.split(";") if one.strip()]
        if not all(references):
            raise Unfit("a list is `index:handle;index:handle`")
        told = [{"handle": one[2], "index": int(one[1])} for one in references if one]
        return {"data": canonical.encode(told).decode(), "format": "vlist"}
    raise Unfit(f"data of the form {form[:20]} is not taken in, but UTF8, ADMIN and LIST")


def write_batch(record: Record, values: Sequence[HandleValue]) -> tuple[str, list[Notice]]:
    """A CREATE with these values, and what the form cannot say of them."""
    lines, left = [f"CREATE {record.handle}"], []
    for value in values:
        told = _told(value)
        if told is None or value.type == secret_type:
            reason = f"the value {value.index} ({value.type}) cannot stand in a batch file"
            left.append(Notice(0, record.handle, reason))
            continue
        lines.append(f"{value.index} {value.type} {value.ttl} {value.permissions} {told}")
        if value.readers or value.references:
            reason = f"the value {value.index} ({value.type}) loses its readers or references"
            left.append(Notice(0, record.handle, reason))
    return "\n".join(lines) + "\n\n", left


def _told(value: HandleValue) -> str | None:
    """Form and data; None for what stands in no line."""
    if value.format in ("admin", "vlist"):
        said = canonical.decode(value.data.encode())
        return _admin_told(said) if value.format == "admin" else _list_told(said)
    if value.format in (None, "json") and not any(c in value.data for c in "\r\n\ufeff"):
        return f"UTF8 {value.data}"
    return None


def _admin_told(said: Any) -> str | None:
    try:
        told = f"{said['index']}:{said['permissions']}:{said['handle']}"
    except (KeyError, TypeError):
        return None
    return f"ADMIN {told}" if _admin.fullmatch(told) else None


def _list_told(said: Any) -> str | None:
    try:
        told = [f"{one['index']}:{one['handle']}" for one in said]
    except (KeyError, TypeError):
        return None
    fits = all(_reference.fullmatch(one) and ";" not in one for one in told)
    return f"LIST {';'.join(told)}" if fits else None
