"""What several persons may do together, and what it changes."""

from __future__ import annotations

from typing import Any, cast

from tallystick.identity import directory, logins
from tallystick.identity.directory import NotEntitled
from tallystick.identity.keys import recovery
from tallystick.identity.organisations import first_people, holds, papers, past, quotas
from tallystick.identity.people import bodies, members
from tallystick.identity.people.errors import (
    LastOfficer,
    NothingToDo,
    PersonLeft,
    TwoPersonsNeeded,
)
from tallystick.identity.people.panels import Case, FoundedOfficers, NodeOfficers
from tallystick.identity.people.proposals import Perform, Terms
from tallystick.identity.people.rules import gone
from tallystick.identity.registering import registered
from tallystick.identity.sharing.remits import give_remit
from tallystick.ledger import Act, Change, Effects, State


def _give_roles(state: State, act: Act[Any], case: Case) -> Effects:
    what: bodies.GiveRoles = case.what
    row = _member(state, case, what.person)
    roles = sorted(set(what.roles))
    if roles == row["roles"]:
        raise NothingToDo(f"{what.person} has these roles")
    people = members.of(state, case.organisation) | {what.person: frozenset(roles)}
    for has in people.values():
        members.check_roles(has, alone=len(people) == 1)
    _require_officers(state, case, people)
    changes: dict[str, Any] = {"roles": roles}
    if set(row["roles"]) - set(roles) - members.given_by_one:
        changes["lost"] = {"index": act.index, "time": act.time}
    return members.written(row, what.person, **changes)


def _dismiss(state: State, act: Act[Any], case: Case) -> Effects:
    what: bodies.Dismiss = case.what
    _member(state, case, what.person)
    return gone(state, act, what.person, what.reason)


def _readmit(state: State, act: Act[Any], case: Case) -> Effects:
    """By the person's own organisation, or by its node where suspensions left it no two officers."""
    what: bodies.Readmit = case.what
    row = members.person(state, what.person)
    own = directory.organisation(state, row["organisation"])
    if case.organisation not in (own.handle, directory.prefix_holder(state, own.node)):
        raise NotEntitled(f"{what.person} is not of {case.organisation}")
    if "suspended" not in row:
        raise NothingToDo(f"{what.person} is not suspended")
    if case.organisation != own.handle:
        _require_stuck(state, case, own.handle)
    return members.written(row, what.person, suspended=None)


def _require_stuck(state: State, case: Case, organisation: str) -> None:
    """A node readmits by two persons, and only where no two officers of the organisation can. Raises `NotEntitled`, `TwoPersonsNeeded`."""
    officers = members.with_role(state, organisation, members.officer_roles)
    if not members.founded(state, case.organisation):
        raise TwoPersonsNeeded(f"{case.organisation} is not founded")
    if sum(not members.is_suspended(state, one) for one in officers) > 1:
        raise NotEntitled(f"{organisation} has officers of its own who can")


def _control(state: State, act: Act[Any], case: Case) -> Effects:
    what: bodies.SetControl = case.what
    tiers = [tier.model_dump(mode="json") for tier in what.tiers]
    return [Change("control", case.organisation, {"tiers": tiers} if tiers else None)]


def _admit(state: State, act: Act[Any], case: Case) -> Effects:
    what: bodies.AdmitOrganisation = case.what
    papers.check(act.time, what.papers)
    told = papers.told(what.papers, case.index)
    row = _admitted(state, act, case, papers=told, founded=act.index)
    people = first_people.begun_with(state, act, what.organisation, what.people)
    return [*row, past.noted(act, what.organisation, "admitted", case.by), *people]


