"""Business days by a published calendar, against a library that knows China's notices by heart."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

import chinese_calendar
from bench.context import Bench
from bench.measure import Result, Row, in_turn, median_rate

from tallystick.finance import calendars

first, days = date(2025, 1, 1), 730


def rows(bench: Bench) -> Iterator[Result]:
    table = _china()
    count = bench.scale.few * 20
    asked = [first + timedelta(days=number % days) for number in range(count)]
    told = [day.isoformat() for day in asked]

    def ours() -> int:
        for day in told:
            table.rolled(day, "following")
        return count

    def library() -> int:
        for day in asked:
            while not chinese_calendar.is_workday(day):
                day += timedelta(days=1)
        return count

    spent = in_turn(bench.scale.rounds, ours=ours, library=library)
    yield Row(
        "due dates rolled to a business day by a calendar of the log",
        median_rate(spent["ours"]),
        median_rate(spent["library"]),
        "dates/s",
        "the same by chinesecalendar, from dates that are parsed already",
    )


def _china() -> calendars.Calendar:
    years = {}
    for name in calendars.shipped():
        body = calendars.proposal(calendars.read_table(calendars.builtin(name)), 0)
        years[body.year] = calendars.table_of(body.model_dump(mode="json"))
    return calendars.Calendar("99/O-NODE#CN", 2, years)
