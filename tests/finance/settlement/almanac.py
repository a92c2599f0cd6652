"""Business days as people read them off a wall: weekends, holidays, weekends on which people work."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

saturday, one_day = 5, timedelta(days=1)
#: So many business days before its due date the payment date of a certificate is fixed (formats §7).
fixing_days = 5


@dataclass(frozen=True)
class Almanac:
    """One version of a calendar; days of other years rest at weekends alone."""

    version: int
    holidays: frozenset[date] = frozenset()
    worked: frozenset[date] = frozenset()

    def opens(self, day: date) -> bool:
        if day.weekday() >= saturday:
            return day in self.worked
        return day not in self.holidays

    def payment(self, due: date, roll: str) -> date:
        """When whatever is due on a day is paid."""
        if roll == "none" or self.opens(due):
            return due
        behind, before = self._from(due, 1), self._from(due, -1)
        same_month = (behind.year, behind.month) == (due.year, due.month)
        if roll == "preceding" or (roll == "modified-following" and not same_month):
            return before
        return behind

    def fixing(self, due: date) -> date:
        """The fifth business day before a day."""
        left, day = fixing_days, due
        while left:
            day -= one_day
            left -= self.opens(day)
        return day

    def closed_in_a_row(self, days: Iterable[date]) -> int:
        """The longest run of days without a business day."""
        longest = run = 0
        for day in days:
            run = 0 if self.opens(day) else run + 1
            longest = max(longest, run)
        return longest

    def _from(self, day: date, step: int) -> date:
        while not self.opens(day):
            day += step * one_day
        return day