def _admitted(state: State, act: Act[Any], case: Case, **more: Any) -> list[Change]:
    """Who is registered with exactly this and never had people is begun by it, too. Raises `AlreadyRegistered`."""
    what: bodies.AdmitOrganisation = case.what
    row = cast(members.Row | None, state.get("organisation", what.organisation))
    known = what.model_dump(mode="json", exclude_none=True, include=set(_registered_as))
    known["capacities"] = sorted(set(what.capacities))
    if (
        row is None
        or "founded" in row
        or members.of(state, what.organisation)
        or known != {one: row[one] for one in _registered_as if one in row}
    ):
        return registered(state, act, case.organisation, what, **more)
    more = {name: value for name, value in more.items() if value}
    begun = {**_verified(state, case, what.organisation), **more}
    return [Change("organisation", what.organisation, begun)]


def _suspend(state: State, act: Act[Any], case: Case) -> Effects:
    what: bodies.SuspendOrganisation = case.what
    row = _verified(state, case, what.organisation)
    if "suspended" in row:
        raise NothingToDo(f"{what.organisation} is suspended")
    told: dict[str, Any] = {"reason": what.reason, "time": act.time, "index": act.index}
    return [
        Change("organisation", what.organisation, {**row, "suspended": told}),
        past.noted(act, what.organisation, "suspended", case.by, {"reason": what.reason}),
    ]


def _lift(state: State, act: Act[Any], case: Case) -> Effects:
    what: bodies.LiftOrganisation = case.what
    row = _verified(state, case, what.organisation)
    if "suspended" not in row:
        raise NothingToDo(f"{what.organisation} is not suspended")
    kept = {name: value for name, value in row.items() if name != "suspended"}
    return [
        Change("organisation", what.organisation, kept),
        past.noted(act, what.organisation, "lifted", case.by),
    ]


def _hold(state: State, act: Act[Any], case: Case) -> Effects:
    return holds.hold(state, act, case.organisation, case.by, case.what)


def _release(state: State, act: Act[Any], case: Case) -> Effects:
    return holds.release(state, act, case.organisation, case.by, case.what)


def _quota(state: State, act: Act[Any], case: Case) -> Effects:
    return quotas.set_quota(state, act, case.organisation, case.by, case.what)


def _papers(state: State, act: Act[Any], case: Case) -> Effects:
    return papers.confirm(state, act, case.organisation, case.by, case.what)


def _member(state: State, case: Case, handle: str) -> members.Row:
    row = members.person(state, handle)
    if row["organisation"] != case.organisation:
        raise NotEntitled(f"{handle} is not of {case.organisation}")
    if "left" in row:
        raise PersonLeft(handle)
    return row


def _verified(state: State, case: Case, handle: str) -> dict[str, Any]:
    """An organisation under a node that the deciding one holds; no node suspends itself."""
    holds.require_verified_by(state, case.organisation, handle)
    return dict(cast(members.Row, state.get("organisation", handle)))


def _require_officers(state: State, case: Case, people: dict[str, frozenset[str]]) -> None:
    """Whoever decides about people cannot give the last such role away."""
    if not members.founded(state, case.organisation):
        return
    if not any(roles & members.officer_roles for roles in people.values()):
        raise LastOfficer(case.organisation)


#: What an admission says of an organisation, and its document.
_registered_as = ("name", "scheme", "number", "country", "capacities")
#: By the kind that a body names.
deeds: dict[str, Perform] = {
    "roles": _give_roles,
    "dismiss": _dismiss,
    "readmit": _readmit,
    "control": _control,
    "admit": _admit,
    "suspend": _suspend,
    "lift": _lift,
    "recover": recovery.recover,
    "officers": recovery.set_officers,
    "remit": give_remit,
    "hold": _hold,
    "release": _release,
    "quota": _quota,
    "papers": _papers,
    "directory": logins.bind_directory,
    "directory-end": logins.drop_directory,
}
#: What a node decides about others, and what decides who reads: never by one key.
_of_nodes = ("admit", "suspend", "lift", "hold", "release", "quota", "papers", "remit")
_of_readers = ("lower-grade", "permit-leaving")
terms: dict[str, Terms] = {
    **recovery.terms,
    **dict.fromkeys(_of_nodes, Terms(NodeOfficers())),
    **dict.fromkeys(_of_readers, Terms(FoundedOfficers())),
}
