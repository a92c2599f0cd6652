"""Who takes part in an act of several persons, and how many of them it takes. Persons are counted, never keys.

Two officers of the organisation (`TwoOfficers`) for everything but keys and those who recover them: there a quorum
(`identity.keys.recovery`). Before its founding an organisation speaks by its own key, for both of them; not where it
decides about others (`NodeOfficers`) or about what others may read (`FoundedOfficers`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from tallystick.identity import directory
from tallystick.identity.directory import NotEntitled, Speaker
from tallystick.identity.people import members
from tallystick.identity.people.errors import (
    ProposalClosed,
    SamePerson,
    TooEarly,
    TwoPersonsNeeded,
)
from tallystick.ledger import Act, State

solo_days = 3
#: By whom: the organisation's own officers, or those of the node that verified it.
Path = Literal["officers", "node"]
Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Case:
    """A proposal as what it asks for sees it: whose act, by whom, what, in which entry, and who has agreed."""

    organisation: str
    by: str
    what: Any
    index: int
    persons: tuple[str, ...] = ()
    path: Path = "officers"


@dataclass(frozen=True, slots=True)
class Seat:
    """As what somebody proposes. `waits_days`: before which nobody, or not the same person, approves."""

    path: Path = "officers"
    waits_days: int = 0


class Panel(Protocol):
    """Each raises `NotEntitled`, `SamePerson`, `TooEarly` or `ProposalClosed`."""

    def propose(self, state: State, act: Act[Any], case: Case) -> Seat:
        """The author as the first of them."""
        ...

    def approve(self, state: State, act: Act[Any], case: Case, after: str | None) -> bool:
        """The author as one more; whether it takes no further one. `after`: the end of the waiting period."""
        ...

    def refuse(self, state: State, act: Act[Any], case: Case) -> None:
        """The author as whoever may end it."""
        ...


class TwoOfficers:
    """Two officers; alone, the same person after a while, or one of the node."""

    def propose(self, state: State, act: Act[Any], case: Case) -> Seat:
        who = _officer(state, act)
        if who.organisation != case.organisation:
            raise NotEntitled(f"{act.author} does not speak for {case.organisation}")
        return Seat(waits_days=solo_days if _alone(state, who) else 0)

    def approve(self, state: State, act: Act[Any], case: Case, after: str | None) -> bool:
        self.refuse(state, act, case)
        if not members.founded(state, case.organisation):
            return True
        if not members.administers(state, directory.speaker(state, case.by)):
            raise ProposalClosed(f"{case.by}, who proposed it, decides nothing any more")
        if act.author == case.by:
            if after is None or not _alone(state, directory.speaker(state, act.author)):
                raise SamePerson(act.author)
            require_waited(act, after)
        elif act.author == subject_of(case.what):
            raise SamePerson(f"{act.author} decides about itself")
        return True

    def refuse(self, state: State, act: Act[Any], case: Case) -> None:
        who = _officer(state, act)
        if who.organisation != case.organisation and not _stands_in(state, who, case):
            raise NotEntitled(f"{act.author} does not decide for {case.organisation}")


class FoundedOfficers(TwoOfficers):
    """As `TwoOfficers`, of an organisation whose people decide: its own key alone is nobody's two persons."""

    def propose(self, state: State, act: Act[Any], case: Case) -> Seat:
        seat = super().propose(state, act, case)
        if not members.founded(state, case.organisation):
            raise TwoPersonsNeeded(f"{case.organisation} is not founded")
        return seat


class NodeOfficers(FoundedOfficers):
    """Two persons of a node about other organisations: who is alone there waits for nothing, and decides nothing."""

    def propose(self, state: State, act: Act[Any], case: Case) -> Seat:
        super().propose(state, act, case)
        return Seat()


def subject_of(what: Any) -> str | None:
    """The person it is about, who does not decide about itself: by name, or as the owner of a key."""
    lost: str = getattr(what, "lost", "")
    person: str | None = getattr(what, "person", lost.partition(":")[2] or None)
    return person


def signs_itself(act: Act[Any]) -> bool:
    """Whether the author signed with a key of its own that the node does not hold.

    A grant lets another person's key speak for the author: that would count one person twice.
    """
    return any(
        one.speaks and one.owner == act.author and one.custody != "node" for one in act.signers
    )


def require_signed(act: Act[Any]) -> None:
    """Raises `NotEntitled`."""
    if not signs_itself(act):
        raise NotEntitled(f"{act.author} must sign this with a key of its own")


def require_waited(act: Act[Any], after: str) -> None:
    """Raises `TooEarly`."""
    if act.time < after:
        raise TooEarly(f"not before {after}")


def helper(state: State, organisation: str, path: Path) -> str | None:
    """The node's organisation, where its officers may take part: for whoever cannot do it alone."""
    node = directory.prefix_holder(state, directory.organisation(state, organisation).node)
    few = members.founded(state, organisation) and len(_officers(state, organisation)) == 1
    return node if (path == "node" or few) and node != organisation else None


def _officer(state: State, act: Act[Any]) -> Speaker:
    """The author, an officer who signs with a key of its own, never by a grant. Raises `NotEntitled`."""
    who = directory.speaker(state, act.author)
    if members.founded(state, who.organisation):
        allowed = bool(who.roles & members.officer_roles)
    else:
        allowed = who.kind == "organisation"
    if not allowed:
        raise NotEntitled(f"{act.author} is no officer of {who.organisation}")
    require_signed(act)
    return who


def _alone(state: State, who: Speaker) -> bool:
    """Whether this is the only person that can bind its organisation, the suspended counted."""
    signatories = members.with_role(state, who.organisation, members.signatory_roles)
    return signatories == {who.handle}


def _stands_in(state: State, who: Speaker, case: Case) -> bool:
    """An officer of the node, where the organisation has one officer and cannot decide alone."""
    node = directory.organisation(state, case.organisation).node
    few = len(_officers(state, case.organisation)) == 1
    return few and who.organisation == directory.prefix_holder(state, node)


def _officers(state: State, organisation: str) -> set[str]:
    return members.with_role(state, organisation, members.officer_roles)
