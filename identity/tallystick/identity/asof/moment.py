"""`asOf`: an index, or a time (RFC 3339), which stands for the last entry at or before it by ledger time.

Ledger time (formats §4) never decreases along the log, so that entry is found by bisection. A time behind the
last block means the log as it stands; nobody can know yet what a later block will bring.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime

from tallystick.identity.asof.errors import AsOfBeforeLog, AsOfBeyondLog, AsOfMalformed
from tallystick.ledger import Snapshot

as_of_chars_max = 40
_index = re.compile(r"0|[1-9][0-9]{0,14}")
_time = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})[Tt]([0-9]{2}:[0-9]{2}:[0-9]{2})(\.[0-9]+)?([Zz]|[+-][0-9]{2}:[0-9]{2})"
)


def index_of(snapshot: Snapshot, asked: str) -> int:
    """Raises `AsOfMalformed`, `AsOfBeyondLog` or `AsOfBeforeLog`."""
    if _index.fullmatch(asked):
        return _within(int(asked), snapshot.size())
    time = instant_of(asked)
    before = _first(snapshot.size(), lambda index: snapshot.time_of(index) > time)
    if before == 0:
        raise AsOfBeforeLog(f"it began at {snapshot.time_of(0)}")
    return before - 1


def instant_of(asked: str) -> str:
    """The time in the spelling of the log: UTC, whole milliseconds. Raises `AsOfMalformed`."""
    found = _time.fullmatch(asked) if len(asked) <= as_of_chars_max else None
    if found is None:
        raise AsOfMalformed(asked[:as_of_chars_max])
    day, clock, fraction, zone = found.groups()
    milliseconds = ((fraction or ".")[1:] + "000")[:3]
    try:
        told = datetime.fromisoformat(f"{day}T{clock}{zone.upper().replace('Z', '+00:00')}")
        there = told.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise AsOfMalformed(f"{asked}: {error}") from None
    return f"{there:%Y-%m-%dT%H:%M:%S}.{milliseconds}Z".rjust(24, "0")


def _within(index: int, size: int) -> int:
    if index >= size:
        raise AsOfBeyondLog(f"index {index}; the last one is {size - 1}")
    return index


def _first(size: int, holds: Callable[[int], bool]) -> int:
    """The first index at which a property holds that then holds for ever; `size` if there is none."""
    low, high = 0, size
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if holds(middle) else (middle + 1, high)
    return low
