"""What a resolver remembers: as long as its values may live, and a while longer for when nobody answers.

Bounded by bytes, least used first. A record lives as long as the shortest time to live of its values, at most a
day; that a handle or its public values are not there, a minute. What has a time to live of 0 is not kept.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass

from cachetools import LRUCache

from tallystick.identity import names
from tallystick.identity.recursion.found import Found, success
from tallystick.ledger import Clock

bytes_max_default = 256 * 1024 * 1024
ttl_s_max = 86_400
negative_s = 60
#: Longer than this, nothing is told that nobody confirms.
stale_s_max = 7 * 86_400
_entry_bytes, _value_bytes = 400, 300


@dataclass(frozen=True, slots=True)
class Kept:
    """`until_ms`: from then on it is stale."""

    found: Found
    since_ms: int
    until_ms: int

    def size(self) -> int:
        """About what it takes in memory."""
        told = sum(_value_bytes + len(str(value.value)) for value in self.found.values)
        return _entry_bytes + told


class Cache:
    """Of whole public records, by handle without regard to ASCII case. Safe for several threads."""

    def __init__(self, clock: Clock, bytes_max: int = bytes_max_default) -> None:
        self._clock = clock
        self._kept: LRUCache[str, Kept] = LRUCache(bytes_max, getsizeof=Kept.size)
        self._lock = threading.Lock()

    def fresh(self, handle: str) -> Kept | None:
        kept = self._get(handle)
        return kept if kept and self._clock.now_ms() < kept.until_ms else None

    def stale(self, handle: str) -> Kept | None:
        """Also what has outlived its time; only records, for that something is not there may be wrong soon."""
        kept = self._get(handle)
        if kept is None or kept.found.code != success:
            return None
        return kept if self._clock.now_ms() < kept.until_ms + stale_s_max * 1000 else None

    def keep(self, handle: str, found: Found) -> Kept:
        """Raises nothing: what is too large is not kept."""
        now_ms = self._clock.now_ms()
        lives_s = min((value.ttl for value in found.values), default=negative_s)
        kept = Kept(found, now_ms, now_ms + min(lives_s, ttl_s_max) * 1000)
        with self._lock:
            if kept.until_ms > now_ms and kept.size() <= self._kept.maxsize:
                self._kept[names.fold(handle)] = kept
            else:
                self._kept.pop(names.fold(handle), None)
        return kept

    def __len__(self) -> int:
        return len(self._kept)

    def _get(self, handle: str) -> Kept | None:
        with self._lock:
            return self._kept.get(names.fold(handle))
