"""Business days: arithmetic on the tables of one calendar, pure (formats §7).

A year's table states its weekly rest days, its holidays, and its make-up working days (调休), which are rest days
on which people work. Days beyond the tables are told by weekly rest days alone, those of the nearest year that has
a table, and whatever rests on one of them is *provisional*. Nothing is ever refused for want of a table.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from typing import Literal

from tallystick.finance.errors import DateRefused

Roll = Literal["none", "following", "modified-following", "preceding"]
_day = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Year:
    """One year's table. `business`: one byte for each day from 1 January on; `known`: so many of them are told."""

    rest: frozenset[int]
    business: bytes
    known: int


@dataclass(frozen=True, slots=True)
class Reached:
    """A date, and whether one of the days looked at for it lies beyond the tables."""

    on: str
    provisional: bool


@dataclass(frozen=True, slots=True)
class Calendar:
    """The tables of a calendar as one version has them, by year; there is at least one."""

    name: str
    version: int
    years: Mapping[int, Year]

    def is_business(self, day: str) -> bool:
        return self._looked_at(_date(day))[0]

    def knows(self, day: str) -> bool:
        """Whether the day is within a table."""
        return self._looked_at(_date(day))[1]

    def rolled(self, due_on: str, roll: Roll) -> Reached:
        """The payment date of a nominal due date by a convention.

        Modified following: the next business day, unless it is in the next month; then the one before.
        """
        if roll == "none":
            return Reached(due_on, provisional=False)
        due = _date(due_on)
        if roll == "preceding":
            return self._nearest(due, -_day)
        found = self._nearest(due, _day)
        if roll == "modified-following" and found.on[:7] != due_on[:7]:
            back = self._nearest(due, -_day)
            return Reached(back.on, found.provisional or back.provisional)
        return found

    def add(self, day: str, count: int) -> Reached:
        """The business day `count` business days behind `day` (before it, if negative); `day` itself for 0."""
        here, step, beyond = _date(day), _day if count > 0 else -_day, False
        left = abs(count)
        while left:
            here = _moved(here, step)
            business, known = self._looked_at(here)
            beyond |= not known
            left -= business
        return Reached(here.isoformat(), beyond)

    def business_days(self, start: str, end: str) -> int:
        """How many business days there are from `start` on, before `end`."""
        here, last, count = _date(start), _date(end), 0
        while here < last:
            count += self._looked_at(here)[0]
            here += _day
        return count

    def _nearest(self, here: date, step: timedelta) -> Reached:
        beyond = False
        while True:
            business, known = self._looked_at(here)
            beyond |= not known
            if business:
                return Reached(here.isoformat(), beyond)
            here = _moved(here, step)

    def _looked_at(self, day: date) -> tuple[bool, bool]:
        """(business day, within a table)."""
        table = self.years.get(day.year)
        if table is not None:
            place = day.timetuple().tm_yday - 1
            if place < table.known:
                return bool(table.business[place]), True
            return day.isoweekday() not in table.rest, False
        nearest = min(self.years, key=lambda year: (abs(year - day.year), year))
        return day.isoweekday() not in self.years[nearest].rest, False


@lru_cache(maxsize=256)
def table(
    year: int,
    rest: Sequence[int],
    holidays: Sequence[str],
    working: Sequence[str],
    known_until: str,
) -> Year:
    """A year's table of what a version says, all in tuples."""
    first, off, on = date(year, 1, 1), frozenset(holidays), frozenset(working)
    resting = frozenset(rest)
    known = (_date(known_until) - first).days + 1
    days = [first + timedelta(days=place) for place in range(known)]
    business = bytes(
        day.isoformat() in on or (day.isoweekday() not in resting and day.isoformat() not in off)
        for day in days
    )
    return Year(resting, business, known)


def longest_closed(year: Year) -> int:
    """The longest run of days without a business day within a table."""
    return max(map(len, year.business.split(b"\x01")))


def _date(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise DateRefused(text) from None


def _moved(day: date, step: timedelta) -> date:
    try:
        return day + step
    except OverflowError:
        raise DateRefused(f"{day} is at the end of the calendar") from None
