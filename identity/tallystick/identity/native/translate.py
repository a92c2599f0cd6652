"""Between values as a record keeps them and values on the wire.

Bytes say not whether they are text, so a reader tells by the type, and by whether they are UTF-8. What is not
text and in no form of its own is base64.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from tallystick.identity.native import forms, site_json, sites
from tallystick.identity.native.errors import DataRefused, NativeRefused
from tallystick.identity.native.fields import u32, u32_max
from tallystick.identity.native.values import (
    NativeValue,
    Reference,
    absolute,
    front_of,
    no_references,
    relative,
)
from tallystick.identity.views import Value
from tallystick.ledger import canonical, from_instant, instant

#: Of ours, whose data is JSON.
json_types = "TALLYSTICK."
_write: dict[str, Callable[[Any], bytes]] = {
    "base64": lambda told: base64.b64decode(told, validate=True),
    "hex": bytes.fromhex,
    "admin": forms.admin_bytes,
    "vlist": forms.vlist_bytes,
    "key": forms.key_bytes,
    "site": lambda told: site_json.site_of(told).encode(),
}
_read: dict[str, tuple[str, Callable[[bytes], Any]]] = {
    "HS_ADMIN": ("admin", forms.read_admin),
    "HS_VLIST": ("vlist", forms.read_vlist),
    "HS_PUBKEY": ("key", forms.read_key),
    "HS_SITE": ("site", lambda data: site_json.document(sites.read_site(data))),
}


def data_bytes(value: Value) -> bytes:
    """What the value's data is on the wire: in the form of its type, else as RFC 8785 JSON."""
    if value.format == "string":
        return str(value.value).encode()
    write = _write.get(value.format)
    if write is not None:
        try:
            return write(value.value)
        except (NativeRefused, AttributeError, TypeError, ValueError, binascii.Error):
            # A record may hold anything under any type; then its own words are sent.
            pass
    return value.value.encode() if isinstance(value.value, str) else canonical.encode(value.value)


def to_wire(value: Value) -> NativeValue:
    return NativeValue(
        value.index,
        value.type,
        data_bytes(value),
        ttl=value.ttl,
        timestamp=_seconds(value.timestamp) if value.timestamp else 0,
        permissions=int(value.permissions, 2),
        references=tuple([_reference(one) for one in value.references]) if value.references else (),
    )


def encoded(value: Value) -> bytes:
    """As `to_wire(value).encode()`; most values are text without references."""
    if value.format != "string" or value.references:
        return to_wire(value).encode()
    data = str(value.value).encode()
    front = _front(value.index, value.timestamp, value.ttl, value.permissions, value.type)
    return b"".join((front, u32(len(data)), data, no_references))


@lru_cache(maxsize=4096)
def _front(index: int, timestamp: str | None, ttl: int, permissions: str, kind: str) -> bytes:
    """Of a value all but its data and references: much the same in the records of one maker."""
    seconds = _seconds(timestamp) if timestamp else 0
    return front_of(index, seconds, relative, ttl, int(permissions, 2), kind)


@lru_cache(maxsize=4096)
def _seconds(timestamp: str) -> int:
    """The values of a record were mostly written at one time, and so were many records."""
    return min(u32_max, from_instant(timestamp) // 1000)


def from_wire(value: NativeValue, now_ms: int) -> Value:
    """A fixed time to live counts from `now_ms`."""
    form, told = _told(value.type, value.data)
    ttl = max(0, value.ttl - now_ms // 1000) if value.ttl_type == absolute else value.ttl
    return Value(
        value.index,
        value.type,
        form,
        told,
        ttl,
        instant(value.timestamp * 1000) if value.timestamp else None,
        f"{value.permissions:04b}",
        references=tuple(f"{one.index}:{one.handle}" for one in value.references),
    )


def _told(kind: str, data: bytes) -> tuple[str, Any]:
    known = _read.get(kind)
    try:
        if known is not None:
            return known[0], known[1](data)
        if kind.startswith(json_types) and data[:1] in (b"{", b"["):
            return "json", canonical.decode(data)
    except (DataRefused, NativeRefused, ValueError, canonical.NotCanonical):
        pass
    try:
        return "string", data.decode()
    except UnicodeDecodeError:
        return "base64", base64.b64encode(data).decode()


def _reference(told: str) -> Reference:
    index, _, handle = told.partition(":")
    return Reference(handle, int(index))
