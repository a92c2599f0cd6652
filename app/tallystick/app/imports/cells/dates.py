"""Cells to calendar dates (ISO 8601 text).

Read without being told: 2026-03-05, 2026/3/5, 2026.3.5, 20260305, 2026年3月5日 (also 号), 2-Jun-06,
2 June 2006, each also with a time of day, which is dropped. 3/5/2026 may be March or May: it is read
only by a format that the map declares (`m/d/yyyy`, `d/m/yyyy`, `m/d/yy`, `d/m/yy`). Two-digit years
from 69 are of the last century (POSIX).
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Literal, get_args

from tallystick.app.imports.cells.values import plain
from tallystick.app.imports.errors import BadValue

DateFormat = Literal["m/d/yyyy", "d/m/yyyy", "m/d/yy", "d/m/yy"]
date_formats: tuple[DateFormat, ...] = get_args(DateFormat)
year_min, year_max = 1990, 2099

_months = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_month_names = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september",
    "october", "november", "december",
)  # fmt: skip
_month_numbers = {
    **{name: number for number, name in enumerate(_months, 1)},
    **{name: number for number, name in enumerate(_month_names, 1)},
    "sept": 9,
}
_time = r"(?:[ T]+\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:?\d{2})?)?"
_year_first = re.compile(
    r"(?P<y>\d{4})(?:(?P<cut>[-/.])(?P<m>\d{1,2})(?P=cut)(?P<d>\d{1,2})"
    rf"|年(?P<m2>\d{{1,2}})月(?P<d2>\d{{1,2}})[日号]?){_time}"
)
_digits_only = re.compile(r"(?P<y>\d{4})(?P<m>\d{2})(?P<d>\d{2})")
_named_month = re.compile(
    rf"(?P<d>\d{{1,2}})[-/. ](?P<m>[A-Za-z]{{3,9}})\.?[-/., ]+(?P<y>\d{{4}}|\d{{2}}){_time}"
)
_slashed = re.compile(rf"(?P<a>\d{{1,2}})[/.-](?P<b>\d{{1,2}})[/.-](?P<y>\d{{4}}|\d{{2}}){_time}")
_day_number = re.compile(r"[34]\d{4}(?:\.\d+)?")


@lru_cache(maxsize=8192)
def date(text: str, formats: tuple[DateFormat, ...] = ()) -> str:
    """The ISO date of a cell; raises `BadValue` with the reason."""
    said = plain(text)
    compact = re.sub(r"\s*([年月日号])\s*", r"\1", said)
    if found := _year_first.fullmatch(compact):
        return _iso(found["y"], found["m"] or found["m2"], found["d"] or found["d2"])
    if found := _digits_only.fullmatch(said):
        return _iso(found["y"], found["m"], found["d"])
    if found := _named_month.fullmatch(said):
        month = _month_numbers.get(found["m"].lower())
        if month is None:
            raise BadValue(f"{found['m']} is no month")
        return _iso(found["y"], month, found["d"])
    if found := _slashed.fullmatch(said):
        return _declared(found, formats)
    if _day_number.fullmatch(said):
        raise BadValue("is a spreadsheet's day number; show the column as a date")
    raise BadValue("is not a date")


def _declared(found: re.Match[str], formats: Sequence[DateFormat]) -> str:
    for form in formats:
        if len(form.rpartition("/")[2]) != len(found["y"]):
            continue
        day_first = form.startswith("d")
        month, day = (found["b"], found["a"]) if day_first else (found["a"], found["b"])
        return _iso(found["y"], month, day)
    raise BadValue("may be month first or day first; name its format in the map (date_formats)")


def _iso(year_text: str, month: str | int, day: str) -> str:
    year = int(year_text)
    if len(year_text) == 2:
        year += 1900 if year >= 69 else 2000
    if not year_min <= year <= year_max:
        raise BadValue(f"the year {year} is not within {year_min} to {year_max}")
    try:
        return datetime.date(year, int(month), int(day)).isoformat()
    except ValueError:
        raise BadValue("is no day of the calendar") from None


def add_days(iso: str, days: int) -> str:
    """The date so many days later."""
    return (datetime.date.fromisoformat(iso) + datetime.timedelta(days=days)).isoformat()
