"""Tables from files: the same table from both forms, and a precise answer to everything else."""

from __future__ import annotations

import pytest

from tallystick.finance import CalendarFileWrong, calendars

head = {"code": "CN", "year": "2026", "rest": "6,7", "authority": "a ministry", "title": "a notice"}


def event(start: str, end: str, summary: str, *more: str) -> str:
    lines = [
        "BEGIN:VEVENT", f"UID:{start}{summary}", f"DTSTART;VALUE=DATE:{start}",
        f"DTEND;VALUE=DATE:{end}", f"SUMMARY:{summary}", *more, "END:VEVENT",
    ]  # fmt: skip
    return "\r\n".join(lines)


def ics(*events: str) -> str:
    return "\r\n".join(
        ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//x//x//", *events, "END:VCALENDAR", ""]
    )


def test_the_shipped_table_says_where_it_comes_from() -> None:
    body = calendars.proposal(calendars.read_table(calendars.builtin("CN-2026")), 1)
    assert (body.code, body.year, body.rest, body.after) == ("CN", 2026, (6, 7), 1)
    assert (body.source.authority, body.source.published_on) == ("国务院办公厅", "2025-11-04")
    assert len(body.holidays) == 33
    assert [day.on for day in body.working] == [
        "2026-01-04", "2026-02-14", "2026-02-28", "2026-05-09", "2026-09-20", "2026-10-10",
    ]  # fmt: skip


def test_an_icalendar_file_says_the_same_in_each_of_its_ways() -> None:
    text = ics(
        event("20251230", "20260104", "元旦（休）"),
        event("20260104", "20260105", "元旦", "X-APPLE-SPECIAL-DAY:ALTERNATE-WORKDAY"),
        event("20260404", "20260407", "清明节", "CATEGORIES:PUBLIC,HOLIDAY"),
        event("20260214", "20260215", "春节 班"),
        event("20260308", "20260309", "妇女节"),
    )
    read = calendars.read_table(text)
    body = calendars.proposal(read, 0, head)
    assert [day.on for day in body.holidays] == [
        "2026-01-01", "2026-01-02", "2026-01-03", "2026-04-04", "2026-04-05", "2026-04-06",
    ]  # fmt: skip
    assert [day.on for day in body.working] == ["2026-01-04", "2026-02-14"]
    assert body.holidays[0].name == "元旦"
    assert read.left_out == ["妇女节"]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "columns"),
        ("day,name\n2026-01-01,x\n", "columns"),
        ("kind,date,name\nholiday,2026-02-30,x\n", "2026-02-30"),
        ("kind,date,name\nrest,2026-01-01,x\n", "rest"),
        ("kind,date,name\nholiday,2026-01-01,x\nworking,2026-01-01,x\n", "twice"),
        ('kind,date,name\nholiday,"2026-01-01,x\n', "unexpected end"),
        ("kind,date,name\nholiday,2026-01-01\n", "neither"),
        ("# colour: red\nkind,date,name\n", "colour"),
        ("kind,date,name\nholiday,2026-01-01,x\n", "neither the file nor you"),
        ("BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\n", "not an iCalendar"),
        ("kind,date,name\nholiday,2026-01-01,a,b\n", "more than"),
        (ics(event("20260101", "20250101", "x 休")), "from 2026"),
        (ics(event("20260101", "20280101", "x 休")), "from 2026"),
        (ics(event("20260101", "20260102", "x 休", "RRULE:FREQ=YEARLY")), "repeats"),
        (ics(event("20260101", "20260102", "x 休").replace(";VALUE=DATE:20260101", ":20260101T000000Z")), "whole day"),
        ("#" * (calendars.file_bytes_max + 1), "bytes"),
    ],
)  # fmt: skip
def test_what_is_no_table_is_named(text: str, why: str) -> None:
    with pytest.raises(CalendarFileWrong, match=why):
        calendars.proposal(calendars.read_table(text), 0)


@pytest.mark.parametrize(
    "wrong", [{"rest": "6;7"}, {"year": "next"}, {"code": "China"}, {"known-until": "soon"}]
)
def test_what_is_said_beside_a_file_is_checked_too(wrong: dict[str, str]) -> None:
    read = calendars.read_table("kind,date,name\n")
    with pytest.raises(CalendarFileWrong, match=next(iter(wrong)).replace("-", "_")):
        calendars.proposal(read, 0, {**head, **wrong})


def test_only_what_is_shipped_is_found_by_its_name() -> None:
    for name in ("CN-1999", "../secret", ""):
        with pytest.raises(CalendarFileWrong):
            calendars.builtin(name)
