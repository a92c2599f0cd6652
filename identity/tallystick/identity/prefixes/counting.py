"""How often handles of a prefix are asked for: so many a day, and nothing about who asks.

Counted in memory and handed on in batches, so that a resolution costs an addition. What was counted since the
last batch is lost with the process; these are figures for the prefix's holder, and nothing rests on them.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Literal, Protocol

from tallystick.ledger import Clock, SystemClock, instant

#: Of handles of a prefix that are asked for; and of entries that a device sent.
Outcome = Literal["found", "missing", "entries"]
#: prefix or device, day, outcome, how often.
Row = tuple[str, str, str, int]
#: More pairs of prefix and day than this are not told apart before the next batch.
rows_waiting_max = 20_000
_day_ms = 86_400_000


class Counts(Protocol):
    """Whoever resolves handles tells this, whatever the protocol."""

    def count(self, prefix: str, outcome: Outcome) -> None: ...


class Uncounted:
    """Where nobody keeps figures."""

    def count(self, prefix: str, outcome: Outcome) -> None:
        pass


class DailyCounts:
    """Counts by day (UTC) until `flush` hands them on. Any thread may count.

    Only prefixes that are registered may be counted: anybody can ask for any other.
    """

    def __init__(self, keep: Callable[[Sequence[Row]], None], clock: Clock | None = None) -> None:
        self._keep = keep
        self._clock = clock or SystemClock()
        self._lock = threading.Lock()
        self._waiting: Counter[tuple[str, int, str]] = Counter()

    def count(self, prefix: str, outcome: Outcome, times: int = 1) -> None:
        key = (prefix, self._clock.now_ms() // _day_ms, outcome)
        with self._lock:
            if key in self._waiting or len(self._waiting) < rows_waiting_max:
                self._waiting[key] += times

    def flush(self) -> int:
        """How many rows were handed on. If that fails they wait for the next time, and the error is raised."""
        with self._lock:
            taken, self._waiting = self._waiting, Counter()
        if not taken:
            return 0
        try:
            self._keep(
                [
                    (prefix, instant(day * _day_ms)[:10], outcome, count)
                    for (prefix, day, outcome), count in sorted(taken.items())
                ]
            )
        except BaseException:
            with self._lock:
                self._waiting.update(taken)
            raise
        return len(taken)
