"""Rules about directories by which people log in: bound by two officers, a subject by the person's own key."""

from __future__ import annotations

from typing import Any

from tallystick.identity.directory import AlreadyRegistered, NotEntitled
from tallystick.identity.logins.bodies import BindDirectory, SetSubject
from tallystick.identity.people import members
from tallystick.identity.people.errors import NothingToDo
from tallystick.identity.people.panels import Case, signs_itself
from tallystick.ledger import Act, Change, Effects, State

directory_kind, subject_kind = "login-directory", "subject"


def bind_directory(state: State, act: Act[Any], case: Case) -> Effects:
    what: BindDirectory = case.what
    told = {"issuer": what.issuer, "client_id": what.client_id, "algorithm": what.algorithm}
    before = state.get(directory_kind, case.organisation)
    if before is not None and {**before, **told} == before:
        raise NothingToDo(f"{case.organisation} is bound to {what.issuer}")
    return [Change(directory_kind, case.organisation, {**told, "since": act.index})]


def drop_directory(state: State, act: Act[Any], case: Case) -> Effects:
    if state.get(directory_kind, case.organisation) is None:
        raise NothingToDo(f"{case.organisation} has no directory")
    return [Change(directory_kind, case.organisation, None)]


def set_subject(state: State, act: Act[SetSubject]) -> Effects:
    """By the person alone, with a key of its own: nobody else lets somebody log in as it."""
    body = act.body
    row = members.person(state, body.person)
    if act.author != body.person or not signs_itself(act):
        raise NotEntitled(f"only {body.person} says who it is at a directory")
    before = state.get(subject_kind, body.person)
    free = [] if before is None else [Change("subject-of", str(before["digest"]), None)]
    if body.digest is None:
        return [Change(subject_kind, body.person, None), *free]
    if state.get(directory_kind, row["organisation"]) is None:
        raise NotEntitled(f"{row['organisation']} has bound no directory")
    owner = state.get("subject-of", body.digest)
    if owner is not None and owner["person"] != body.person:
        raise AlreadyRegistered("another person is this one at the directory")
    told: dict[str, Any] = {"digest": body.digest, "since": act.index}
    return [
        *free,
        Change(subject_kind, body.person, told),
        Change("subject-of", body.digest, {"person": body.person}),
    ]
