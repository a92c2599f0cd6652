"""The payment date of a certificate: its nominal due date, rolled by a calendar (formats §7).

Due date, convention and calendar are fixed at issue. The date is fixed by the version in force five business days
before the due date, counted by that same version, at midnight in the certificate's zone; until then it is
*expected* by the newest version, or *provisional* where that says nothing of a day in question. A version that
comes later moves nothing that was fixed. Which version that is follows from the log alone, however late a block
carries the step out. Beyond the tables a date is fixed all the same, by weekly rest days, and said to be uncovered.

    payment-date  <certificate>  {on, calendar, version, covered, fixes_on, time, overdue?}   once it is fixed; only
                                 `overdue` where nothing rolls
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Literal, get_args

from tallystick.finance.calendars.days import Calendar, Reached, Roll
from tallystick.finance.calendars.versions import (
    Readable,
    Version,
    in_force,
    publisher_of,
    versions,
)
from tallystick.finance.draft import Draft, Row, row
from tallystick.finance.errors import CalendarUnknown, DocumentWrong, DueDateRefused, SameParty
from tallystick.finance.money.dates import day_start, next_day
from tallystick.finance.receivables.expiry import full_hour, schedule, unschedule
from tallystick.ledger import Act

fixing_business_days = 5
#: Who bears the days by which a payment date was rolled. Of a certificate: its holders, who wait without being paid
#: for it; or the issuer, who owes interest for them outside the certificate.
RolledDays = Literal["holders", "issuer"]
#: The payment date may lie before the due date.
_backwards: tuple[Roll, ...] = ("preceding", "modified-following")
_over = ("refused", "lapsed", "settled", "cancelled")
_owed = ("live", "partially_paid")

Status = Literal["fixed", "expected", "provisional"]
statuses: tuple[Status, ...] = get_args(Status)


@dataclass(frozen=True, slots=True)
class PaymentDate:
    """When a certificate is paid, and how sure that is.

    `fixes_on`: the day on which it is, or was, fixed. `calendar` is empty and `version` 0 where nothing rolls.
    """

    on: str
    status: Status
    calendar: str = ""
    version: int = 0
    covered: bool = True
    fixes_on: str = ""
    overdue: str = ""


def check_terms(state: Readable, issuer: str, roll: Roll, calendar: str) -> None:
    """Raises `DocumentWrong`, `SameParty` or `CalendarUnknown`."""
    if (roll == "none") != (calendar == "none"):
        raise DocumentWrong("a date that rolls names a calendar, one that does not names none")
    if roll == "none":
        return
    if publisher_of(calendar) == issuer:
        raise SameParty(f"{issuer} would say itself on which days it pays")
    in_force(state, calendar)


def check_begins(state: Readable, due_on: str, roll: Roll, calendar: str, issued_on: str) -> None:
    """Raises `DueDateRefused` where units would have to be paid on the day of issue, or before it."""
    if roll in _backwards:
        on = in_force(state, calendar).rolled(due_on, roll).on
        if on <= issued_on:
            raise DueDateRefused(f"due on {due_on} means paid on {on}, issued on {issued_on}")


def payment_date(state: Readable, name: str, found: Row, now: str = "") -> PaymentDate:
    """Of the certificate `found` under `name`, as of ledger time `now`; without it, as blocks have left it."""
    if found.get("roll", "none") == "none":
        late = row(state.get("payment-date", name)) or {}
        return PaymentDate(found["due_on"], "fixed", overdue=late.get("overdue", ""))
    stored = row(state.get("payment-date", name))
    if stored is not None:
        fields = ("on", "calendar", "version", "covered", "fixes_on")
        overdue = stored.get("overdue", "")
        return PaymentDate(status="fixed", overdue=overdue, **{key: stored[key] for key in fields})
    return _computed(state, found, now)


def stops_on(state: Readable, name: str, found: Row, now: str) -> str:
    """From this day on no units move: the due date, or the payment date if that comes before it."""
    if found.get("roll", "none") not in _backwards:
        return str(found["due_on"])
    return min(str(found["due_on"]), payment_date(state, name, found, now).on)


def issued(draft: Draft, name: str) -> None:
    """Let blocks fix the date of a new certificate, or say that it was not paid."""
    found = draft.row("certificate", name) or {}
    if found["roll"] == "none":
        _await_payment(draft, name, found, found["due_on"])
    else:
        _await_fixing(draft, name, found)


def fix(draft: Draft, name: str, act: Act[Any]) -> None:
    """A block has come to the day of fixing, as it was when this was put down; a later version may have moved it."""
    found = draft.row("certificate", name)
    if found is None or found["status"] in _over:
        return
    date = kept(draft, name, found, act)
    if date.status != "fixed":
        _await_fixing(draft, name, found)
    else:
        _await_payment(draft, name, found, date.on)


def kept(draft: Draft, name: str, found: Row, act: Act[Any]) -> PaymentDate:
    """The payment date as of now; once it is fixed it is written down, by whatever asks first."""
    date = payment_date(draft, name, found, act.time)
    stored = draft.row("payment-date", name)
    if date.status != "fixed" or not date.calendar or stored is not None:
        return date
    document = {
        "on": date.on,
        "calendar": date.calendar,
        "version": date.version,
        "covered": date.covered,
        "fixes_on": date.fixes_on,
        "time": act.time,
    }
    draft.put("payment-date", name, document)
    return date


def overdue(draft: Draft, name: str, act: Act[Any]) -> None:
    """The payment date is over and not all was paid: from here on the debtor is reminded (催收)."""
    found = draft.row("certificate", name)
    if found is None or found["status"] not in _owed:
        return
    date = payment_date(draft, name, found, act.time)
    draft.amend("payment-date", name, overdue=next_day(date.on))


def settled(draft: Draft, name: str, found: Row, now: str) -> None:
    """Nothing is owed any more."""
    ends = _overdue_at(found, payment_date(draft, name, found, now).on)
    unschedule(draft, ends, "overdue", name)


def _computed(state: Readable, found: Row, now: str) -> PaymentDate:
    name, due_on, zone, roll = (found[key] for key in ("calendar", "due_on", "zone", "roll"))
    last = None
    for version, until in _in_force_since(state, name, found["index"]):
        fixing = version.calendar.add(due_on, -fixing_business_days)
        at = max(day_start(fixing.on, zone), version.time, found["time"])
        last = _date(version.calendar, fixing, version.calendar.rolled(due_on, roll))
        if at <= now and (not until or at <= until):
            return _fixed(last)
    if last is None:
        raise CalendarUnknown(name)
    return last


def _in_force_since(state: Readable, name: str, index: int) -> Iterator[tuple[Version, str]]:
    """Versions from the one in force at an index on, each with the ledger time at which the next took its place."""
    found = list(versions(state, name))
    for version, following in pairwise([*found, None]):
        if version is not None and (following is None or following.index > index):
            yield version, "" if following is None else following.time


def _date(calendar: Calendar, fixing: Reached, reached: Reached) -> PaymentDate:
    return PaymentDate(
        on=reached.on,
        status="provisional" if reached.provisional else "expected",
        calendar=calendar.name,
        version=calendar.version,
        covered=not reached.provisional,
        fixes_on=fixing.on,
    )


def _fixed(date: PaymentDate) -> PaymentDate:
    return PaymentDate(
        date.on, "fixed", date.calendar, date.version, date.covered, date.fixes_on, date.overdue
    )


def _await_fixing(draft: Draft, name: str, found: Row) -> None:
    calendar = in_force(draft, found["calendar"])
    day = calendar.add(found["due_on"], -fixing_business_days).on
    schedule(draft, full_hour(day_start(day, found["zone"])), "payment-date", name)


def _await_payment(draft: Draft, name: str, found: Row, on: str) -> None:
    schedule(draft, _overdue_at(found, on), "overdue", name)
    begins = day_start(min(found["due_on"], on), found["zone"])
    schedule(draft, full_hour(begins), "record", name)


def _overdue_at(found: Row, on: str) -> str:
    return full_hour(day_start(next_day(on), found["zone"]))
