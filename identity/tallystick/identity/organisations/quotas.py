"""How much of the register an organisation may use, set by two people of its node.

    organisation-quota  <organisation>   {handles?, prefixes?}   what is left of each; absent: any number

What it has already stays; each handle made and each prefix given from then on is taken from what is left.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, cast

from tallystick.identity.organisations import past
from tallystick.identity.organisations.asked import SetQuota
from tallystick.identity.organisations.errors import OrganisationQuotaReached
from tallystick.identity.organisations.holds import require_verified_by
from tallystick.identity.people.errors import NothingToDo
from tallystick.ledger import Act, Change, Effects, State

kind = "organisation-quota"


def left_of(state: State, organisation: str) -> Mapping[str, int]:
    """By what; what is absent has no quota."""
    return cast(Mapping[str, int], state.get(kind, organisation) or {})


def taken(
    state: State, organisation: str, what: Literal["handles", "prefixes"], count: int
) -> list[Change]:
    """What `count` more cost; nothing where there is no quota. Raises `OrganisationQuotaReached`."""
    row = left_of(state, organisation)
    if what not in row:
        return []
    if row[what] < count:
        raise OrganisationQuotaReached(
            f"{organisation}: {count} {what}, and {row[what]} may be made"
        )
    return [Change(kind, organisation, {**row, what: row[what] - count})]


def set_quota(state: State, act: Act[Any], node: str, by: str, what: SetQuota) -> Effects:
    require_verified_by(state, node, what.organisation)
    told = {"handles": what.handles, "prefixes": what.prefixes}
    row = {name: value for name, value in told.items() if value is not None}
    if row == left_of(state, what.organisation):
        raise NothingToDo(f"{what.organisation} has this quota")
    return [
        Change(kind, what.organisation, row or None),
        past.noted(act, what.organisation, "quota", by, row),
    ]
