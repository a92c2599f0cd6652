"""How often somebody may fail to log in: a few times a minute from one address, more from all together."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field

from tallystick.identity import TooManyFailures

window_s = 60
from_one_address_max = 10
from_anywhere_max = 100
names_max = 20_000


@dataclass
class Failures:
    """Counted in this process; `now_s` is a clock that never goes back."""

    now_s: Callable[[], int] = lambda: time.monotonic_ns() // 1_000_000_000
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _seen: OrderedDict[tuple[str, str], list[int]] = field(default_factory=OrderedDict)

    def require(self, identity: str, address: str) -> None:
        """Raises `TooManyFailures`, whether this attempt would be right or not."""
        with self._lock:
            for key, most in _limits(identity, address):
                if len(self._recent(key)) >= most:
                    raise TooManyFailures(identity)

    def note(self, identity: str, address: str) -> None:
        with self._lock:
            for key, _ in _limits(identity, address):
                self._seen[key] = [*self._recent(key), self.now_s()]
                self._seen.move_to_end(key)
            while len(self._seen) > names_max:
                self._seen.popitem(last=False)

    def _recent(self, key: tuple[str, str]) -> list[int]:
        since = self.now_s() - window_s
        return [at for at in self._seen.get(key, ()) if at > since]


def _limits(identity: str, address: str) -> tuple[tuple[tuple[str, str], int], ...]:
    return (((identity, address), from_one_address_max), ((identity, ""), from_anywhere_max))
