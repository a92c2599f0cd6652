"""Who belongs to an organisation, and in which roles: the reading side.

    person  <handle>                       {organisation, roles, card?, lost?, suspended?, left?}
    member  <organisation> part <person>   {roles}   those who have not left
    organisation <handle>                  {…, founded?, suspended?}

An organisation is *founded* once its own people decide about its people. Before, its registrar registers
them: itself, or the node that verified it. *Officers* decide about people, roles and keys; whoever can bind
the organisation, an officer among them, is a *signatory*. `lost` says when a role that takes two was last taken.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, cast

from tallystick.identity import directory
from tallystick.identity.people.errors import RolesConflict
from tallystick.ledger import Change, State

Row = Mapping[str, Any]
#: Three people (三员分立, GB/T 22239 level 3): of the system, of security, of audit.
administrators = frozenset({"administrator", "security-administrator", "audit-administrator"})
officer_roles = frozenset({"administrator", "security-administrator"})
binding_roles = frozenset({"maker", "checker"})
signatory_roles = binding_roles | administrators
#: What one officer may give: no role that binds, decides, or reads the business.
given_by_one = frozenset({"warehouse"})


def person(state: State, handle: str) -> Row:
    """Raises `UnknownParty`."""
    found = state.get("person", handle)
    if found is None:
        raise directory.UnknownParty(handle)
    return cast(Row, found)


def founded(state: State, organisation: str) -> bool:
    """Whether its own people decide. Raises `UnknownParty`."""
    found = state.get("organisation", organisation)
    if found is None:
        raise directory.UnknownParty(organisation)
    return "founded" in found


def of(state: State, organisation: str) -> dict[str, frozenset[str]]:
    """Roles by person, without those who left; the suspended are members still."""
    group = state.group("member", organisation)
    return {handle: frozenset(cast(Row, row)["roles"]) for handle, row in group.items()}


def with_role(state: State, organisation: str, roles: Iterable[str]) -> set[str]:
    """Members that have one of the roles, suspended ones too."""
    wanted = frozenset(roles)
    return {handle for handle, has in of(state, organisation).items() if has & wanted}


def is_suspended(state: State, handle: str) -> bool:
    found = state.get("person", handle)
    return found is not None and "suspended" in found


def administers(state: State, who: directory.Speaker) -> bool:
    """Whether somebody decides about people, keys and devices of its organisation.

    Once that is founded, its officers, who are not suspended; before, itself and its administrators.
    """
    if is_suspended(state, who.handle):
        return False
    if founded(state, who.organisation):
        return bool(who.roles & officer_roles)
    return who.kind == "organisation" or "administrator" in who.roles


def check_roles(roles: Iterable[str], *, alone: bool) -> None:
    """A one-person firm's only person may be everything. Raises `RolesConflict`."""
    has = frozenset(roles)
    if alone:
        return
    if len(has & administrators) > 1:
        raise RolesConflict("system, security and audit administrator are three people")
    if has & administrators and has & binding_roles:
        raise RolesConflict("an administrator is neither maker nor checker")


def written(row: Row, handle: str, **changes: Any) -> list[Change]:
    """The person's documents with `changes`; a member None drops."""
    new = {name: value for name, value in {**row, **changes}.items() if value is not None}
    member = None if "left" in new else {"roles": new["roles"]}
    return [
        Change("person", handle, new),
        Change("member", new["organisation"], member, handle),
    ]
