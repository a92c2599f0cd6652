"""What is in force at an index: policy and governance keys, log and receipt key, rule set.

Read from the documents of kind `log`, so that the live log, a replay and a chain of entries agree:

    log  genesis                    the body of genesis
    log  policy  part <from index>  {policy, governance, number, enacted, quorum?}
    log  rules   part <from index>  {rules, number, enacted}
    log  epoch   part <index>       {size, log_key, receipt_key, number}
    log  governance                 {number}

`enacted` is the index of the act's entry.

A checkpoint of size n is judged by what is in force at index n − 1 (formats §3).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, cast

from tallystick.ledger.keys import PublicKey, suites
from tallystick.ledger.note import Verifier
from tallystick.ledger.state import State
from tallystick.ledger.witness.policy import Policy

#: Later than every index.
newest = 2**53
root_governs = "root"


@dataclass(frozen=True, slots=True)
class Governor:
    """A governance key by its reference. `witness`: for whom it speaks; `root` under the policy `none`."""

    witness: str
    key: str
    public: PublicKey


@dataclass(frozen=True, slots=True)
class Regime:
    """A policy, who may change it, and from which index on it is in force. No governors: nobody may."""

    policy: Policy
    text: str
    governors: tuple[Governor, ...]
    since: int


@dataclass(frozen=True, slots=True)
class OperatorKeys:
    """The keys of the log's operator: references and public keys; `since`: index of the epoch's leaf."""

    log: Verifier
    log_key: str
    receipt: PublicKey
    receipt_key: str
    since: int


def part_of(index: int) -> str:
    """The name of a part that sorts by index."""
    return f"{index:016d}"


def genesis_of(state: State) -> Mapping[str, Any]:
    return cast(Mapping[str, Any], state.get("log", "genesis"))


def regime_at(state: State, index: int = newest) -> Regime:
    """Policy and governance keys in force at an index."""
    genesis = genesis_of(state)
    since, told = 0, genesis
    for part, document in state.group("log", "policy").items():
        if int(part) <= index:
            since, told = int(part), cast(Mapping[str, Any], document)
    policy = parsed(str(told["policy"]))
    if policy.is_none:
        root = genesis["root_key"]
        governors = [Governor(root_governs, root["key"], PublicKey.from_jwk(root["jwk"]))]
    else:
        governors = [
            Governor(key["witness"], key["key"], PublicKey.from_jwk(key["jwk"]))
            for key in told.get("governance") or ()
        ]
    return Regime(policy, str(told["policy"]), tuple(governors), since)


def log_policy(state: State, size: int | None = None) -> Policy:
    """The policy under which a checkpoint of this size is final; without size, of any to come now."""
    return regime_at(state, newest if size is None else size - 1).policy


def admitted_suites(state: State, index: int = newest) -> tuple[str, ...]:
    """The suites of keys that may be registered at an index: of genesis, and of all policies since."""
    found: dict[str, None] = dict.fromkeys(genesis_of(state)["suites"])
    for part, document in state.group("log", "policy").items():
        if int(part) <= index:
            found.update(dict.fromkeys(cast(Mapping[str, Any], document).get("suites", ())))
    return tuple(found)


def suites_everywhere(genesis: Mapping[str, Any]) -> tuple[str, ...]:
    """Of keys on which the chain of governance and receipts rest: what every program can check."""
    return tuple(one for one in genesis["suites"] if one in suites)


def operator_keys(state: State, index: int = newest) -> OperatorKeys:
    """Whose checkpoints count whose last leaf is at this index: those of the epoch it is in."""
    genesis = genesis_of(state)
    since, told = 0, genesis
    for part, document in state.group("log", "epoch").items():
        if int(part) <= index:
            since, told = int(part), cast(Mapping[str, Any], document)
    log_key, receipt_key = told["log_key"], told["receipt_key"]
    return OperatorKeys(
        Verifier(genesis["origin"], PublicKey.from_jwk(log_key["jwk"])),
        log_key["key"],
        PublicKey.from_jwk(receipt_key["jwk"]),
        receipt_key["key"],
        since,
    )


def log_verifier(state: State, size: int | None = None) -> Verifier:
    """The verifier of the log's checkpoints of this size; without size, of the newest epoch's."""
    return operator_keys(state, newest if size is None else size - 1).log


def policy_text(state: State, size: int) -> str:
    """For verifiers: the policy by which a checkpoint of this size is judged, and the log's key then."""
    regime, verifier = regime_at(state, size - 1), log_verifier(state, size)
    if any(log.verifier == verifier for log in regime.policy.logs):
        return regime.text
    return f"log {verifier.encode()}\n{regime.text}"


def all_operator_keys(state: State) -> list[OperatorKeys]:
    """Of every epoch, oldest first."""
    starts = [0, *(int(part) for part in state.group("log", "epoch"))]
    return [operator_keys(state, start) for start in starts]


def rules_coming(state: State, index: int) -> list[tuple[int, str]]:
    """(from index, rule set): the one in force at an index, and then those that come later."""
    found = [(0, str(genesis_of(state)["rules"]))]
    for part, document in state.group("log", "rules").items():
        row = (int(part), str(cast(Mapping[str, Any], document)["rules"]))
        found = [row] if row[0] <= index else [*found, row]
    return found


def act_indexes(state: State) -> list[int]:
    """Where genesis and the acts of governance stand, in order."""
    found = {0, *(int(part) for part in state.group("log", "epoch"))}
    for name in ("policy", "rules"):
        for document in state.group("log", name).values():
            found.add(int(cast(Any, document)["enacted"]))
    return sorted(found)


def acts_so_far(state: State) -> int:
    """How many acts of governance were enacted since genesis."""
    found = cast(Mapping[str, Any] | None, state.get("log", "governance"))
    return 0 if found is None else int(found["number"])


@lru_cache(maxsize=16)
def parsed(text: str) -> Policy:
    """Policies are few and asked for often."""
    return Policy.parse(text)
