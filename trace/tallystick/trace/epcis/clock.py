"""Instants as EPCIS writes them, and as the ledger does."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone
from functools import lru_cache

_instant = re.compile(
    r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,12}))?(?:(Z)|([+-])(\d\d):(\d\d))"
)
offset_pattern = r"^[+-](0\d|1[0-4]):[0-5]\d$"


@lru_cache(maxsize=4096)
def instant(text: str) -> str:
    """UTC with milliseconds, half a millisecond rounding up (CBV 2.0 §8.9.2); `ValueError` if no instant.

    A time without a zone names no instant and is refused.
    """
    found = _instant.fullmatch(text)
    if found is None:
        raise ValueError(
            "a date and time with its zone is needed, such as 2026-03-05T08:00:00+08:00"
        )
    local, fraction, utc, sign, hours, minutes = found.groups()
    zone = UTC if utc else _zone(sign, int(hours), int(minutes))
    try:
        moment = datetime.fromisoformat(local).replace(tzinfo=zone).astimezone(UTC)
        moment += timedelta(milliseconds=_milliseconds(fraction or "0"))
    except (ValueError, OverflowError) as error:
        raise ValueError(f"there is no such time: {error}") from None
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _zone(sign: str, hours: int, minutes: int) -> timezone:
    if hours > 14 or minutes > 59:
        raise ValueError("there is no such time zone")
    offset = timedelta(hours=hours, minutes=minutes)
    return timezone(-offset if sign == "-" else offset)


def _milliseconds(fraction: str) -> int:
    digits = fraction.ljust(4, "0")
    return int(digits[:3]) + (digits[3] >= "5")
