"""The rules of governance (formats §3): each act is the next one, and signed by a quorum of governance keys.

Pure functions of the documents that `force` names, so that a chain of entries can be judged without a log.
That an epoch's root is the tree's is checked where the tree is: by the replay, and by the take-over.
"""

from __future__ import annotations

from typing import Any

from tallystick.ledger.canonical import Document
from tallystick.ledger.errors import TallystickError
from tallystick.ledger.governance import force
from tallystick.ledger.governance.bodies import (
    Epoch,
    GovernanceAct,
    NamedKey,
    NewPolicy,
    SwitchRules,
    epoch_type,
    policy_type,
    rules_type,
)
from tallystick.ledger.governance.errors import (
    EpochRefused,
    GovernanceNumber,
    GovernanceTooLate,
    NotGoverned,
    PolicyChangeRefused,
    RulesChangeRefused,
)
from tallystick.ledger.governance.statement import (
    act_bytes,
    check_keys,
    require_quorum,
    signed_by,
)
from tallystick.ledger.governance.stop import open_stopped, start_of
from tallystick.ledger.grading import graded
from tallystick.ledger.keys import ED25519, KeyRefused, PublicKey
from tallystick.ledger.rules import Act, EntryType
from tallystick.ledger.state import Change, Effects, State
from tallystick.ledger.witness.policy import Policy


def new_policy(state: State, act: Act[NewPolicy]) -> Effects:
    """A policy of overlapping quorums with a governance key for each witness."""
    body = act.body
    signers, regime = _signed(state, act)
    since = _from(state, "policy", act.index, body.from_index)
    taken = _log_keys(state)
    try:
        policy = Policy.parse(body.policy)
        policy.require_of_log(taken)
        if body.quorum is not None:
            body.quorum.require_of_policy(policy)
    except TallystickError as error:
        raise PolicyChangeRefused(f"{error.title}: {error.detail}") from None
    genesis = force.genesis_of(state)
    check_keys(body.governance, policy, genesis["origin"], force.suites_everywhere(genesis), taken)
    require_quorum(signers, regime)
    told: dict[str, Any] = {
        "policy": body.policy,
        "governance": [key.model_dump(mode="json") for key in body.governance],
        "number": body.number,
        "enacted": act.index,
    }
    if body.suites is not None:
        told["suites"] = sorted(set(body.suites))
    if body.quorum is not None:
        told["quorum"] = body.quorum.model_dump(mode="json")
    return [Change("log", "policy", told, force.part_of(since)), _numbered(body)]


def switch_rules(state: State, act: Act[SwitchRules]) -> Effects:
    """A rule set that was not in force yet; whether this version knows it is no matter of a rule."""
    body = act.body
    signers, regime = _signed(state, act)
    since = _from(state, "rules", act.index, body.from_index)
    known: set[object] = {force.genesis_of(state)["rules"]}
    known |= {str(document["rules"]) for document in state.group("log", "rules").values()}
    if body.rules in known:
        raise RulesChangeRefused(body.rules)
    require_quorum(signers, regime)
    told: Document = {"rules": body.rules, "number": body.number, "enacted": act.index}
    return [Change("log", "rules", told, force.part_of(since)), _numbered(body)]


def epoch(state: State, act: Act[Epoch]) -> Effects:
    """Signed by a quorum of governance keys whose witnesses all stopped, from the largest they state."""
    body = act.body
    signers, regime = _signed(state, act)
    if body.size != act.index:
        raise EpochRefused(f"it begins at {body.size}, and this is index {act.index}")
    old = force.operator_keys(state, act.index)
    _check_fresh(state, act, regime)
    opened = [(told, *open_stopped(told, regime.policy, old.log)) for told in body.stopped]
    names = [name for _, name, _ in opened]
    if len(set(names)) != len(names):
        raise EpochRefused("a witness's statement is there twice")
    require_quorum(signers if regime.policy.is_none else signers & set(names), regime)
    if opened:
        start = start_of([(told, statement) for told, _, statement in opened])
        if (start.size, start.root.hex()) != (body.size, body.root):
            raise EpochRefused(f"the largest checkpoint of its witnesses has {start.size} entries")
    told_keys: Document = {
        "size": body.size,
        "log_key": body.log_key.model_dump(mode="json"),
        "receipt_key": body.receipt_key.model_dump(mode="json"),
        "number": body.number,
    }
    return [Change("log", "epoch", told_keys, force.part_of(act.index)), _numbered(body)]


