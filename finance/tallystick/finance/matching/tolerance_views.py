"""A core enterprise's tolerances, for itself and auditors: a seller who knew them would bill up to them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

from tallystick.finance.draft import Row
from tallystick.finance.errors import NotReadable
from tallystick.finance.matching.tolerances import policy_of
from tallystick.finance.reading.access import Reading, act_listed
from tallystick.finance.reading.pages import Page, page
from tallystick.finance.trade.match_policy import Policy, default_policy
from tallystick.ledger import Found

shown_max = 100


@dataclass(frozen=True, slots=True)
class Version:
    """Tolerances by two persons, in force from the index of their approval on."""

    name: str
    row: Row
    policy: Policy


@dataclass(frozen=True, slots=True)
class Proposed:
    """Tolerances that a maker proposed and nobody approved yet."""

    proposal: str
    row: Row
    policy: Policy


@dataclass(frozen=True, slots=True)
class Tolerances:
    """By currency what is in force; what is proposed; and what holds where nothing was set."""

    organisation: str
    current: tuple[Version, ...]
    proposed: tuple[Proposed, ...]
    otherwise: Policy


def tolerances_of(reading: Reading, organisation: str | None = None) -> Tolerances:
    """Raises `NotReadable`."""
    mine, view = _own(reading, organisation), reading.view
    current = view.find("tolerance-of", mine, limit=shown_max)
    proposed = view.find("tolerance-proposal-open", mine, limit=shown_max)
    return Tolerances(
        organisation=mine,
        current=tuple(
            _version(one.name, cast(Row, one.value))
            for one in current
            if _listed(reading, "tolerance", one)
        ),
        proposed=tuple(
            _proposed(one.name, cast(Row, one.value))
            for one in proposed
            if _listed(reading, "tolerance-proposal", one)
        ),
        otherwise=default_policy,
    )


def tolerance_versions(
    reading: Reading, organisation: str | None = None, after: str | None = None, limit: int = 25
) -> Page[Version]:
    """Every version that ever was in force. Raises `NotReadable`."""
    mine = _own(reading, organisation)
    found = page(reading.view, "tolerance-version-of", mine, after, limit)
    rows = tuple(
        _version(one.name, cast(Row, one.value))
        for one in found.rows
        if _listed(reading, "tolerance", one)
    )
    return Page(rows, found.after)


def _own(reading: Reading, organisation: str | None) -> str:
    asked = reading.reader.lists_of(organisation)
    if asked is None:
        raise NotReadable(organisation or "")
    return asked


def _listed(reading: Reading, kind: str, one: Found) -> bool:
    """Unless its organisation raised its grade since."""
    row = cast(Row, one.value)
    return act_listed(reading, kind, one.name, row, row["organisation"])


def _version(name: str, row: Row) -> Version:
    return Version(name, row, policy_of(row))


def _proposed(name: str, row: Row) -> Proposed:
    return Proposed(name, row, policy_of(row))
