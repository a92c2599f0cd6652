"""The ledger's own entry types: genesis and block (formats §3)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Any, cast

from pydantic import Field

from tallystick.ledger.bls.registered import Registered
from tallystick.ledger.canonical import Document
from tallystick.ledger.erasure.rule import register_erasure
from tallystick.ledger.errors import RuleError, TallystickError
from tallystick.ledger.fields import Body, Count, Handle, Hex32, Instant, Text
from tallystick.ledger.governance import (
    GovernanceKey,
    NamedKey,
    check_keys,
    entry_types,
)
from tallystick.ledger.grading import graded
from tallystick.ledger.keys import ED25519, PublicKey, suites
from tallystick.ledger.reads.entry import register_reads
from tallystick.ledger.rules import Act, EntryType, RuleSet
from tallystick.ledger.state import Change, Effects, HeadName, Kind, State
from tallystick.ledger.verifier import publish_type
from tallystick.ledger.witness.policy import Policy

genesis_type = "ledger.genesis/1"
block_type = "ledger.block/1"
simulated_suffix = "/simulated"
#: The name in the map of heads that every act of governance touches.
acts_head = ("governance", "acts")


class BlockRefused(RuleError):
    code = "block-refused"
    title = "The block does not continue the chain of blocks"


class GenesisRefused(RuleError):
    code = "genesis-refused"
    title = "A log has one genesis, at index 0"


class Genesis(Body):
    """Index 0: whom and what this log trusts from the start; signed by the keys it names.

    `quorum` is who signs quorum certificates (BLS): they say k of these n, and never replace the policy.
    `governance`: a key for each witness of the policy, which signed that it governs this origin. Without
    them a log with witnesses stays as it is; under the policy `none` the root authority's key governs.
    """

    origin: Text
    log: Handle
    log_key: NamedKey
    receipt_key: NamedKey
    root: Handle
    root_name: dict[Annotated[str, Field(pattern=r"^(en|zh)$")], Text]
    root_key: NamedKey
    rules: Text
    policy: Annotated[str, Field(max_length=20_000)]
    suites: tuple[Text, ...]
    quorum: Registered | None = None
    governance: tuple[GovernanceKey, ...] | None = None


class Block(Body):
    """The tree before this leaf, its state and the ledger time of what follows."""

    height: Count
    size: Count
    root: Hex32
    time: Instant
    state: Hex32
    heads: Hex32


def _genesis(state: State, act: Act[Genesis]) -> Effects:
    body = act.body
    if act.index != 0:
        raise GenesisRefused(f"index {act.index}")
    named = {key.key for key in (body.log_key, body.receipt_key, body.root_key)}
    if len(named) != 3 or not named <= {signer.key for signer in act.signers}:
        raise GenesisRefused("it must be signed by each of the three keys it names")
    if act.author != body.root:
        raise GenesisRefused("its author must be the root authority")
    used = {
        PublicKey.from_jwk(key.jwk).suite for key in (body.log_key, body.receipt_key, body.root_key)
    }
    if not used <= set(body.suites) & set(suites):
        raise GenesisRefused("its keys must be of suites that it admits and every program has")
    if PublicKey.from_jwk(body.log_key.jwk).suite != ED25519:
        raise GenesisRefused("the log key must be an Ed25519 key")
    _check_policy(body)
    return [
        # What is left out stays out of the effects, as before the member was known.
        Change("log", "genesis", body.model_dump(mode="json", exclude_none=True)),
        Change("log", "block", {"height": -1, "size": 0, "time": act.time}),
    ]


def _check_policy(body: Genesis) -> None:
    named = (body.log_key, body.receipt_key, body.root_key)
    try:
        keys = {PublicKey.from_jwk(key.jwk) for key in named}
        policy = Policy.parse(body.policy)
        policy.require_of_log(keys)
        if body.quorum:
            body.quorum.require_of_policy(policy)
        if body.governance is not None:
            everywhere = [one for one in body.suites if one in suites]
            check_keys(body.governance, policy, body.origin, everywhere, keys)
    except TallystickError as error:
        raise GenesisRefused(f"{error.title}: {error.detail}") from None


def _block(state: State, act: Act[Block]) -> Effects:
    last = cast(dict[str, Any], state.get("log", "block"))
    body = act.body
    if body.height != last["height"] + 1 or body.size != act.index:
        raise BlockRefused(f"height {body.height}, size {body.size} at index {act.index}")
    if body.time < last["time"]:
        raise BlockRefused(f"time {body.time} is before {last['time']}")
    return [
        Change("log", "block", {"height": body.height, "size": body.size, "time": body.time}),
    ]


def _introduces(body: Genesis) -> dict[str, PublicKey]:
    named = (body.log_key, body.receipt_key, body.root_key)
    return {key.key: PublicKey.from_jwk(key.jwk) for key in named}


def _heads_of_log(name: str, _part: str, _document: Document | None) -> Iterable[HeadName]:
    """Acts of governance touch one name, so that nobody can leave out the newest of them."""
    return (acts_head,) if name in ("policy", "rules", "epoch") else ()


def register(rules: RuleSet) -> None:
    """Add the ledger's own types."""
    rules.add_kinds(Kind("log", heads=_heads_of_log))
    rules.add(
        EntryType(
            genesis_type,
            Genesis,
            _genesis,
            "The first entry: origin, keys, rule set, policy and suites of the log",
            introduces=_introduces,
            data=graded("identity", "public"),
        ),
        EntryType(
            block_type,
            Block,
            _block,
            "Seals what came before it and sets the ledger time of what follows",
            data=graded("identity", "public"),
        ),
        *entry_types(),
        publish_type,
    )
    register_erasure(rules)
    register_reads(rules)