def _signed(state: State, act: Act[Any]) -> tuple[frozenset[str], force.Regime]:
    """Whose governance keys signed, in the policy in force; the number is the next one."""
    body: GovernanceAct = act.body
    regime = force.regime_at(state, act.index)
    if not regime.governors:
        raise NotGoverned(f"act {body.number}")
    expected = force.acts_so_far(state) + 1
    if body.number != expected:
        raise GovernanceNumber(f"number {body.number}, the next is {expected}")
    message = act_bytes(force.genesis_of(state)["origin"], act.type, body.act())
    return signed_by(body.signatures, regime, message), regime


def _from(state: State, name: str, index: int, told: int | None) -> int:
    since = index + 1 if told is None else told
    latest = max((int(part) for part in state.group("log", name)), default=0)
    if since <= max(index, latest):
        raise GovernanceTooLate(
            f"from {since}, the entry is {index}, the last change from {latest}"
        )
    return since


def _numbered(body: GovernanceAct) -> Change:
    return Change("log", "governance", {"number": body.number})


def _log_keys(state: State) -> set[PublicKey]:
    """Every key that the log's operators and its root authority ever had."""
    keys = {PublicKey.from_jwk(force.genesis_of(state)["root_key"]["jwk"])}
    for one in force.all_operator_keys(state):
        keys |= {one.log.key, one.receipt}
    return keys


def _check_fresh(state: State, act: Act[Epoch], regime: force.Regime) -> None:
    """The new keys are the log's own, acceptable, and were nobody's before; both sign the entry."""
    body = act.body
    taken = _log_keys(state)
    taken |= {governor.public for governor in regime.governors}
    taken |= {one.cosigner.key for one in regime.policy.witnesses}
    handle = force.genesis_of(state)["log"]
    signed = {(signer.key, signer.public) for signer in act.signers}
    references = {
        key for one in force.all_operator_keys(state) for key in (one.log_key, one.receipt_key)
    }
    for named, suites in (
        (body.log_key, [ED25519]),
        (body.receipt_key, force.suites_everywhere(force.genesis_of(state))),
    ):
        try:
            public = PublicKey.from_jwk(named.jwk)
        except KeyRefused as error:
            raise EpochRefused(f"{named.key}: {error.detail}") from None
        if public.suite not in suites:
            raise EpochRefused(f"{named.key} is of the suite {public.suite}")
        if named.key.partition(":")[2] != handle or named.key in references or public in taken:
            raise EpochRefused(f"{named.key} is not a fresh key of {handle}")
        if (named.key, public.fingerprint()) not in signed:
            raise EpochRefused(f"{named.key} has not signed the epoch")
        taken.add(public)
        references.add(named.key)


def introduced(named: tuple[NamedKey, ...]) -> dict[str, PublicKey]:
    """Public keys by reference; raises `KeyRefused`."""
    return {key.key: PublicKey.from_jwk(key.jwk) for key in named}


def entry_types() -> tuple[EntryType, ...]:
    """The acts of governance; everybody may read them."""
    return (
        EntryType(
            policy_type,
            NewPolicy,
            new_policy,
            "Another policy, with its governance keys; signed by a quorum of those in force",
            data=graded("identity", "public"),
        ),
        EntryType(
            rules_type,
            SwitchRules,
            switch_rules,
            "Another rule set from an index on; signed by a quorum of governance keys",
            data=graded("identity", "public"),
        ),
        EntryType(
            epoch_type,
            Epoch,
            epoch,
            "A new operator of the log, where the witnesses of a quorum stopped the lost one",
            introduces=lambda body: introduced((body.log_key, body.receipt_key)),
            data=graded("identity", "public"),
        ),
    )
