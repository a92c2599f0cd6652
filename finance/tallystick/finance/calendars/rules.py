"""A calendar is published by two persons of a node: a maker or officer proposes a year's table, a checker or another
officer approves it.

A version is never changed; a later one for the same year takes its place from its own index on. What a date of
money makes of that is in `payment`.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from tallystick.finance.calendars.bodies import CalendarApprove, CalendarPropose, Day
from tallystick.finance.calendars.days import longest_closed
from tallystick.finance.calendars.versions import table_of, version_part
from tallystick.finance.draft import Draft, Row
from tallystick.finance.errors import (
    CalendarMovedOn,
    CalendarWrong,
    ProposalUnknown,
    SamePerson,
)
from tallystick.finance.money.dates import check_date, weekday
from tallystick.finance.parties import operator_of, own_hand
from tallystick.ledger import Act, Effects, State

#: More days without a business day in a row than any country has are a mistake, or a way not to pay.
closed_run_days_max = 20


def propose(state: State, act: Act[CalendarPropose]) -> Effects:
    body, draft = act.body, Draft(state)
    node = operator_of(state, act, "maker")
    own_hand(act)
    document: dict[str, Any] = body.model_dump(mode="json", exclude_none=True)
    _check_days(body)
    closed = longest_closed(table_of(document))
    if closed > closed_run_days_max:
        raise CalendarWrong(f"{closed} days without a business day, at most {closed_run_days_max}")
    _check_newest(draft, f"{node}#{body.code}", body.after)
    document |= {"organisation": node, "proposer": act.author, "index": act.index}
    document["signers"] = sorted({signer.public for signer in act.signers if signer.speaks})
    draft.put("calendar-proposal", act.payload_hash, {**document, "status": "open"})
    return draft.effects


def approve(state: State, act: Act[CalendarApprove]) -> Effects:
    draft, node = Draft(state), operator_of(state, act, "checker")
    own_hand(act)
    found = draft.row("calendar-proposal", act.body.proposal)
    if found is None or found["organisation"] != node or found["status"] != "open":
        raise ProposalUnknown(act.body.proposal)
    signers = {signer.public for signer in act.signers if signer.speaks}
    if act.author == found["proposer"] or signers & set(found["signers"]):
        raise SamePerson(act.author)
    name = f"{node}#{found['code']}"
    _check_newest(draft, name, found["after"])
    _publish(draft, act, name, found)
    draft.amend("calendar-proposal", act.body.proposal, status="approved", approver=act.author)
    return draft.effects


def _publish(draft: Draft, act: Act[Any], name: str, found: Row) -> None:
    number, year = found["after"] + 1, found["year"]
    stated = ("year", "rest", "holidays", "working", "known_until", "source", "proposer")
    told = {field: found[field] for field in stated}
    now = {"index": act.index, "time": act.time}
    document = {"version": number, **told, "approver": act.author, **now}
    draft.put("calendar-version", name, document, version_part(number))
    head = draft.row("calendar", name) or {"years": []}
    years = sorted({*head["years"], year})
    told = {"publisher": found["organisation"], "code": found["code"], "years": years}
    draft.put("calendar", name, {**told, "versions": number, **now})


def _check_newest(draft: Draft, name: str, after: int) -> None:
    """A table is checked by two against what stands; once that moved on, they look again."""
    newest = (draft.row("calendar", name) or {"versions": 0})["versions"]
    if newest != after:
        raise CalendarMovedOn(f"{name} is at version {newest}, the table follows {after}")


def _check_days(body: CalendarPropose) -> None:
    rest = set(body.rest)
    if len(rest) != len(body.rest):
        raise CalendarWrong("a weekly rest day is named twice")
    _check_year(body.year, [check_date(body.known_until)])
    holidays = _listed("holiday", body.year, body.holidays)
    working = _listed("working day", body.year, body.working)
    both = holidays & working
    if both:
        raise CalendarWrong(f"{min(both)} is both a holiday and a working day")
    for day in sorted(working):
        if weekday(day) not in rest:
            raise CalendarWrong(f"{day} is no weekly rest day: people work on it anyway")
    beyond = [day for day in sorted(holidays | working) if day > body.known_until]
    if beyond:
        raise CalendarWrong(f"{beyond[0]} is behind the last known day, {body.known_until}")


def _listed(what: str, year: int, days: Iterable[Day]) -> set[str]:
    told = [check_date(day.on) for day in days]
    _check_year(year, told)
    if told != sorted(set(told)):
        raise CalendarWrong(f"each {what} stands once, in the order of dates")
    return set(told)


def _check_year(year: int, days: Iterable[str]) -> None:
    for day in days:
        if int(day[:4]) != year:
            raise CalendarWrong(f"{day} is not in {year}")
