"""Calendars as anybody may read them, and what a date becomes by one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

from tallystick.finance.calendars import versions
from tallystick.finance.calendars.days import Reached, Roll
from tallystick.finance.calendars.payment import PaymentDate, payment_date
from tallystick.finance.draft import Row
from tallystick.finance.errors import CalendarUnknown
from tallystick.finance.money.dates import check_date
from tallystick.finance.reading.pages import Page
from tallystick.ledger import View

calendar_names_max = 200
check_days_max = 400
proposals_max = 100


@dataclass(frozen=True, slots=True)
class Listed:
    """A calendar by its newest version."""

    name: str
    publisher: str
    code: str
    version: int
    years: tuple[int, ...]
    known_until: str


@dataclass(frozen=True, slots=True)
class VersionView:
    """A version as it was approved: one year's table, from whom, in force since when."""

    number: int
    row: Row

    @property
    def days(self) -> list[tuple[str, Row]]:
        """Holidays and working days together, in the order of dates."""
        told = [("holiday", day) for day in self.row["holidays"]]
        told += [("working", day) for day in self.row["working"]]
        return sorted(told, key=lambda one: str(one[1]["on"]))


@dataclass(frozen=True, slots=True)
class ProposalView:
    """A table that one person proposed, by the payload hash that the second one names."""

    proposal: str
    row: Row


@dataclass(frozen=True, slots=True)
class CalendarView:
    """One calendar: the table of each year as it stands, and all versions, the newest first."""

    listed: Listed
    years: Mapping[int, VersionView]
    versions: tuple[VersionView, ...]


@dataclass(frozen=True, slots=True)
class DayView:
    """What one version says of a day, and where it leads."""

    day: str
    version: int
    business: bool
    known: bool
    rolled: Reached
    added: Reached


def listed(view: View, after: str = "", limit: int = 50) -> Page[Listed]:
    """Calendars in the order of their names."""
    size = max(1, min(limit, calendar_names_max))
    names = view.names("calendar", after=after, limit=size + 1)
    rows = tuple(_listed(view, name) for name in names[:size])
    return Page(rows, names[size - 1] if len(names) > size else None)


def calendar(view: View, name: str) -> CalendarView:
    """Raises `CalendarUnknown`."""
    head = _listed(view, name)
    rows = [cast(Row, row) for row in view.group("calendar-version", name).values()]
    found = [VersionView(row["version"], row) for row in rows]
    years = {version.row["year"]: version for version in found}
    return CalendarView(head, dict(sorted(years.items())), tuple(reversed(found)))


def check(
    view: View, name: str, day: str, roll: Roll, business_days: int = 0, version: int | None = None
) -> DayView:
    """Raises `CalendarUnknown` or `DateRefused`."""
    check_date(day)
    if version is None:
        found = versions.in_force(view, name)
    else:
        found = versions.version_of(view, name, version)
    return DayView(
        day=day,
        version=found.version,
        business=found.is_business(day),
        known=found.knows(day),
        rolled=found.rolled(day, roll),
        added=found.add(day, business_days),
    )


def payment_of(view: View, name: str, head: Row) -> PaymentDate:
    """The payment date of a certificate, as blocks have left it."""
    return payment_date(view, name, head)


def open_proposals(view: View, name: str) -> tuple[ProposalView, ...]:
    """Tables that a checker may approve now: those that follow the newest version."""
    publisher, _, code = name.rpartition("#")
    head = cast("Row | None", view.get("calendar", name)) or {"versions": 0}
    found = view.find("calendar-proposal-of", publisher, limit=proposals_max)
    rows = [(row.name, cast(Row, row.value)) for row in found]
    return tuple(
        ProposalView(proposal, row)
        for proposal, row in rows
        if (row["status"], row["code"], row["after"]) == ("open", code, head["versions"])
    )


def _listed(view: View, name: str) -> Listed:
    head = cast("Row | None", view.get("calendar", name))
    if head is None:
        raise CalendarUnknown(name)
    rows = [cast(Row, row) for row in view.group("calendar-version", name).values()]
    last = {row["year"]: row["known_until"] for row in rows}
    return Listed(
        name,
        head["publisher"],
        head["code"],
        head["versions"],
        tuple(head["years"]),
        max(last.values()),
    )
