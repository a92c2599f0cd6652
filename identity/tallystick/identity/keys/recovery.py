"""Recovery: a quorum of officers replaces a key whose holder cannot sign any more, and says who the officers are.

Kinds of acts of several persons (`people.proposals`). The new key signs the proposal; the approval that makes the
quorum restates it, so that the entries that touch the head of a key say everything about it. The persons who
administer the node help an organisation that named no officers, after a waiting period in which its owner may refuse.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tallystick.identity import directory, key_rules
from tallystick.identity.directory import AlreadyRegistered, NotEntitled
from tallystick.identity.keys import officers
from tallystick.identity.keys.errors import OfficersRefused, RecoveryRefused
from tallystick.identity.keys.rotation import ended_by, find_key, require_successor
from tallystick.identity.people import panels
from tallystick.identity.people.bodies import RecoverKey, SetOfficers
from tallystick.identity.people.errors import PersonLeft, SamePerson
from tallystick.identity.people.panels import Case, Path, Seat, subject_of
from tallystick.identity.people.proposals import Terms
from tallystick.ledger import Act, Change, Effects, State

node_waits_days = 3


@dataclass(frozen=True, slots=True)
class Quorum:
    """So many officers as the organisation named, or two; or, where `node_helps`, of its node."""

    node_helps: bool

    def propose(self, state: State, act: Act[Any], case: Case) -> Seat:
        path = self._path(state, act, case)
        return Seat(path, node_waits_days if path == "node" else 0)

    def approve(self, state: State, act: Act[Any], case: Case, after: str | None) -> bool:
        if self._path(state, act, case) != case.path:
            raise NotEntitled(f"{act.author} cannot approve this for {case.organisation}")
        if act.author in case.persons:
            raise SamePerson(f"{act.author} has approved this before")
        panels.require_waited(act, after or "")
        return is_quorum(state, case, act.author)

    def refuse(self, state: State, act: Act[Any], case: Case) -> None:
        """Officers; and against a node, which is no part of the organisation, whoever still holds a key of the owner.

        Not against officers: a thief would refuse with what it stole.
        """
        path = officers.path_of(state, act.author, case.organisation)
        owner = case.path == "node" and act.author in (case.organisation, subject_of(case.what))
        if path not in ("officers", case.path) and not owner:
            raise NotEntitled(f"{act.author} cannot refuse this for {case.organisation}")
        panels.require_signed(act)

    def _path(self, state: State, act: Act[Any], case: Case) -> Path:
        """As what the author takes part: a person for itself, with an own key, and not for its own key."""
        path = officers.path_of(state, act.author, case.organisation)
        if path is None or (path == "node" and not self.node_helps):
            raise NotEntitled(f"{act.author} is no officer for {case.organisation}")
        panels.require_signed(act)
        if act.author == subject_of(case.what):
            raise SamePerson(f"others recover a key of {act.author}")
        return path


def is_quorum(state: State, case: Case, person: str) -> bool:
    """Whether one more person makes a quorum. Who approved and has left since counts no more."""
    organisation, path = case.organisation, case.path
    counting = [
        one
        for one in (*case.persons, person)
        if officers.is_officer(state, one, organisation, path)
    ]
    return len(counting) >= officers.quorum(state, organisation, path)


def recover(state: State, act: Act[Any], case: Case) -> Effects:
    what: RecoverKey = case.what
    index, _, owner = what.lost.partition(":")
    if directory.speaker(state, owner).organisation != case.organisation:
        raise NotEntitled(f"{owner} is not of {case.organisation}")
    if "left" in (state.get("person", owner) or {}):
        raise PersonLeft(owner)
    lost = find_key(state, what.lost)
    require_successor(what, owner, lost, RecoveryRefused)
    if what.custody == "node":
        raise RecoveryRefused("a node holds no key that officers recover")
    if state.get("key", owner, what.key.partition(":")[0]) is not None:
        raise AlreadyRegistered(what.key)
    key_rules.new_key(state, act.index, what)
    new = key_rules.registered(act.index, what, replaces=what.lost)
    if "until" in lost:
        return new
    ended = ended_by(lost, what.key, what.reason, act.index, what.suspect_from)
    return [Change("key", owner, ended, index), *new]


def set_officers(state: State, act: Act[Any], case: Case) -> Effects:
    what: SetOfficers = case.what
    chosen = set(what.officers)
    if len(chosen) != len(what.officers):
        raise OfficersRefused("somebody is named twice")
    if what.quorum > len(chosen):
        raise OfficersRefused(f"{len(chosen)} officers are no quorum of {what.quorum}")
    for one in sorted(chosen):
        if not officers.administers(state, one, case.organisation):
            raise OfficersRefused(f"{one} does not administer {case.organisation}")
    named: dict[str, Any] = {"quorum": what.quorum, "officers": sorted(chosen), "since": act.index}
    return [Change("officers", case.organisation, named)]


def require_endorsed(act: Act[Any], case: Case) -> None:
    """The new key signs what proposes it. Raises `KeyRegistrationRefused`."""
    what: RecoverKey = case.what
    public = what.public_key().fingerprint()
    if all((one.key, one.public) != (what.key, public) for one in act.signers):
        raise key_rules.KeyRegistrationRefused("the new key did not sign this entry")


#: By the kind that a body names.
terms = {
    "recover": Terms(Quorum(node_helps=True), require_endorsed, restated=True),
    "officers": Terms(Quorum(node_helps=False)),
}
