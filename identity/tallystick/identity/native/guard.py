"""How many questions one source may ask: by default deny more, and remember little."""

from __future__ import annotations

import ipaddress
import time
from functools import lru_cache

sources_max = 65_536
#: A whole network of version 6 belongs to one customer.
_v6_prefix = 64
_ns = 1_000_000_000


class Guard:
    """`per_s` questions of one source, `burst_s` seconds of them at once; 0 lets all through."""

    def __init__(self, per_s: int, burst_s: int = 2) -> None:
        self._each_ns = _ns // per_s if per_s else 0
        self._burst_ns = burst_s * _ns
        #: When a source's questions so far will be worked off.
        self._until: dict[str, int] = {}

    def lets(self, address: str) -> bool:
        """Whether one more question of this source is answered."""
        if not self._each_ns:
            return True
        now_ns, source = time.monotonic_ns(), network_of(address)
        until = max(self._until.get(source, 0), now_ns)
        if until + self._each_ns - now_ns > self._burst_ns:
            return False
        self._until[source] = until + self._each_ns
        if len(self._until) > sources_max:
            self._forget(now_ns)
        return True

    def refuses(self, address: str) -> bool:
        """Whether this source asks too often already; a look that counts as no question."""
        if not self._each_ns:
            return False
        ahead_ns = self._until.get(network_of(address), 0) - time.monotonic_ns()
        return ahead_ns + self._each_ns > self._burst_ns

    def _forget(self, now_ns: int) -> None:
        """Sources that are quiet; if all are loud, all: then memory is what is attacked."""
        kept = {source: until for source, until in self._until.items() if until > now_ns}
        self._until = kept if len(kept) < sources_max else {}


@lru_cache(maxsize=8192)
def network_of(address: str) -> str:
    """The address; of version 6 its network."""
    try:
        told = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if told.version == 4:
        return address
    return str(ipaddress.ip_network((told, _v6_prefix), strict=False))
