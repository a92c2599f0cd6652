"""Where a server sends whoever asks it for what is kept elsewhere (RFC 3652 §3.4: response codes 302 and 303).

A referral names sites (HS_SITE), a service whose record names them (HS_SERV), or a record that does either; nodes of
ours also say TALLYSTICK.HOME in the record of a prefix, and answer 307 over HTTP.

- It leads nowhere that is less public than the server that gave it: not from the internet into somebody's network.
- It is followed a few times, and never to an address that was asked already.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

from tallystick.identity.native import NativeRefused, site_json
from tallystick.identity.native.sites import Server, query
from tallystick.identity.recursion.found import Found, referrals
from tallystick.identity.views import Value

home_type, site_type, service_type = "TALLYSTICK.HOME", "HS_SITE", "HS_SERV"
location_types = (site_type, service_type, home_type)
referrals_max = 4
#: Of all sites that a referral names.
addresses_max = 4
#: A record that one server knows: its public values of these types.
Look = Callable[[str, tuple[str, ...]], Found]


def is_referral(found: Found) -> bool:
    return found.code in referrals


def addresses(found: Found, there: Look, anywhere: Look) -> list[str]:
    """Where to ask instead, the best first. `there` asks whoever referred, `anywhere` whoever answers for a handle."""
    values = found.values
    if found.elsewhere.startswith(("https://", "http://")):
        told = [found.elsewhere]
    else:
        if not values and found.elsewhere:
            values = there(found.elsewhere, location_types).values
        told = list(_addresses(values, anywhere))
    source = found.source or ""
    return [one for one in dict.fromkeys(told) if _may_lead(source, one)][:addresses_max]


def _addresses(values: tuple[Value, ...], anywhere: Look) -> Iterator[str]:
    yield from _of_sites(values)
    for value in values:
        if value.type == service_type and isinstance(value.value, str):
            yield from _of_sites(anywhere(value.value, (site_type,)).values)
    for value in values:
        if value.type == home_type and isinstance(value.value, str):
            yield value.value


def _of_sites(values: tuple[Value, ...]) -> Iterator[str]:
    for value in values:
        if value.type != site_type or value.format != "site":
            continue
        try:
            site = site_json.site_of(value.value)
        except NativeRefused:
            continue
        for server in site.servers:
            yield from _of_server(server)


def _of_server(server: Server) -> Iterator[str]:
    host = f"[{server.address}]" if ":" in server.address else server.address
    for interface in server.interfaces:
        if interface.use & query:
            yield f"{interface.protocol.lower()}://{host}:{interface.port}"


def _may_lead(source: str, target: str) -> bool:
    """Whether an address is at least as public as the one that named it. Names are believed with TLS alone."""
    try:
        there, scheme = _publicity(target), urlsplit(target).scheme
        if there is None:
            return scheme == "https"
        return there >= (_publicity(source) or 0) and there >= 0
    except ValueError:
        return False


def _publicity(address: str) -> int | None:
    """2 of the internet, 1 of a private network, 0 of this machine, -1 of nobody; None of a name."""
    try:
        told = ipaddress.ip_address(urlsplit(address).hostname or "")
    except ValueError:
        return None
    if told.is_multicast or told.is_unspecified or told.is_link_local:
        return -1
    if told.is_loopback:
        return 0
    return 2 if told.is_global else 1
