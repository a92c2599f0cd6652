"""What ends by itself: offers, quotes and certificates that nobody answered (formats §4).

Ends fall on full hours. What ends in one hour stands in one group; `expiry-clock` names the first hour
that may still hold something, so that a block finds what is due without a search. A block executes at
most `expiries_per_block_max`, oldest hour first, then in the order of names; the rest waits for the next.
An answer after the end is refused even before a block has executed it.

    expiry        <hour>   part <kind> <name>: {kind, name}
    expiry-clock  clock    {hour}
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from tallystick.finance.draft import Draft
from tallystick.ledger.rules import Act, Rule
from tallystick.ledger.state import Effects, State

expiries_per_block_max = 100
hours_per_block_max = 1_000
_hour = "%Y-%m-%dT%H"

Ender = Callable[[Draft, str], None]


def end_after(time: str, hours: int) -> str:
    """The full hour at least `hours` after an instant, as an instant.

    >>> end_after("2026-03-05T08:00:01.000Z", 24)
    '2026-03-06T09:00:00.000Z'
    """
    moment = datetime.fromisoformat(time) + timedelta(hours=hours)
    floor = moment.replace(minute=0, second=0, microsecond=0)
    if floor < moment:
        floor += timedelta(hours=1)
    return floor.strftime("%Y-%m-%dT%H:00:00.000Z")


def schedule(draft: Draft, now: str, ends: str, kind: str, name: str) -> None:
    """Let a document of `kind` end at the full hour `ends`."""
    if draft.get("expiry-clock", "clock") is None:
        draft.put("expiry-clock", "clock", {"hour": now[:13]})
    draft.put("expiry", ends[:13], {"kind": kind, "name": name}, f"{kind} {name}")


def unschedule(draft: Draft, ends: str, kind: str, name: str) -> None:
    """It was answered in time."""
    if draft.get("expiry", ends[:13], f"{kind} {name}") is not None:
        draft.put("expiry", ends[:13], None, f"{kind} {name}")


def follow_block(enders: Mapping[str, Ender]) -> Rule:
    """The follower of `ledger.block/1` that ends what is due."""

    def follow(state: State, act: Act[Any]) -> Effects:
        clock = state.get("expiry-clock", "clock")
        if clock is None:
            return ()
        hour, now = str(clock["hour"]), act.time[:13]
        # Everything ends at least an hour after it was scheduled, so an hour once emptied stays empty.
        if hour >= now and not state.group("expiry", hour):
            return ()
        draft = Draft(state)
        _end_due(draft, enders, hour, now)
        return draft.effects

    return follow


def _end_due(draft: Draft, enders: Mapping[str, Ender], hour: str, now: str) -> None:
    if hour > now:
        return
    left, start = expiries_per_block_max, hour
    for _ in range(hours_per_block_max):
        for part, due in draft.rows("expiry", hour).items():
            if not left:
                break
            enders[due["kind"]](draft, due["name"])
            draft.put("expiry", hour, None, part)
            left -= 1
        if not left or hour >= now:
            break
        hour = _next(hour)
    if hour != start:
        draft.put("expiry-clock", "clock", {"hour": hour})


def _next(hour: str) -> str:
    return (datetime.strptime(hour, _hour) + timedelta(hours=1)).strftime(_hour)
