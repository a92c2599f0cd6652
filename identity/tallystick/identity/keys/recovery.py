"""The rules of recovery: a quorum of officers replaces a key whose holder cannot sign any more.

officers-proposal  <payload hash>   {about, organisation, path, persons, since, time, body, over?, replaced_by?}

A proposal is one entry, each approval another, by another person; persons are counted, never keys. When a
quorum is there, the approval that makes it one carries out what was proposed. The persons who administer the
node help an organisation that named no officers, after a waiting period in which its owner may refuse.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from tallystick.identity import directory, key_rules
from tallystick.identity.directory import AlreadyRegistered, NotEntitled
from tallystick.identity.keys import officers
from tallystick.identity.keys.bodies import (
    ApproveAsOfficer,
    RecoverKey,
    RefuseAsOfficer,
    SetOfficers,
)
from tallystick.identity.keys.errors import (
    OfficersRefused,
    ProposalOver,
    RecoveryRefused,
    RecoveryTooEarly,
)
from tallystick.identity.keys.rotation import ended_by, find_key, require_successor
from tallystick.ledger import Act, Change, Effects, State, from_instant, instant

proposal_kind = "officers-proposal"
proposals_index = "officers-proposal-by-organisation"
day_ms = 86_400_000
node_waits_days, open_days = 3, 30
Row = Mapping[str, Any]


def propose_recovery(state: State, act: Act[RecoverKey]) -> Effects:
    body = act.body
    owner = body.lost.partition(":")[2]
    organisation = directory.speaker(state, owner).organisation
    lost = find_key(state, body.lost)
    require_successor(body, owner, lost, RecoveryRefused)
    if body.custody == "node":
        raise RecoveryRefused("a node holds no key that officers recover")
    public = _require_new(state, act.index, body)
    if all((one.key, one.public) != (body.key, public) for one in act.signers):
        raise key_rules.KeyRegistrationRefused("the new key did not sign this entry")
    path = _officer(state, act, organisation, owner)
    return [_proposed(act, "recovery", organisation, path)]


def propose_officers(state: State, act: Act[SetOfficers]) -> Effects:
    organisation = act.body.organisation
    directory.organisation(state, organisation)
    _require_officers(state, act.body)
    if _officer(state, act, organisation, "") != "officers":
        raise NotEntitled(f"{act.author} is no officer of {organisation}")
    return [_proposed(act, "officers", organisation, "officers")]


def approve(state: State, act: Act[ApproveAsOfficer]) -> Effects:
    row = _open(state, act.body.proposal, act.time)
    organisation, path = row["organisation"], row["path"]
    owner = row["body"]["lost"].partition(":")[2] if row["about"] == "recovery" else ""
    if act.author in row["persons"]:
        raise RecoveryRefused(f"{act.author} has approved this before")
    if _officer(state, act, organisation, owner) != path:
        raise NotEntitled(f"{act.author} cannot approve this for {organisation}")
    _require_waited(row, act.time)
    now = {**row, "persons": [*row["persons"], act.author]}
    if not completes(state, row, act.author):
        _require_restated(act.body, None)
        return [Change(proposal_kind, act.body.proposal, now)]
    done = Change(proposal_kind, act.body.proposal, {**now, "over": "done", "until": act.index})
    if row["about"] == "officers":
        _require_restated(act.body, None)
        return [done, *_officers_set(state, act, row)]
    _require_restated(act.body, row["body"])
    return [done, *_recovered(state, act)]


def refuse(state: State, act: Act[RefuseAsOfficer]) -> Effects:
    row = _open(state, act.body.proposal, act.time)
    organisation = row["organisation"]
    if not _may_refuse(state, act.author, row):
        raise NotEntitled(f"{act.author} cannot refuse this for {organisation}")
    if not officers.signs_itself(act):
        raise RecoveryRefused(f"{act.author} has not signed with an own key")
    told = {**row, "over": "refused", "until": act.index}
    return [Change(proposal_kind, act.body.proposal, told)]


def completes(state: State, row: Row, person: str) -> bool:
    """Whether one more person makes a quorum. Who approved and has left since counts no more."""
    organisation, path = row["organisation"], row["path"]
    persons = [*row["persons"], person]
    counting = [one for one in persons if officers.is_officer(state, one, organisation, path)]
    return len(counting) >= officers.quorum(state, organisation, path)


def waits_until(row: Row) -> str:
    """From which ledger time on a proposal can be approved."""
    days = node_waits_days if row["path"] == "node" else 0
    return instant(from_instant(row["time"]) + days * day_ms)


def ends(row: Row) -> str:
    """The ledger time at which a proposal is over by itself."""
    return instant(from_instant(row["time"]) + open_days * day_ms)


def _officer(state: State, act: Act[Any], organisation: str, owner: str) -> officers.Path:
    """As what the author takes part: a person for itself, with an own key, and not for its own key."""
    path = officers.path_of(state, act.author, organisation)
    if path is None:
        raise NotEntitled(f"{act.author} is no officer for {organisation}")
    if not officers.signs_itself(act):
        raise RecoveryRefused(f"{act.author} has not signed with an own key")
    if act.author == owner:
        raise RecoveryRefused(f"others recover a key of {owner}")
    return path


def _may_refuse(state: State, author: str, row: Row) -> bool:
    """Officers; and against a node, which is no part of the organisation, whoever still holds a key of the owner.

    Not against officers: a thief would refuse with what it stole.
    """
    organisation, path = row["organisation"], row["path"]
    if officers.path_of(state, author, organisation) in ("officers", path):
        return True
    return path == "node" and author in (organisation, row["body"]["lost"].partition(":")[2])


def _open(state: State, proposal: str, time: str) -> Row:
    row = cast(Row | None, state.get(proposal_kind, proposal))
    if row is None:
        raise ProposalOver(f"there is none of hash {proposal}")
    if "over" in row:
        raise ProposalOver(f"it was {row['over']} by entry {row['until']}")
    if ends(row) <= time:
        raise ProposalOver(f"it ended at {ends(row)}")
    return row


def _require_waited(row: Row, time: str) -> None:
    if time < waits_until(row):
        raise RecoveryTooEarly(f"it can be approved from {waits_until(row)} on, now it is {time}")


def _require_restated(body: ApproveAsOfficer, expected: object) -> None:
    """An approval that completes says what it does; none of the others does."""
    told = None if body.recovered is None else _told(body.recovered)
    if told != expected:
        what = "its `recovered` must be what was proposed" if expected else "it completes nothing"
        raise RecoveryRefused(f"{what}: leave it out, or give it, exactly then")


def _require_new(state: State, at: int, body: RecoverKey) -> str:
    """The fingerprint of a key that can still be registered."""
    index, _, owner = body.key.partition(":")
    if state.get("key", owner, index) is not None:
        raise AlreadyRegistered(body.key)
    return key_rules.new_key(state, at, body).fingerprint()


def _recovered(state: State, act: Act[ApproveAsOfficer]) -> list[Change]:
    body = cast(RecoverKey, act.body.recovered)
    _require_new(state, act.index, body)
    new = key_rules.registered(act.index, body, replaces=body.lost)
    index, _, owner = body.lost.partition(":")
    lost = find_key(state, body.lost)
    if "until" in lost:
        return new
    ended = ended_by(lost, body.key, body.reason, act.index, body.suspect_from)
    return [Change("key", owner, ended, index), *new]


def _officers_set(state: State, act: Act[ApproveAsOfficer], row: Row) -> list[Change]:
    told = SetOfficers.model_validate({**row["body"], "officers": tuple(row["body"]["officers"])})
    _require_officers(state, told)
    named: dict[str, Any] = {
        "quorum": told.quorum,
        "officers": sorted(told.officers),
        "since": act.index,
    }
    return [Change("officers", row["organisation"], named)]


def _require_officers(state: State, body: SetOfficers) -> None:
    chosen = set(body.officers)
    if len(chosen) != len(body.officers):
        raise OfficersRefused("somebody is named twice")
    if body.quorum > len(chosen):
        raise OfficersRefused(f"{len(chosen)} officers are no quorum of {body.quorum}")
    for one in sorted(chosen):
        if not officers.administers(state, one, body.organisation):
            raise OfficersRefused(f"{one} does not administer {body.organisation}")


def _proposed(act: Act[Any], about: str, organisation: str, path: officers.Path) -> Change:
    row: dict[str, Any] = {
        "about": about,
        "organisation": organisation,
        "path": path,
        "persons": [act.author],
        "since": act.index,
        "time": act.time,
        "body": _told(act.body),
    }
    return Change(proposal_kind, act.payload_hash, row)


def _told(body: RecoverKey | SetOfficers) -> dict[str, Any]:
    told: dict[str, Any] = body.model_dump(mode="json", exclude_none=True)
    return told
