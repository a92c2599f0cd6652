"""Acts of several persons: one proposes, others decide (architecture, "One way in").

    pending  <payload hash>  {organisation, by, persons, path?, what, since, time, until, after?, helper?, state, decided?}

Persons, not keys. Who takes part and how many it takes says the panel of what is asked for: two officers, or a
quorum that recovers a key. A one-person firm, whose only officer is its only signatory, decides for itself
after `panels.solo_days`, in which everybody who is told can object; with one officer and other signatories, an
officer of its node is the second person. Before its founding an organisation speaks by its own key, for
both, about itself alone (`panels.FoundedOfficers`). What a proposal would change is judged when it is
proposed and again when it is decided.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, cast

from tallystick.identity.directory import NotEntitled
from tallystick.identity.people import panels
from tallystick.identity.people.bodies import Decide, Propose
from tallystick.identity.people.errors import NotRestated, ProposalClosed, ProposalUnknown
from tallystick.identity.people.panels import Case, Panel
from tallystick.ledger import Act, Change, Effects, State, canonical

proposal_kind, pending_index = "pending", "pending-by-organisation"
open_index, decided_index = "pending-open-by-organisation", "pending-decided-by-month"
proposal_days = 30

#: What an approved proposal changes; raises what stands against it.
Perform = Callable[[State, Act[Any], Case], Effects]


@dataclass(frozen=True, slots=True)
class Terms:
    """Under which a kind of act is agreed.

    proposed: what else must hold of the entry that proposes it, as that a new key signs; raises.
    restated: the approval that completes it says all of it again, in `recovered`.
    """

    panel: Panel = field(default_factory=panels.TwoOfficers)
    proposed: Callable[[Act[Any], Case], None] | None = None
    restated: bool = False


usual = Terms()


@dataclass
class Proposals:
    """The rules of proposing and deciding, over the kinds of act that were given; `terms` of the unusual ones."""

    deeds: Mapping[str, Perform]
    terms: Mapping[str, Terms] = field(default_factory=dict)

    def propose(self, state: State, act: Act[Propose]) -> Effects:
        body = act.body
        terms, case = (
            self._terms(body.what),
            Case(body.organisation, act.author, body.what, act.index),
        )
        seat = terms.panel.propose(state, act, case)
        case = replace(case, path=seat.path)
        self._perform(state, act, case)
        if terms.proposed is not None:
            terms.proposed(act, case)
        row: dict[str, Any] = {
            "organisation": body.organisation,
            "by": act.author,
            "persons": [act.author],
            "what": body.what.model_dump(mode="json", exclude_none=True),
            "since": act.index,
            "time": act.time,
            "until": _later(act.time, proposal_days),
            "state": "open",
        }
        if seat.waits_days:
            row["after"] = _later(act.time, seat.waits_days)
        if seat.path != "officers":
            row["path"] = seat.path
        if (helper := panels.helper(state, body.organisation, seat.path)) is not None:
            row["helper"] = helper
        return [Change(proposal_kind, act.payload_hash, row)]

    def decide(self, state: State, act: Act[Decide]) -> Effects:
        body = act.body
        row = find(state, body.proposal)
        if row["state"] != "open" or row["until"] <= act.time:
            raise ProposalClosed(f"{body.proposal} is {row['state']}")
        case = case_of(row)
        terms = self._terms(case.what)
        done = body.decision != "approve" or terms.panel.approve(state, act, case, row.get("after"))
        _require_restated(body, case, needed=terms.restated and done)
        if body.decision == "approve":
            row = {**row, "persons": [*dict.fromkeys((*case.persons, act.author))]}
            if not done:
                return [Change(proposal_kind, body.proposal, row)]
        elif body.decision == "refuse":
            terms.panel.refuse(state, act, case)
        elif act.author != row["by"]:
            raise NotEntitled(f"only {row['by']} withdraws it")
        ends = {"approve": "done", "refuse": "refused", "withdraw": "withdrawn"}[body.decision]
        decided: dict[str, Any] = {"by": act.author, "index": act.index, "time": act.time}
        closed = Change(proposal_kind, body.proposal, {**row, "state": ends, "decided": decided})
        return [closed, *(self._perform(state, act, case) if body.decision == "approve" else ())]

    def _perform(self, state: State, act: Act[Any], case: Case) -> Effects:
        return self.deeds[case.what.kind](state, act, case)

    def _terms(self, what: Any) -> Terms:
        return self.terms.get(what.kind, usual)


def find(state: State, name: str) -> Mapping[str, Any]:
    """The document of a proposal. Raises `ProposalUnknown`."""
    row = cast(Mapping[str, Any] | None, state.get(proposal_kind, name))
    if row is None:
        raise ProposalUnknown(name)
    return row


def decided_in(organisation: str, time: str) -> str:
    """Under what a proposal is found that was decided in the month of `time`."""
    return f"{organisation} {time[:7]}"


def case_of(row: Mapping[str, Any]) -> Case:
    """A proposal's document as its case."""
    told = {"organisation": row["organisation"], "what": row["what"]}
    body = Propose.model_validate_json(canonical.encode(told))
    path = row.get("path", "officers")
    return Case(body.organisation, row["by"], body.what, row["since"], tuple(row["persons"]), path)


def _require_restated(body: Decide, case: Case, *, needed: bool) -> None:
    """An approval that completes says what it does, where the terms ask for it; none of the others does."""
    expected = case.what if needed and body.decision == "approve" else None
    if body.recovered != expected:
        what = "its `recovered` must be what was proposed" if expected else "it completes nothing"
        raise NotRestated(f"{what}: leave it out, or give it, exactly then")


def _later(time: str, days: int) -> str:
    moment = datetime.fromisoformat(time) + timedelta(days=days)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + time[20:]
