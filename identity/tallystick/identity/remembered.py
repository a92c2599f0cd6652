"""What was worked out before, as much of it as fits into so many bytes.

Two spans: what is asked for moves to the younger one; when that has its half of the bytes, the older one is dropped.
So what was asked for of late stays, for one look into a dictionary, where an order of use would cost several.
"""

from __future__ import annotations

from collections.abc import Hashable
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Remembered(Generic[K, V]):
    """At most about `bytes_max`. Not for several threads at once."""

    def __init__(self, bytes_max: int) -> None:
        self._span_bytes_max = bytes_max // 2
        self._young: dict[K, tuple[V, int]] = {}
        self._old: dict[K, tuple[V, int]] = {}
        self._bytes = 0

    def get(self, key: K) -> V | None:
        found = self._young.get(key)
        if found is None:
            found = self._old.pop(key, None)
            if found is None:
                return None
            self.keep(key, *found)
        return found[0]

    def has(self, key: K) -> bool:
        return key in self._young or key in self._old

    def keep(self, key: K, value: V, size: int) -> None:
        """`size`: about how many bytes it takes, key and all."""
        if self._bytes + size > self._span_bytes_max:
            self._old, self._young, self._bytes = self._young, {}, 0
        if size <= self._span_bytes_max:
            self._young[key] = value, size
            self._bytes += size

    def clear(self) -> None:
        self._young, self._old, self._bytes = {}, {}, 0

    def __len__(self) -> int:
        return len(self._young) + len(self._old)
