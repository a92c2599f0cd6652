"""Money dates: calendar dates in the zone that the certificate names (formats §7).

Day counts subtract money dates, never instants: 2026-03-15T16:30Z is 16 March in Shanghai.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from importlib.resources import files
from zoneinfo import ZoneInfo

from tallystick.finance.errors import DateRefused, ZoneUnknown

default_zone = "Asia/Shanghai"


@lru_cache(maxsize=64)
def _zone(name: str) -> ZoneInfo:
    """From the locked time zone data, never the machine's, so that all replicas agree."""
    try:
        path = files("tzdata.zoneinfo").joinpath(*name.split("/"))
        with path.open("rb") as data:
            return ZoneInfo.from_file(data, key=name)
    except (KeyError, ValueError, OSError):
        raise ZoneUnknown(name) from None


def money_date(instant: str, zone: str = default_zone) -> str:
    """The calendar date of an RFC 3339 instant in a zone.

    >>> money_date("2026-03-15T16:30:00.000Z")
    '2026-03-16'
    """
    try:
        moment = datetime.fromisoformat(instant)
    except ValueError:
        raise DateRefused(instant) from None
    if moment.tzinfo is None:
        raise DateRefused(f"{instant} names no offset from UTC")
    try:
        return moment.astimezone(_zone(zone)).date().isoformat()
    except OverflowError:
        raise DateRefused(f"{instant} is beyond the calendar") from None


def check_date(text: str) -> str:
    """`text`, if it is a date of the calendar; raises `DateRefused`."""
    _date(text)
    return text


def days_between(start: str, end: str) -> int:
    """Days from one money date to another.

    >>> days_between("2026-03-16", "2026-07-10")
    116
    """
    return (_date(end) - _date(start)).days


def day_start(day: str, zone: str = default_zone) -> str:
    """Midnight at which a money date begins, as an instant.

    >>> day_start("2026-03-16")
    '2026-03-15T16:00:00.000Z'
    """
    try:
        begins = datetime.combine(_date(day), time(), _zone(zone)).astimezone(UTC)
    except OverflowError:
        raise DateRefused(f"{day} is beyond the calendar") from None
    return begins.strftime("%Y-%m-%dT%H:%M:%S.000Z")


def next_day(day: str) -> str:
    """The day behind a money date; raises `DateRefused` at the end of the calendar."""
    return plus_days(day, 1)


def plus_days(day: str, count: int) -> str:
    """So many calendar days later."""
    try:
        return (_date(day) + timedelta(days=count)).isoformat()
    except OverflowError:
        raise DateRefused(f"{day} is at the end of the calendar") from None


def weekday(day: str) -> int:
    """As ISO 8601 counts: 1 is Monday, 7 is Sunday."""
    return _date(day).isoweekday()


def _date(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise DateRefused(text) from None


def local_time(instant: str, zone: str = default_zone) -> str:
    """An instant on the clock of a zone, to the second.

    >>> local_time("2026-03-15T16:30:00.000Z")
    '2026-03-16 00:30:00'
    """
    try:
        return datetime.fromisoformat(instant).astimezone(_zone(zone)).strftime("%Y-%m-%d %H:%M:%S")
    except (ValueError, OverflowError):
        raise DateRefused(instant) from None
