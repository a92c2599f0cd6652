"""Bodies of the entries by which a node publishes calendars."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from tallystick.ledger import Body, Count, Hex32, MoneyDate, Text

days_listed_max = 150
rest_days_max = 3

#: A country (ISO 3166-1), or a system of payments within it or beyond: CN, DE, EU-TARGET.
CalendarCode = Annotated[str, Field(pattern=r"^[A-Z]{2}(-[A-Z0-9]{1,10})?$", examples=["CN"])]
#: `<publisher>#<code>`: everybody knows on whose word a date rests.
CalendarName = Annotated[
    str,
    Field(
        max_length=300,
        pattern=r"^[^\s#/]+/[^\s#]+#[A-Z]{2}(-[A-Z0-9]{1,10})?$",
        examples=["99/O-NODE000000000#CN"],
    ),
]
#: A certificate or quote that never rolls names no calendar.
NoCalendar = Literal["none"]
CalendarYear = Annotated[int, Field(ge=1990, le=2200)]
#: As ISO 8601 counts: 1 is Monday, 7 is Sunday.
Weekday = Annotated[int, Field(ge=1, le=7)]


class Day(Body):
    """A day with a name of its own: a holiday, or a rest day on which people work."""

    on: MoneyDate
    name: Text | None = None


class Source(Body):
    """Where the table comes from: the notice of an authority, perhaps its number and digest."""

    authority: Text
    title: Text
    number: Text | None = None
    published_on: MoneyDate | None = None
    digest: Hex32 | None = None


Days = Annotated[tuple[Day, ...], Field(max_length=days_listed_max)]


class CalendarPropose(Body):
    """Body of `finance.calendar.propose/1`, by a maker or officer of a node: one year's table.

    `rest`: weekly rest days. `working`: rest days on which people work (调休). Beyond `known_until` dates are
    provisional. `after`: the newest version that the proposer has seen, 0 if there is none.
    """

    code: CalendarCode
    year: CalendarYear
    rest: Annotated[tuple[Weekday, ...], Field(max_length=rest_days_max)]
    holidays: Days
    working: Days = ()
    known_until: MoneyDate
    source: Source
    after: Count = 0


class CalendarApprove(Body):
    """Body of `finance.calendar.approve/1`, by a checker or another officer of the same node: it is in force
    from here on."""

    proposal: Hex32
