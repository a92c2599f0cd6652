"""To which addresses a node sends anything (SSRF, OWASP; RFC 6890): HTTPS on the public internet.

A name is looked up once for each delivery, each answer is judged, and the connection goes to the answer that was
judged, so that a name which changes in between leads nowhere else. The operator may allow networks of its own, in
which plain HTTP is allowed too.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from tallystick.app.webhooks.errors import WebhookAddressRefused

address_chars_max = 500
IpAddress = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network
#: IPv4 inside IPv6, for hosts behind a translator (RFC 6052).
_translated = ipaddress.IPv6Network("64:ff9b::/96")


@dataclass(frozen=True, slots=True)
class Target:
    """An address taken apart. `path`: with the query."""

    secure: bool
    host: str
    port: int
    path: str

    @property
    def named(self) -> str:
        """As the header Host says it."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        usual = 443 if self.secure else 80
        return host if self.port == usual else f"{host}:{self.port}"

    def at(self, ip: IpAddress) -> str:
        """The same, where the connection goes."""
        host = f"[{ip}]" if ip.version == 6 else str(ip)
        return f"{'https' if self.secure else 'http'}://{host}:{self.port}{self.path}"


def networks(text: str) -> tuple[Network, ...]:
    """Those that an operator named, separated by commas. Raises ValueError."""
    return tuple(ipaddress.ip_network(one.strip()) for one in text.split(",") if one.strip())


def parse_target(text: str, allowed: Sequence[Network]) -> Target:
    """Raises `WebhookAddressRefused`."""
    if not text.isascii() or not text.isprintable() or " " in text or "\\" in text:
        raise WebhookAddressRefused("an address has visible ASCII characters alone")
    if len(text) > address_chars_max:
        raise WebhookAddressRefused(f"longer than {address_chars_max} characters")
    try:
        parts = urlsplit(text)
        host, port = parts.hostname or "", parts.port
    except ValueError as error:
        raise WebhookAddressRefused(str(error)) from None
    if parts.scheme not in ("https", "http"):
        raise WebhookAddressRefused(f"{parts.scheme or 'no scheme'}: https:// is expected")
    if parts.scheme == "http" and not allowed:
        raise WebhookAddressRefused("http: https:// is expected")
    if "@" in parts.netloc or parts.fragment or not host or port == 0:
        raise WebhookAddressRefused("a host is expected, and neither user, password nor fragment")
    secure = parts.scheme == "https"
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    target = Target(secure, host.rstrip("."), port or (443 if secure else 80), path)
    literal = _literal(target.host)
    if literal is not None and not may_reach(literal, target, allowed):
        raise WebhookAddressRefused(f"{literal} is not on the public internet")
    return target


def may_reach(ip: IpAddress, target: Target, allowed: Sequence[Network]) -> bool:
    """Whether anything is sent to this machine."""
    inner = _inside(ip)
    if any(one.version == inner.version and inner in one for one in allowed):
        return True
    public = inner.is_global and not inner.is_multicast and not inner.is_reserved
    return public and target.secure


async def resolve(target: Target, allowed: Sequence[Network]) -> IpAddress:
    """Where to connect to. Raises `WebhookAddressRefused`, or OSError where the name is not known."""
    literal = _literal(target.host)
    found = [literal] if literal is not None else await _looked_up(target)
    for ip in found:
        if may_reach(ip, target, allowed):
            return ip
    raise WebhookAddressRefused(f"{target.host} is not on the public internet")


async def _looked_up(target: Target) -> list[IpAddress]:
    loop = asyncio.get_running_loop()
    rows = await loop.getaddrinfo(target.host, target.port, type=socket.SOCK_STREAM)
    return [ipaddress.ip_address(str(row[4][0]).partition("%")[0]) for row in rows]


def _literal(host: str) -> IpAddress | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def _inside(ip: IpAddress) -> IpAddress:
    """The address of IPv4 that one of IPv6 stands for, if it does."""
    if ip.version == 4:
        return ip
    if ip in _translated:
        return ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
    return ip.ipv4_mapped or ip.sixtofour or (ip.teredo[1] if ip.teredo else ip)
