"""Business days against somebody else's table and arithmetic."""

from __future__ import annotations

from datetime import date, timedelta
from functools import lru_cache

import chinese_calendar
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tallystick.finance import calendars
from tallystick.finance.calendars import Calendar, Roll
from tallystick.finance.calendars.versions import table_of
from tallystick.finance.errors import DateRefused

first, last = date(2025, 1, 1), date(2026, 12, 31)
inside = st.dates(first, last)
rolls: tuple[Roll, ...] = ("following", "modified-following", "preceding")


@lru_cache(maxsize=1)
def china() -> Calendar:
    years = {}
    for name in calendars.shipped():
        body = calendars.proposal(calendars.read_table(calendars.builtin(name)), 0)
        years[body.year] = table_of(body.model_dump(mode="json"))
    return Calendar("99/O-NODE#CN", 2, years)


def test_the_shipped_tables_are_those_of_the_notices() -> None:
    """Each day of two years, as a library made by others has it, make-up working days among them."""
    day = first
    while day <= last:
        assert china().is_business(day.isoformat()) == chinese_calendar.is_workday(day), day
        assert china().knows(day.isoformat())
        day += timedelta(days=1)


@settings(max_examples=150)
@given(inside, st.sampled_from(rolls))
def test_a_date_is_rolled_to_the_nearest_business_day(day: date, roll: Roll) -> None:
    found = china().rolled(day.isoformat(), roll)
    on, step = date.fromisoformat(found.on), timedelta(days=-1 if roll == "preceding" else 1)
    oracle = day
    while not _works(oracle):
        oracle += step
    if roll == "modified-following" and oracle.month != day.month:
        oracle = day
        while not _works(oracle):
            oracle -= timedelta(days=1)
    assert on == oracle
    assert found.on == day.isoformat() or not china().is_business(day.isoformat())


@settings(max_examples=150)
@given(inside, st.integers(-40, 40))
def test_business_days_are_counted_as_others_count_them(day: date, count: int) -> None:
    found = china().add(day.isoformat(), count)
    oracle, left = day, abs(count)
    while left:
        oracle += timedelta(days=1 if count > 0 else -1)
        left -= _works(oracle)
    assert date.fromisoformat(found.on) == oracle
    assert found.provisional == (not first <= oracle <= last)


@settings(max_examples=100)
@given(inside, st.integers(0, 60), st.sampled_from(rolls))
def test_later_due_dates_are_never_paid_earlier(day: date, more: int, roll: Roll) -> None:
    later = day + timedelta(days=more)
    dates = [china().rolled(one.isoformat(), roll).on for one in (day, later)]
    assert dates == sorted(dates)


@settings(max_examples=100)
@given(inside, st.integers(1, 30))
def test_adding_and_counting_agree(day: date, count: int) -> None:
    start = china().rolled(day.isoformat(), "following").on
    end = china().add(start, count).on
    assert china().business_days(start, end) == count
    assert china().add(end, -count).on == start


def _works(day: date) -> bool:
    if first <= day <= last:
        return bool(chinese_calendar.is_workday(day))
    return day.isoweekday() < 6


def test_a_make_up_day_is_a_business_day_and_a_bridge_day_is_none() -> None:
    assert china().is_business("2026-02-14")
    assert not china().is_business("2026-02-16")
    assert china().rolled("2026-02-15", "following").on == "2026-02-24"
    assert china().rolled("2026-02-15", "preceding").on == "2026-02-14"
    assert china().rolled("2026-10-01", "following").on == "2026-10-08"


def test_modified_following_stays_in_the_month() -> None:
    assert china().rolled("2026-01-31", "following").on == "2026-02-02"
    assert china().rolled("2026-01-31", "modified-following").on == "2026-01-30"
    assert china().rolled("2026-01-10", "modified-following").on == "2026-01-12"


def test_beyond_the_table_weekly_rest_days_are_taken_and_said_to_be_provisional() -> None:
    found = china().rolled("2027-10-02", "following")
    assert (found.on, found.provisional) == ("2027-10-04", True)
    assert not china().knows("2027-01-01")
    assert china().rolled("2026-12-31", "following").provisional is False
    assert china().add("2026-12-31", 1).provisional is True
    assert china().rolled("2024-06-01", "preceding") == calendars.Reached("2024-05-31", True)


def test_leap_years_have_their_day() -> None:
    year = calendars.table(2028, (6, 7), (), (), "2028-12-31")
    leap = Calendar("99/O-NODE#CN", 1, {2028: year})
    assert leap.knows("2028-12-31")
    assert leap.is_business("2028-02-29")
    assert leap.add("2028-02-28", 1).on == "2028-02-29"
    assert leap.rolled("2028-12-31", "preceding").on == "2028-12-29"


def test_rest_days_are_the_countrys_own() -> None:
    friday = calendars.table(2026, (5, 6), (), (), "2026-12-31")
    gulf = Calendar("99/O-NODE#SA", 1, {2026: friday})
    assert gulf.rolled("2026-07-10", "following").on == "2026-07-12"


@pytest.mark.parametrize("day", ["9999-12-31", "2026-02-30", "0001-01-01"])
def test_the_ends_of_the_calendar_are_an_answer(day: str) -> None:
    with pytest.raises(DateRefused):
        china().add(day, 400 if day > "2" else -400)
