"""Values of a handle record on the wire (RFC 3651 §3.1).

index u32, timestamp u32, ttl type u8, ttl u32, permissions u8, type, data, references (handle, index u32)*
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

from tallystick.identity.native.errors import PermissionsRefused, TtlRefused
from tallystick.identity.native.fields import Cursor, many, text, u32
from tallystick.ledger import hot_value

values_max = 2048
references_max = 64
relative, absolute = 0, 1
ttl_s_default = 86_400
_fixed = struct.Struct(">IIBIB")
no_references = bytes(4)


@dataclass(frozen=True, slots=True)
class Reference:
    handle: str
    index: int


@hot_value
class NativeValue:
    """`ttl` in seconds, from now or, if `ttl_type` is absolute, since 1970; `permissions`: 8 admin read, 4 admin
    write, 2 public read, 1 public write."""

    index: int
    type: str
    data: bytes
    ttl_type: int = relative
    ttl: int = ttl_s_default
    timestamp: int = 0
    permissions: int = 0b1110
    references: tuple[Reference, ...] = ()

    def encode(self) -> bytes:
        front = front_of(
            self.index, self.timestamp, self.ttl_type, self.ttl, self.permissions, self.type
        )
        return b"".join((front, u32(len(self.data)), self.data, self._references()))

    def _references(self) -> bytes:
        if not self.references:
            return no_references
        return many(text(one.handle) + u32(one.index) for one in self.references)


def front_of(
    index: int, timestamp: int, ttl_type: int, ttl: int, permissions: int, kind: str
) -> bytes:
    """Of a value all but its data and references."""
    return _fixed.pack(index, timestamp, ttl_type, ttl, permissions) + text(kind)


def read_value(cursor: Cursor) -> NativeValue:
    """Raises a `NativeRefused`."""
    index, timestamp, ttl_type, ttl = cursor.index(), cursor.u32(), cursor.u8(), cursor.u32()
    if ttl_type not in (relative, absolute):
        raise TtlRefused(str(ttl_type))
    permissions = cursor.u8()
    if permissions > 0b1111:
        raise PermissionsRefused(f"{permissions:#x}")
    kind, data = cursor.text(), cursor.blob()
    references = cursor.many(lambda: Reference(cursor.text(), cursor.index()), references_max)
    return NativeValue(index, kind, data, ttl_type, ttl, timestamp, permissions, references)
