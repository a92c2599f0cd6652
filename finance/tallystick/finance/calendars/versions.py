"""A calendar's versions, which never change: each states one year's table and is in force from its index on.

calendar           <publisher>#<code>  {publisher, code, versions, years, index, time}
calendar-version   <publisher>#<code>  part <number, 6 digits>: {version, year, rest, holidays, working,
                                       known_until, source, proposer, approver, index, time}
calendar-proposal  <payload hash>      {organisation, proposer, signers, code, year, …, status: open | approved}
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import cast

from tallystick.finance.calendars.days import Calendar, Year, table
from tallystick.finance.draft import Draft, Row
from tallystick.finance.errors import CalendarUnknown
from tallystick.ledger import State

Readable = State | Draft


@dataclass(frozen=True, slots=True)
class Version:
    """A calendar as it is in force from `index`, ledger time `time`, on."""

    index: int
    time: str
    calendar: Calendar


def version_part(number: int) -> str:
    """Sorts as the number does."""
    return f"{number:06d}"


def publisher_of(name: str) -> str:
    """
    >>> publisher_of("99/O-NODE#CN")
    '99/O-NODE'
    """
    return name.rpartition("#")[0]


def versions(state: Readable, name: str) -> Iterator[Version]:
    """All versions, oldest first; raises `CalendarUnknown` if there is none."""
    years: dict[int, Year] = {}
    rows = state.group("calendar-version", name)
    if not rows:
        raise CalendarUnknown(name)
    for found in rows.values():
        row = cast(Row, found)
        years = {**years, row["year"]: table_of(row)}
        yield Version(row["index"], row["time"], Calendar(name, row["version"], years))


def in_force(state: Readable, name: str) -> Calendar:
    """The newest version; raises `CalendarUnknown`."""
    return list(versions(state, name))[-1].calendar


def version_of(state: Readable, name: str, number: int) -> Calendar:
    """One version; raises `CalendarUnknown`."""
    for version in versions(state, name):
        if version.calendar.version == number:
            return version.calendar
    raise CalendarUnknown(f"{name}, version {number}")


def table_of(row: Row) -> Year:
    """The table that a version or a proposal states."""
    return table(
        row["year"],
        tuple(row["rest"]),
        tuple(day["on"] for day in row["holidays"]),
        tuple(day["on"] for day in row["working"]),
        row["known_until"],
    )
