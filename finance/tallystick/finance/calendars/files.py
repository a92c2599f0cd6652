"""A year's table from a file: CSV with a head of `# field: value`, or an iCalendar file (RFC 5545).

CSV: columns `kind` (holiday, working), `date`, `name`. iCalendar: all-day events; which of them close banks is
taken from `X-APPLE-SPECIAL-DAY`, from the categories HOLIDAY and WORKDAY, or from （休） and （班） at the end of the
summary, as the published calendars have it. An event that says none of this is no holiday, and is named as left out.
What a file does not say (source, weekly rest days) is said beside it.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from importlib.resources import files
from typing import Any

from pydantic import ValidationError

from tallystick.finance.calendars.bodies import CalendarPropose, Day, Source, days_listed_max
from tallystick.finance.errors import CalendarFileWrong

file_bytes_max = 1 << 20
_head_fields = frozenset(
    {"code", "year", "rest", "known-until", "authority", "title", "number", "published-on"}
)
_columns = ["kind", "date", "name"]
_special = {"WORK-HOLIDAY": "holiday", "ALTERNATE-WORKDAY": "working"}
_categories = {"HOLIDAY": "holiday", "WORKDAY": "working"}
_endings = {
    "休": "holiday", "(休)": "holiday", "（休）": "holiday",
    "班": "working", "(班)": "working", "（班）": "working",
}  # fmt: skip
_builtin_names = ("CN-2025", "CN-2026")


@dataclass
class Read:
    """What a file says: fields of its head, days by kind, and events that are neither."""

    head: dict[str, str] = field(default_factory=dict)
    days: dict[str, dict[str, str]] = field(default_factory=lambda: {"holiday": {}, "working": {}})
    left_out: list[str] = field(default_factory=list)

    def put(self, kind: str, day: str, name: str) -> None:
        if kind not in self.days:
            raise CalendarFileWrong(f"{day}: {kind!r} is neither holiday nor working")
        if any(day in listed for listed in self.days.values()):
            raise CalendarFileWrong(f"{day} stands twice")
        self.days[kind][day] = name
        if sum(map(len, self.days.values())) > 2 * days_listed_max:
            raise CalendarFileWrong(f"more than {2 * days_listed_max} days")


def builtin(name: str) -> str:
    """The text of a table that is shipped: CN-2025, CN-2026. Raises `CalendarFileWrong`."""
    if name not in _builtin_names:
        raise CalendarFileWrong(f"{name}: shipped are {', '.join(_builtin_names)}")
    return (
        files("tallystick.finance.calendars")
        .joinpath("data", f"{name}.csv")
        .read_text(encoding="utf-8")
    )


def read_table(text: str) -> Read:
    """A file of either form; raises `CalendarFileWrong` naming line or event."""
    try:
        size = len(text.encode())
    except UnicodeEncodeError:
        raise CalendarFileWrong("it is no text in UTF-8") from None
    if size > file_bytes_max:
        raise CalendarFileWrong(f"more than {file_bytes_max} bytes")
    return (
        _read_ics(text)
        if text.lstrip("\ufeff \r\n").startswith("BEGIN:VCALENDAR")
        else _read_csv(text)
    )


def proposal(read: Read, after: int, said: Mapping[str, str] | None = None) -> CalendarPropose:
    """The body that proposes a table; `said` completes or overrides the head of the file.

    Of a file that covers several years, only the days of the year that is told are taken.
    """
    head = {**read.head, **{key: value for key, value in (said or {}).items() if value}}
    missing = [key for key in ("code", "year", "rest", "authority", "title") if key not in head]
    if missing:
        raise CalendarFileWrong(f"neither the file nor you say: {', '.join(missing)}")
    year = head["year"]
    told: dict[str, Any] = {
        "code": head["code"],
        "year": _integer("year", year),
        "rest": tuple(_integer("rest", part) for part in head["rest"].split(",") if part.strip()),
        "holidays": _days(read.days["holiday"], year),
        "working": _days(read.days["working"], year),
        "known_until": head.get("known-until", f"{year}-12-31"),
        "after": after,
    }
    try:
        told["source"] = Source(
            authority=head["authority"],
            title=head["title"],
            number=head.get("number"),
            published_on=head.get("published-on"),
        )
        return CalendarPropose(**told)
    except ValidationError as error:
        wrong = error.errors(include_url=False, include_input=False)[0]
        place = "/".join(map(str, wrong["loc"]))
        raise CalendarFileWrong(f"{place}: {wrong['msg']}") from None


def _days(listed: Mapping[str, str], year: str) -> tuple[Day, ...]:
    mine = sorted(day for day in listed if day.startswith(f"{year}-"))
    try:
        return tuple(Day(on=day, name=listed[day] or None) for day in mine)
    except ValidationError:
        raise CalendarFileWrong(f"a name of a day in {year} is too long") from None


def _read_csv(text: str) -> Read:
    read, rows = Read(), list[str]()
    for line in text.lstrip("\ufeff").splitlines():
        if line.startswith("#"):
            key, _, value = line.lstrip("# ").partition(":")
            if key.strip() not in _head_fields:
                raise CalendarFileWrong(f"no field of a table: {key.strip()!r}")
            read.head[key.strip()] = value.strip()
        else:
            rows.append(line)
    try:
        table = csv.DictReader(io.StringIO("\n".join(rows)), strict=True)
        if table.fieldnames != _columns:
            raise CalendarFileWrong(f"the columns are {','.join(_columns)}")
        for row in table:
            if None in row:
                raise CalendarFileWrong(f"{row['date']}: more than {len(_columns)} columns")
            kind, day, name = (row[column] for column in _columns)
            read.put((kind or "").strip(), _iso((day or "").strip()), (name or "").strip())
    except csv.Error as error:
        raise CalendarFileWrong(str(error)) from None
    return read


def _read_ics(text: str) -> Read:
    # Costs more than the rest of this part together, and is needed by one command.
    from icalendar import Calendar as ICalendar

    read = Read()
    try:
        events = list(ICalendar.from_ical(text).walk("VEVENT"))
    except (ValueError, KeyError, IndexError, TypeError, AttributeError) as error:
        raise CalendarFileWrong(f"not an iCalendar file: {error}") from None
    for event in events:
        summary = str(event.get("summary", "")).strip()
        kind = _kind_of(event, summary)
        if kind is None:
            read.left_out.append(summary or "?")
            continue
        for day in _days_of(event, summary):
            read.put(kind, day, _bare(summary))
    return read


def _kind_of(event: Any, summary: str) -> str | None:
    special = _special.get(str(event.get("X-APPLE-SPECIAL-DAY", "")).strip().upper())
    if special is not None:
        return special
    told = event.get("categories")
    for one in told if isinstance(told, list) else [told]:
        for category in getattr(one, "cats", ()):
            if str(category).upper() in _categories:
                return _categories[str(category).upper()]
    return next((kind for end, kind in _endings.items() if summary.endswith(end)), None)


def _days_of(event: Any, summary: str) -> Iterator[str]:
    if "RRULE" in event:
        raise CalendarFileWrong(f"{summary}: a day that repeats every year is no table of a year")
    try:
        start = event["DTSTART"].dt
        end = event["DTEND"].dt if "DTEND" in event else start + timedelta(days=1)
    except (KeyError, AttributeError, OverflowError, TypeError, ValueError):
        raise CalendarFileWrong(f"{summary}: without a date") from None
    if type(start) is not date or type(end) is not date:
        raise CalendarFileWrong(f"{summary}: not a whole day")
    if not 0 < (end - start).days <= days_listed_max:
        raise CalendarFileWrong(f"{summary}: from {start} to {end}")
    for place in range((end - start).days):
        yield (start + timedelta(days=place)).isoformat()


def _bare(summary: str) -> str:
    for end in sorted(_endings, key=len, reverse=True):
        if summary.endswith(end):
            return summary[: -len(end)].strip()
    return summary


def _iso(text: str) -> str:
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        raise CalendarFileWrong(f"{text!r} is no date; write YYYY-MM-DD") from None


def _integer(what: str, text: str) -> int:
    try:
        return int(text.strip())
    except ValueError:
        raise CalendarFileWrong(f"{what}: {text!r} is no number") from None


def shipped() -> Iterable[str]:
    """Names of the tables that come with the product."""
    return _builtin_names
