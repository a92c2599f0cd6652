"""Limits as their owners see them: a funder its own alone, a core its own, a node those that it set."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

from tallystick.finance.draft import Row, row
from tallystick.finance.errors import NotReadable
from tallystick.finance.limits.bodies import LimitKind
from tallystick.finance.limits.room import group_used
from tallystick.finance.reading.access import Reading, act_listed
from tallystick.finance.reading.pages import Page, page
from tallystick.ledger import Found, View

proposals_max = 100


@dataclass(frozen=True, slots=True)
class Limit:
    """`subject`: the core, the group's code, or the seller; empty for a funder's total. `amount` None: not set.

    `owner` and `version`: who set it, and how often; empty and 0 where nobody did. `members`: of a group.
    """

    name: str
    kind: LimitKind
    whose: str
    subject: str
    currency: str
    amount: int | None
    used: int
    reserved: int
    owner: str
    version: int
    members: tuple[str, ...]

    @property
    def free(self) -> int | None:
        """None where no limit is set."""
        return None if self.amount is None else max(0, self.amount - self.used - self.reserved)


@dataclass(frozen=True, slots=True)
class Proposed:
    """A limit that one person proposed and nobody approved yet."""

    proposal: str
    row: Row


@dataclass(frozen=True, slots=True)
class Version:
    """A limit as it was set, from its index on."""

    limit: str
    currency: str
    row: Row


def limits(
    reading: Reading, organisation: str | None = None, after: str | None = None, size: int = 50
) -> Page[Limit]:
    """Limits that are set, and what is used where none is. Raises `NotReadable`."""
    found = page(reading.view, "limit-of", own(reading, organisation), after, size)
    rows = (one for one in found.rows if _listed(reading, one))
    return Page(tuple(_limit(reading.view, one) for one in rows), found.after)


def proposals(reading: Reading, organisation: str | None = None) -> tuple[Proposed, ...]:
    """What waits for a second person. Raises `NotReadable`."""
    mine = own(reading, organisation)
    found = reading.view.find("limit-proposal-open", mine, limit=proposals_max)
    rows = (Proposed(one.name, cast(Row, one.value)) for one in found)
    return tuple(
        one for one in rows if act_listed(reading, "limit-proposal", one.proposal, one.row, mine)
    )


def versions(
    reading: Reading, organisation: str | None = None, after: str | None = None, size: int = 50
) -> Page[Version]:
    """Every limit that an organisation ever set. Raises `NotReadable`."""
    found = page(reading.view, "limit-version-of", own(reading, organisation), after, size)
    rows = (one for one in found.rows if _listed(reading, one))
    return Page(tuple(_version(one) for one in rows), found.after)


def own(reading: Reading, organisation: str | None) -> str:
    """One's own, or for an auditor anybody's."""
    asked = reading.reader.lists_of(organisation)
    if asked is None:
        raise NotReadable(organisation or "")
    return asked


def _listed(reading: Reading, one: Found) -> bool:
    """Unless whoever set it raised its grade since; what nobody set, nobody said."""
    owner = cast(Row, one.value).get("owner")
    return owner is None or act_listed(reading, "limit", one.name, cast(Row, one.value), owner)


def _limit(view: View, one: Found) -> Limit:
    found, words = cast(Row, one.value), one.name.split(" ")
    kind, whose = cast(LimitKind, words[0]), words[1]
    members: tuple[str, ...] = ()
    taken = int(found["used"])
    subject = words[2] if len(words) > 2 else ""
    if kind == "group":
        members = tuple((row(view.get("limit-group", whose)) or {"members": ()})["members"])
        taken = group_used(view, whose, one.part)
        whose, _, subject = whose.partition("#")
    if kind == "core":
        subject = whose
    return Limit(
        name=one.name,
        kind=kind,
        whose=whose,
        subject=subject,
        currency=one.part,
        amount=found.get("amount"),
        used=taken,
        reserved=int(found["reserved"]),
        owner=str(found.get("owner", "")),
        version=int(found.get("version", 0)),
        members=members,
    )


def _version(one: Found) -> Version:
    limit, _, currency = one.name.rpartition("#")
    return Version(limit, currency, cast(Row, one.value))
