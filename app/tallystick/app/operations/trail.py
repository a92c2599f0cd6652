"""Since when a size has been known, so that "how far behind" can be told in seconds too."""

from __future__ import annotations

import time
from bisect import bisect_right
from collections.abc import Callable

steps_max = 4096


class Trail:
    """Sizes of a log as they grew, each with the moment it was first seen by this process."""

    def __init__(self, monotonic_ns: Callable[[], int] = time.monotonic_ns) -> None:
        self._monotonic_ns = monotonic_ns
        self._sizes: list[int] = []
        self._seen_ns: list[int] = []

    def saw(self, size: int) -> None:
        """The log has this size now."""
        if self._sizes and size <= self._sizes[-1]:
            return
        self._sizes.append(size)
        self._seen_ns.append(self._monotonic_ns())
        if len(self._sizes) > steps_max:
            # Every other one: the oldest stays, and with it how long somebody is behind.
            self._sizes, self._seen_ns = self._sizes[::2], self._seen_ns[::2]

    def behind_ns(self, reached: int) -> int:
        """For how long something beyond `reached` has been known; 0 if nothing is."""
        position = bisect_right(self._sizes, reached)
        if position == len(self._sizes):
            return 0
        return self._monotonic_ns() - self._seen_ns[position]
