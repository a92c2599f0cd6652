"""Clocks and time as text. Only `app` and tests choose a clock; rules see ledger time alone."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    def now_ms(self) -> int:
        """Milliseconds since 1970-01-01T00:00:00Z."""
        ...


class SystemClock:
    def now_ms(self) -> int:
        return time.time_ns() // 1_000_000


class SetClock:
    """A clock that stands still until it is set: for simulated stores."""

    def __init__(self, start: str) -> None:
        self._now_ms = from_instant(start)

    def now_ms(self) -> int:
        return self._now_ms

    def set(self, instant: str) -> None:
        """Move to an instant; never back."""
        self._now_ms = max(self._now_ms, from_instant(instant))

    def advance(self, ms: int) -> None:
        self._now_ms += ms


def instant(ms: int) -> str:
    """RFC 3339, UTC, milliseconds."""
    moment = datetime.fromtimestamp(ms // 1000, UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{ms % 1000:03d}Z"


def from_instant(text: str) -> int:
    """Milliseconds of an RFC 3339 instant with zone; raises ValueError."""
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(f"{text} has no zone")
    return int(moment.timestamp()) * 1000 + moment.microsecond // 1000
