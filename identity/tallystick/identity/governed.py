"""The keys of those who govern a log, and of its operators, in the register of keys."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

from tallystick.identity.key_rules import register_key
from tallystick.ledger import Act, Change, Effects, State, governance, keys


def policy(state: State, act: Act[governance.NewPolicy]) -> Effects:
    """New governance keys are registered: nobody else can use them. They sign no entry."""
    return keys_of(state, act.body.governance, act.index)


def epoch(state: State, act: Act[governance.Epoch]) -> Effects:
    """The lost operator's keys are revoked; the new one's are registered for the log's handle."""
    body = act.body
    changes: list[Change] = []
    # The last ones are the epoch's own: a follower sees the effects of the rule before it.
    for old in governance.all_operator_keys(state)[-2:-1]:
        for reference in (old.log_key, old.receipt_key):
            position, _, owner = reference.partition(":")
            row = cast(Mapping[str, Any] | None, state.get("key", owner, position))
            if row is not None and "until" not in row:
                told = {**row, "until": act.index + 1, "reason": "epoch"}
                changes.append(Change("key", owner, told, position))
    changes += register_key(body.log_key.key, body.log_key.jwk, "node", ["ledger.*"], act.index)
    changes += register_key(body.receipt_key.key, body.receipt_key.jwk, "node", [], act.index)
    return changes


def keys_of(state: State, named: Sequence[governance.GovernanceKey], index: int) -> list[Change]:
    """Never a refusal: whether an act holds follows from the acts before it alone (`ledger.reach`)."""
    changes: list[Change] = []
    for key in named:
        position, _, owner = key.key.partition(":")
        fingerprint = keys.PublicKey.from_jwk(key.jwk).fingerprint()
        free = state.get("key", owner, position) is None
        if free and state.get("public-key", fingerprint) is None:
            changes += register_key(key.key, key.jwk, "self", [], index)
    return changes
