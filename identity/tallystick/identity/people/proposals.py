"""Acts of two persons: the first proposes, the second decides (architecture, "One way in").

    pending  <payload hash>  {organisation, by, what, since, time, until, after?, state, decided?}

Two persons, not two keys. A one-person firm, whose only officer is its only signatory, decides for itself
after `solo_days`, in which everybody who is told can object; with one officer and other signatories, an
officer of its node is the second person. Before its founding an organisation speaks by its own key, for
both. What a proposal would change is judged when it is proposed and again when it is decided.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast

from tallystick.identity import directory
from tallystick.identity.directory import NotEntitled, Speaker
from tallystick.identity.people import members
from tallystick.identity.people.bodies import Decide, Propose
from tallystick.identity.people.errors import (
    ProposalClosed,
    ProposalUnknown,
    SamePerson,
    TooEarly,
)
from tallystick.ledger import Act, Change, Effects, State, canonical

proposal_days = 30
solo_days = 3


@dataclass(frozen=True, slots=True)
class Case:
    """A proposal as what it asks for sees it: whose act, by whom, and what."""

    organisation: str
    by: str
    what: Any


#: What an approved proposal changes; raises what stands against it.
Perform = Callable[[State, Act[Any], Case], Effects]


@dataclass
class Proposals:
    """The rules of proposing and deciding, over the kinds of act that were given."""

    deeds: Mapping[str, Perform]

    def propose(self, state: State, act: Act[Propose]) -> Effects:
        body = act.body
        who = _officer(state, act)
        if who.organisation != body.organisation:
            raise NotEntitled(f"{act.author} does not speak for {body.organisation}")
        self._perform(state, act, Case(body.organisation, act.author, body.what))
        row: dict[str, Any] = {
            "organisation": body.organisation,
            "by": act.author,
            "what": body.what.model_dump(mode="json", exclude_none=True),
            "since": act.index,
            "time": act.time,
            "until": _later(act.time, proposal_days),
            "state": "open",
        }
        if _alone(state, who):
            row["after"] = _later(act.time, solo_days)
        return [Change("pending", act.payload_hash, row)]

    def decide(self, state: State, act: Act[Decide]) -> Effects:
        body = act.body
        row = cast(Mapping[str, Any] | None, state.get("pending", body.proposal))
        if row is None:
            raise ProposalUnknown(body.proposal)
        if row["state"] != "open" or row["until"] <= act.time:
            raise ProposalClosed(f"{body.proposal} is {row['state']}")
        case = case_of(row)
        ends = {"approve": "done", "refuse": "refused", "withdraw": "withdrawn"}[body.decision]
        decided: dict[str, Any] = {"by": act.author, "index": act.index, "time": act.time}
        closed = Change("pending", body.proposal, {**row, "state": ends, "decided": decided})
        if body.decision == "withdraw":
            if act.author != row["by"]:
                raise NotEntitled(f"only {row['by']} withdraws it")
            return [closed]
        self._require_second(state, act, row, case, body.decision)
        return [closed, *(self._perform(state, act, case) if body.decision == "approve" else ())]

    def _perform(self, state: State, act: Act[Any], case: Case) -> Effects:
        return self.deeds[case.what.kind](state, act, case)

    def _require_second(
        self, state: State, act: Act[Any], row: Mapping[str, Any], case: Case, decision: str
    ) -> None:
        """Raises `SamePerson`, `TooEarly` or `NotEntitled`."""
        who = _officer(state, act)
        if who.organisation != case.organisation and not _stands_in(state, who, case):
            raise NotEntitled(f"{act.author} does not decide for {case.organisation}")
        if decision == "refuse" or not members.founded(state, case.organisation):
            return
        if not members.administers(state, directory.speaker(state, case.by)):
            raise ProposalClosed(f"{case.by}, who proposed it, decides nothing any more")
        if act.author == case.by:
            if "after" not in row or not _alone(state, who):
                raise SamePerson(act.author)
            if act.time < row["after"]:
                raise TooEarly(f"not before {row['after']}")
        elif act.author == subject_of(case.what):
            raise SamePerson(f"{act.author} decides about itself")


def case_of(row: Mapping[str, Any]) -> Case:
    """A proposal's document as its case."""
    told = {"organisation": row["organisation"], "what": row["what"]}
    body = Propose.model_validate_json(canonical.encode(told))
    return Case(body.organisation, row["by"], body.what)


def subject_of(what: Any) -> str | None:
    """The person it is about, who does not decide about itself."""
    return cast(str | None, getattr(what, "person", None))


def _officer(state: State, act: Act[Any]) -> Speaker:
    """The author, an officer who signs with a key of its own, never by a grant. Raises `NotEntitled`."""
    who = directory.speaker(state, act.author)
    if members.founded(state, who.organisation):
        allowed = bool(who.roles & members.officer_roles)
    else:
        allowed = who.kind == "organisation"
    if not allowed:
        raise NotEntitled(f"{act.author} is no officer of {who.organisation}")
    if not any(signer.speaks and signer.owner == act.author for signer in act.signers):
        raise NotEntitled(f"{act.author} must sign this with a key of its own")
    return who


def _alone(state: State, who: Speaker) -> bool:
    """Whether this is the only person that can bind its organisation, the suspended counted."""
    signatories = members.with_role(state, who.organisation, members.signatory_roles)
    return signatories == {who.handle}


def _stands_in(state: State, who: Speaker, case: Case) -> bool:
    """An officer of the node, where the organisation has one officer and cannot decide alone."""
    officers = members.with_role(state, case.organisation, members.officer_roles)
    node = directory.organisation(state, case.organisation).node
    return len(officers) == 1 and who.organisation == directory.prefix_holder(state, node)


def _later(time: str, days: int) -> str:
    moment = datetime.fromisoformat(time) + timedelta(days=days)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + time[20:]
