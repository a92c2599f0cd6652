"""People, keys and proposals as pages show them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

import orjson

from tallystick.app.access import Reading
from tallystick.app.login import Member
from tallystick.identity import Directory, KeyAt, administers, keys_at, people_of, speaker
from tallystick.ledger import State, TallystickError, View, suites

Row = Mapping[str, Any]
card_chars_max = 400


@dataclass(frozen=True, slots=True)
class Card:
    """Name and contact; both empty where they were erased, or are not for whoever looks."""

    name: str = ""
    contact: str = ""


@dataclass(frozen=True, slots=True)
class Person:
    """A member. `keys`: valid ones; `hidden`: there is a card, which is not shown."""

    person: str
    roles: tuple[str, ...]
    suspended: Row | None
    keys: tuple[KeyAt, ...]
    card: Card
    hidden: bool


@dataclass(frozen=True, slots=True)
class Proposal:
    """A proposal: its document, and whether its waiting period or its whole time is over."""

    row: Row
    waits: bool
    over: bool


def members_of(reading: Reading, organisation: str, after: str, limit: int) -> list[Person]:
    found = people_of(reading.view, reading.reader, organisation, after, limit)
    return [_person(reading, row) for row in found]


def keys_of(reading: Reading, person: str) -> list[KeyAt]:
    """All that a person ever had, the newest first."""
    return list(reversed(keys_at(reading.view, person, _last(reading))))


def suites_to_replace(reading: Reading, person: str) -> tuple[str, ...]:
    """Of which a new key in the place of an older one may be: of those of the others, so that one signature stays enough."""
    held = [one for one in Directory().keys_of(reading.view, person) if one.until is None]
    known = {one.public.suite for one in held}
    return tuple(one for one in reversed(suites) if one in known or len(held) == 1)


def proposal(row: Row, now: str) -> Proposal:
    over = row["state"] == "open" and row["until"] <= now
    return Proposal(row, "after" in row and row["after"] > now, over)


def ledger_time(view: View) -> str:
    """Of the last block: by which rules judge (formats §4)."""
    block = cast(Row | None, view.get("log", "block"))
    return "" if block is None else str(block["time"])


def is_officer(view: View, member: Member, organisation: str) -> bool:
    who = speaker(view, member.person)
    return who.organisation == organisation and administers(view, who)


def is_node(view: View, organisation: str) -> bool:
    """Whether others were verified under a prefix that it holds."""
    held = view.find("prefix-by-holder", organisation, limit=1)
    return any(cast(Row, one.value).get("role") in ("root", "secondary") for one in held)


def tiers_of(state: State, organisation: str) -> list[Row]:
    row = cast(Row | None, state.get("control", organisation))
    return [] if row is None else list(row["tiers"])


def officers_of(state: State, organisation: str) -> Row | None:
    """Those whom the organisation named for recovering keys."""
    return cast(Row | None, state.get("officers", organisation))


def card_of(reading: Reading, row: Row) -> Card:
    """What the person's attachment says, as far as the reader may see it."""
    where = row.get("card")
    if where is None:
        return Card()
    try:
        found = reading.snapshot.attachment(where["index"], where["hash"], reading.reader)
        told = orjson.loads(found.data)
        return Card(
            str(told.get("name", ""))[:card_chars_max],
            str(told.get("contact", ""))[:card_chars_max],
        )
    except (TallystickError, ValueError, AttributeError):
        return Card()


def _person(reading: Reading, row: Row) -> Person:
    card = card_of(reading, row)
    valid = [
        one for one in keys_at(reading.view, row["person"], _last(reading)) if one.state == "valid"
    ]
    return Person(
        row["person"],
        tuple(row["roles"]),
        row.get("suspended"),
        tuple(valid),
        card,
        "card" in row and not card.name,
    )


def _last(reading: Reading) -> int:
    return reading.snapshot.size() - 1
