"""Whom a resolver asks, by prefix: the longest one that fits.

A route is `PREFIX=ADDRESS`; the prefix `*` is for all others. Addresses: `http(s)://…` (a node of ours, or any Handle.net
server), `udp://HOST:PORT`, `tcp://HOST:PORT`. Several routes of one prefix are asked in order.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol
from urllib.parse import urlsplit

import httpx

from tallystick.identity import names
from tallystick.identity.native import Caller, port_default
from tallystick.identity.recursion.found import Found
from tallystick.identity.recursion.over_http import OverHttp
from tallystick.identity.recursion.over_native import OverNative
from tallystick.ledger import TallystickError

routes_max = 10_000
others = "*"
_prefix = re.compile(r"[0-9A-Za-z][0-9A-Za-z.\-]{0,254}")
_prefix_record = "0.NA"


class RouteRefused(TallystickError):
    code = "resolver-route-refused"
    status = 400
    title = "This is no route of a resolver"
    advice = "Write PREFIX=ADDRESS, such as 99.100=https://node.example or *=udp://192.0.2.1:2641."


class NobodyKnows(TallystickError):
    code = "resolver-nobody-knows"
    status = 400
    title = "This resolver knows nobody who answers for the prefix"
    advice = "Ask another one, or its operator to add a route."


class Upstream(Protocol):
    url: str

    def ask(
        self,
        handle: str,
        indexes: tuple[int, ...] = (),
        types: tuple[str, ...] = (),
        hops: tuple[str, ...] = (),
    ) -> Found: ...


@dataclass(frozen=True)
class Routes:
    """By prefix, in upper case."""

    known: Mapping[str, Sequence[Upstream]] = field(default_factory=dict)

    def of(self, handle: str) -> Sequence[Upstream]:
        """Raises `NobodyKnows`, and `HandleRefused` for what is no handle."""
        prefix, suffix = names.split(handle)
        # The record of a prefix is kept where the prefix is.
        asked = names.fold(suffix if names.fold(prefix) == _prefix_record else prefix)
        while asked:
            if asked in self.known:
                return self.known[asked]
            asked = names.parent(asked)
        if others in self.known:
            return self.known[others]
        raise NobodyKnows(prefix)

    @staticmethod
    def parse(routes: Sequence[str], make: Callable[[str], Upstream]) -> Routes:
        """Raises `RouteRefused`."""
        if not 0 < len(routes) <= routes_max:
            raise RouteRefused(f"{len(routes)} routes; there are 1 to {routes_max}")
        known: dict[str, list[Upstream]] = {}
        for route in routes:
            prefix, equals, address = route.strip().partition("=")
            if not equals or (prefix != others and not _prefix.fullmatch(prefix)):
                raise RouteRefused(route)
            known.setdefault(names.fold(prefix), []).append(make(address.strip()))
        return Routes(known)


def upstream(
    address: str, http: httpx.Client, timeout_s: float, *, referred: bool = False
) -> Upstream:
    """The server at an address; `referred` if another server named it. Raises `RouteRefused`."""
    try:
        told = urlsplit(address)
        host, port = told.hostname, told.port
    except ValueError:
        raise RouteRefused(address) from None
    if not host or told.query or told.fragment or told.username:
        raise RouteRefused(address)
    if told.scheme in ("http", "https"):
        return OverHttp(address, http, timeout_s, referred=referred)
    if told.scheme in ("udp", "tcp") and told.path in ("", "/"):
        caller = Caller(referred=referred)
        return OverNative(host, port or port_default, told.scheme, timeout_s, caller)
    raise RouteRefused(address)
