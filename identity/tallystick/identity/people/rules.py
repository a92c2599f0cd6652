"""Rules of one person's acts about people: registering, founding, leaving, suspending."""

from __future__ import annotations

from typing import Any

from tallystick.identity import directory, names
from tallystick.identity.directory import NotEntitled
from tallystick.identity.people import members
from tallystick.identity.people.bodies import (
    AddPerson,
    FoundOrganisation,
    LeavePerson,
    SetCard,
    SuspendPerson,
)
from tallystick.identity.people.errors import (
    AlreadyFounded,
    LastOfficer,
    PersonLeft,
    PersonSuspended,
    TwoPersonsNeeded,
)
from tallystick.identity.registering import new_party
from tallystick.identity.registrars import require_registrar
from tallystick.ledger import (
    Act,
    AttachmentRef,
    Change,
    Effects,
    State,
    from_instant,
    instant,
)

#: For so long a person is reached where it was before, too; of so many places at most.
former_days, former_max = 30, 8


def add_person(state: State, act: Act[AddPerson]) -> Effects:
    """By the registrar before the founding; after it by an officer, for work in the warehouse alone.

    Else an administrator, who does not read the business, would register a reader of its own. An officer of a
    founded node gives no more: the first people of a firm come with its admission, or by the firm's own key.
    """
    body = act.body
    by = directory.speaker(state, act.author).organisation
    by_one = members.founded(state, body.organisation) or members.founded(state, by)
    if by_one and not members.given_by_one.issuperset(body.roles):
        raise TwoPersonsNeeded(f"{', '.join(body.roles)} for {body.person}")
    require_registrar(state, act, body.organisation, names.split(body.person)[0])
    alone = not members.of(state, body.organisation)
    members.check_roles(body.roles, alone=alone)
    party = new_party(state, act, "person", body.person)
    row: dict[str, Any] = {"organisation": body.organisation, "roles": sorted(set(body.roles))}
    if body.card is not None:
        row["card"] = _card(act, body.card)
    return [*members.written(row, body.person), party]


def set_card(state: State, act: Act[SetCard]) -> Effects:
    """By the person itself, or an officer of its organisation; not by its node, whose people it is none of.

    Where somebody was reached before is kept for `former_days`: a change of it is told there, too.
    """
    body = act.body
    row = members.person(state, body.person)
    if "left" in row:
        raise PersonLeft(body.person)
    if act.author != body.person:
        who = directory.speaker(state, act.author)
        if who.organisation != row["organisation"] or not members.administers(state, who):
            raise NotEntitled(f"{act.author} says nothing of {body.person}")
    card = {**_card(act, body.card), "by": act.author, "former": _former(row.get("card"), act.time)}
    return members.written(row, body.person, card=card)


def found(state: State, act: Act[FoundOrganisation]) -> Effects:
    body = act.body
    require_registrar(state, act, body.organisation, "")
    if members.founded(state, body.organisation):
        raise AlreadyFounded(body.organisation)
    people = members.of(state, body.organisation)
    if not members.with_role(state, body.organisation, members.officer_roles):
        raise LastOfficer(f"{body.organisation} has no officer")
    for roles in people.values():
        members.check_roles(roles, alone=len(people) == 1)
    row = dict(state.get("organisation", body.organisation) or {})
    return [Change("organisation", body.organisation, {**row, "founded": act.index})]


def leave(state: State, act: Act[LeavePerson]) -> Effects:
    """A person goes by itself; somebody who cannot bind the organisation, also by an officer of it.

    Before its founding whoever registers people ends them, whatever their roles.
    """
    body = act.body
    row = members.person(state, body.person)
    if act.author != body.person:
        require_officer(state, act, row["organisation"])
        if members.founded(state, row["organisation"]) and members.signatory_roles.intersection(
            row["roles"]
        ):
            raise TwoPersonsNeeded(f"{body.person} is {', '.join(row['roles'])}")
    return gone(state, act, body.person, body.reason)


def suspend(state: State, act: Act[SuspendPerson]) -> Effects:
    """Any officer of the organisation, at once; before its founding also its node."""
    body = act.body
    row = members.person(state, body.person)
    if "left" in row:
        raise PersonLeft(body.person)
    if "suspended" in row:
        raise PersonSuspended(body.person)
    if act.author != body.person:
        require_officer(state, act, row["organisation"])
    told = {"reason": body.reason, "time": act.time, "by": act.author, "index": act.index}
    return members.written(row, body.person, suspended=told)


def gone(state: State, act: Act[Any], handle: str, reason: str) -> list[Change]:
    """The person is no member any more, and its keys end. Raises `PersonLeft` or `LastOfficer`."""
    row = members.person(state, handle)
    if "left" in row:
        raise PersonLeft(handle)
    organisation = row["organisation"]
    officers = members.with_role(state, organisation, members.officer_roles)
    others = set(members.of(state, organisation)) - {handle}
    if members.founded(state, organisation) and officers == {handle} and others:
        raise LastOfficer(handle)
    left = {"index": act.index, "reason": reason, "time": act.time}
    return [
        *members.written(row, handle, left=left, suspended=None, roles=[]),
        *_keys_end(state, act, handle),
    ]


def require_officer(state: State, act: Act[Any], organisation: str) -> None:
    """An officer of the organisation; before its founding itself, or whoever administers the node that verified it.

    Raises `NotEntitled`.
    """
    who = directory.speaker(state, act.author)
    if who.organisation != organisation:
        node = directory.prefix_holder(state, directory.organisation(state, organisation).node)
        if who.organisation != node:
            raise NotEntitled(f"{act.author} speaks neither for {organisation} nor for its node")
        if members.founded(state, organisation):
            raise NotEntitled(f"{organisation} is founded: its own officers decide, not its node's")
    if not members.administers(state, who):
        raise NotEntitled(f"{act.author} is no officer of {who.organisation}")


def _card(act: Act[Any], card: AttachmentRef) -> dict[str, Any]:
    """Where the attachment is: names stand in no document."""
    return {"index": act.index, "hash": card.hash}


def _former(card: Any, time: str) -> list[dict[str, Any]]:
    """The card that is replaced, and those of before that were replaced lately; of too many the oldest stay."""
    if card is None:
        return []
    after = instant(from_instant(time) - former_days * 24 * 3_600_000)
    known = [one for one in card.get("former", ()) if one["until"] > after]
    replaced = {"index": card["index"], "hash": card["hash"], "until": time}
    return [*known, replaced][:former_max]


def _keys_end(state: State, act: Act[Any], handle: str) -> list[Change]:
    """From the next index on, like any revocation."""
    return [
        Change("key", handle, {**row, "until": act.index + 1, "reason": "left"}, index)
        for index, row in state.group("key", handle).items()
        if "until" not in row
    ]
