"""HS_SITE: where the servers of a service are, and their keys (RFC 3651 §3.2.2, DO-IRP 3.0).

version u16, protocol major u8, minor u8, serial u16, primary u8, hash option u8, hash filter, attributes
(name, value)*, servers (id u32, address 16 bytes, key, interfaces (use u8, protocol u8, port u32)*)*
"""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass

from tallystick.identity.native.errors import DataRefused
from tallystick.identity.native.fields import Cursor, blob, many, text, u16, u32

site_version = 1
list_max = 64
primary, multi_primary = 0x80, 0x40
administration, query = 1, 2
protocols = ("UDP", "TCP", "HTTP", "HTTPS")
by_prefix, by_suffix, by_handle = range(3)


@dataclass(frozen=True, slots=True)
class Interface:
    """`use`: administration 1, query 2, both 3."""

    use: int
    protocol: str
    port: int

    def encode(self) -> bytes:
        return bytes((self.use, protocols.index(self.protocol))) + u32(self.port)


@dataclass(frozen=True, slots=True)
class Server:
    """`key`: data of an HS_PUBKEY, or nothing."""

    number: int
    address: str
    key: bytes
    interfaces: tuple[Interface, ...]

    def encode(self) -> bytes:
        return (
            u32(self.number)
            + _packed(self.address)
            + blob(self.key)
            + many(one.encode() for one in self.interfaces)
        )


@dataclass(frozen=True, slots=True)
class Site:
    serial: int
    servers: tuple[Server, ...]
    attributes: tuple[tuple[str, str], ...] = ()
    protocol: tuple[int, int] = (3, 0)
    primary: int = primary
    hash_option: int = by_handle
    hash_filter: str = ""
    version: int = site_version

    def encode(self) -> bytes:
        return b"".join(
            (
                u16(self.version),
                bytes(self.protocol),
                u16(self.serial),
                bytes((self.primary, self.hash_option)),
                text(self.hash_filter),
                many(text(name) + text(value) for name, value in self.attributes),
                many(one.encode() for one in self.servers),
            )
        )


def read_site(data: bytes) -> Site:
    """Raises a `NativeRefused`."""
    cursor = Cursor(data)
    version, major, minor = cursor.u16(), cursor.u8(), cursor.u8()
    serial, mask, option = cursor.u16(), cursor.u8(), cursor.u8()
    if option > by_handle:
        raise DataRefused(f"{option} is no way to choose a server")
    told = cursor.text()
    attributes = cursor.many(lambda: (cursor.text(), cursor.text()), list_max)
    servers = cursor.many(lambda: _read_server(cursor), list_max)
    cursor.end()
    return Site(serial, servers, attributes, (major, minor), mask, option, told, version)


def _read_server(cursor: Cursor) -> Server:
    number, address, key = cursor.u32(), _unpacked(cursor.take(16)), cursor.blob()
    return Server(number, address, key, cursor.many(lambda: _read_interface(cursor), list_max))


def _read_interface(cursor: Cursor) -> Interface:
    use, protocol, port = cursor.u8(), cursor.u8(), cursor.u32()
    if use > administration | query or protocol >= len(protocols) or port > 65_535:
        raise DataRefused(f"an interface of use {use}, protocol {protocol} and port {port}")
    return Interface(use, protocols[protocol], port)


def _packed(address: str) -> bytes:
    """Sixteen bytes; version 4 in the last four."""
    return ipaddress.ip_address(address).packed.rjust(16, b"\0")


def _unpacked(packed: bytes) -> str:
    """Some servers write version 4 with the prefix of RFC 4291 §2.5.5.2."""
    inner = packed.removeprefix(bytes(10) + b"\xff\xff")
    if len(inner) == 16 and packed[:12] == bytes(12) and packed[12]:
        inner = packed[12:]
    return str(ipaddress.ip_address(inner))
