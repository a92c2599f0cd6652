"""What happens by itself: offers, quotes and certificates that nobody answered end, dates come (formats §4).

Ends fall on full hours. What ends in one hour stands in one group; `expiry-hour` lists the hours that may
still hold something, so that a block finds what is due without a search. A block executes at most `expiries_per_block_max`, oldest hour first, then in the order of names; the rest waits for the next.
An answer after the end is refused even before a block has executed it.

    expiry       <hour>  part <kind> <name>: {kind, name}
    expiry-hour  open    part <hour>: {hour}
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from tallystick.finance.draft import Draft, Row
from tallystick.ledger import Act, Effects, Rule, State

expiries_per_block_max = 100

Ender = Callable[[Draft, str], None]
#: What a block carries out rather than ends: it may look at the time, and put a later step down.
Step = Callable[[Draft, str, Act[Any]], None]


def end_after(time: str, hours: int) -> str:
    """The full hour at least `hours` after an instant, as an instant.

    >>> end_after("2026-03-05T08:00:01.000Z", 24)
    '2026-03-06T09:00:00.000Z'
    """
    return _full_hour(datetime.fromisoformat(time) + timedelta(hours=hours))


def full_hour(time: str) -> str:
    """An instant, or the full hour behind it.

    >>> full_hour("2026-03-05T18:30:00.000Z")
    '2026-03-05T19:00:00.000Z'
    """
    return _full_hour(datetime.fromisoformat(time))


def _full_hour(moment: datetime) -> str:
    floor = moment.replace(minute=0, second=0, microsecond=0)
    if floor < moment:
        floor += timedelta(hours=1)
    return floor.strftime("%Y-%m-%dT%H:00:00.000Z")


def schedule(draft: Draft, ends: str, kind: str, name: str) -> None:
    """Let a document of `kind` end at the full hour `ends`."""
    hour = ends[:13]
    if draft.get("expiry-hour", "open", hour) is None:
        draft.put("expiry-hour", "open", {"hour": hour}, hour)
    draft.put("expiry", hour, {"kind": kind, "name": name}, f"{kind} {name}")


def unschedule(draft: Draft, ends: str, kind: str, name: str) -> None:
    """It was answered in time."""
    if draft.get("expiry", ends[:13], f"{kind} {name}") is not None:
        draft.put("expiry", ends[:13], None, f"{kind} {name}")


def waiting(draft: Draft, time: str, *kinds: str) -> list[Row]:
    """What of these kinds is due that no block has carried out yet, oldest hour first."""
    due = [row for hour in due_hours(draft, time) for row in draft.rows("expiry", hour).values()]
    return [row for row in due if row["kind"] in kinds]


def due_hours(draft: Draft, time: str) -> list[str]:
    """Those up to a ledger time that may still hold something."""
    return [hour for hour in sorted(draft.rows("expiry-hour", "open")) if hour <= time[:13]]


def carry_out(
    draft: Draft,
    act: Act[Any],
    enders: Mapping[str, Ender],
    steps: Mapping[str, Step],
    wanted: Callable[[Row], bool],
) -> None:
    """Of what is due, what an act wants to be done before it is judged: as a block would, one after the other."""
    while found := _first(draft, act.time, wanted):
        hour, part, due = found
        draft.put("expiry", hour, None, part)
        _do(draft, act, enders, steps, due)


def _first(draft: Draft, time: str, wanted: Callable[[Row], bool]) -> tuple[str, str, Row] | None:
    for hour in due_hours(draft, time):
        for part, due in draft.rows("expiry", hour).items():
            if wanted(due):
                return hour, part, due
    return None


def _do(
    draft: Draft,
    act: Act[Any],
    enders: Mapping[str, Ender],
    steps: Mapping[str, Step],
    due: Row,
) -> None:
    if due["kind"] in steps:
        steps[due["kind"]](draft, due["name"], act)
    else:
        enders[due["kind"]](draft, due["name"])


def follow_block(enders: Mapping[str, Ender], steps: Mapping[str, Step]) -> Rule:
    """The follower of `ledger.block/1` that ends what is due, and carries out what is due."""

    def follow(state: State, act: Act[Any]) -> Effects:
        now = act.time[:13]
        if all(hour > now for hour in state.group("expiry-hour", "open")):
            return ()
        draft = Draft(state)
        _end_due(draft, act, enders, steps)
        return draft.effects

    return follow


def _end_due(
    draft: Draft, act: Act[Any], enders: Mapping[str, Ender], steps: Mapping[str, Step]
) -> None:
    """The oldest first, up to the bound; an hour is closed once it is empty. What a step puts down for an hour that has
    come has its turn before all that ends later, however long no block has followed."""
    left = expiries_per_block_max
    while hour := _oldest(draft, act.time[:13]):
        for part, due in draft.rows("expiry", hour).items():
            if not left:
                return
            draft.put("expiry", hour, None, part)
            _do(draft, act, enders, steps, due)
            left -= 1
        if not draft.rows("expiry", hour):
            draft.put("expiry-hour", "open", None, hour)


def _oldest(draft: Draft, now: str) -> str:
    """The first hour up to now that may still hold something; empty if there is none."""
    return min((hour for hour in draft.rows("expiry-hour", "open") if hour <= now), default="")
