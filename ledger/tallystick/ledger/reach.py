"""From what a verifier pinned to what is in force: genesis, policies, rule sets and epochs as a chain.

A policy or a log key that comes along (in a bundle, from a node) counts only if what was pinned reaches it
(formats §3). The acts of governance are judged here by the rules that judged them in the log, on nothing but
the chain itself; a weak policy that no quorum signed is not in any chain.

What the caller still has to do: prove that each entry given stands at its index under the checkpoint that it
verifies. Nobody can prove by this that no act was left out at the chain's end: then the older policy and key
are told, and what only the newer ones made final is not.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from tallystick.ledger import merkle, system
from tallystick.ledger.entry import Entry, Envelope, Submission, body_hash
from tallystick.ledger.errors import TallystickError
from tallystick.ledger.fields import Body
from tallystick.ledger.governance import (
    OperatorKeys,
    Regime,
    epoch_type,
    operator_keys,
    policy_type,
    regime_at,
    rules_coming,
    rules_type,
)
from tallystick.ledger.note import Verifier
from tallystick.ledger.rules import Act, EntryType, RuleSet, Signer
from tallystick.ledger.state import MemoryState, State
from tallystick.ledger.verify import Verified, verify

entries_max = 4096
_types = (system.genesis_type, policy_type, rules_type, epoch_type)


class ChainRefused(TallystickError):
    code = "chain-refused"
    status = 422
    title = "The chain of genesis, policies, rule sets and epochs does not hold"
    advice = "Ask for it again: every such entry that was accepted, from genesis on, with its body and salt."


class ChainNotPinned(ChainRefused):
    code = "chain-not-pinned"
    title = "What you pinned does not lead to this log's policy and key"
    advice = (
        "Compare the pinned log key, genesis or policy with those of somebody you trust. A policy or key "
        "that merely came along counts for nothing."
    )


@dataclass(frozen=True, slots=True)
class ChainEntry:
    """An entry of the chain: its index, the envelope's bytes, body and salt."""

    index: int
    leaf: bytes
    body: bytes
    salt: bytes

    @property
    def leaf_hash(self) -> bytes:
        """To be proven at `index` under a checkpoint."""
        return merkle.leaf_hash(self.leaf)


@dataclass(frozen=True, slots=True)
class Pinned:
    """What a verifier brought: at least one of them, and all of them must agree with the chain.

    `log`: the log key of genesis or of an epoch; `genesis`: the leaf hash of index 0; `policy`: the text of
    the policy of genesis or of an act.
    """

    log: Verifier | None = None
    genesis: bytes | None = None
    policy: str | None = None

    @property
    def nothing(self) -> bool:
        return self.log is None and self.genesis is None and self.policy is None


@dataclass(frozen=True, slots=True)
class InForce:
    """By whom a checkpoint of one size must be signed and cosigned, and the rule set of its last entry."""

    log: Verifier
    keys: OperatorKeys
    regime: Regime
    rules: str


@dataclass(frozen=True, slots=True)
class Reached:
    """A chain that holds. `epochs`: the index of each epoch's first leaf, 0 for genesis."""

    origin: str
    genesis: system.Genesis
    genesis_leaf_hash: bytes
    epochs: tuple[int, ...]
    state: State

    def at(self, size: int) -> InForce:
        """For a checkpoint of this size."""
        keys = operator_keys(self.state, size - 1)
        rules = rules_coming(self.state, size - 1)[0][1]
        return InForce(keys.log, keys, regime_at(self.state, size - 1), rules)


def reach(pinned: Pinned, entries: Sequence[ChainEntry]) -> Reached:
    """Judge the chain; raises `ChainRefused`, or `ChainNotPinned` if what was pinned is not in it.

    `entries`: genesis and every accepted act of governance, in the order of their indexes.
    """
    if not entries or entries[0].index != 0 or len(entries) > entries_max:
        raise ChainRefused(f"it begins with genesis and has at most {entries_max} entries")
    chain = _Chain()
    for entry in entries:
        chain.take(entry)
    if chain.genesis is None:
        raise ChainRefused("it begins with genesis")
    _require_pinned(pinned, entries[0].leaf_hash, chain)
    return Reached(
        chain.genesis.origin,
        chain.genesis,
        entries[0].leaf_hash,
        tuple(chain.epochs),
        chain.state,
    )


class _Chain:
    """The chain so far."""

    def __init__(self) -> None:
        self.state = MemoryState()
        self.genesis: system.Genesis | None = None
        self.epochs = [0]
        self.policies: list[str] = []
        self._rules = RuleSet()
        system.register(self._rules)
        self._last = -1

    def take(self, given: ChainEntry) -> None:
        try:
            entry, body, signers = self._open(given)
            act = Act(
                given.index, entry.type, entry.author, entry.id, "", entry.time, body, signers
            )
            effects = self._rules.type(entry.type).rule(self.state, act)
        except ChainRefused:
            raise
        except TallystickError as error:
            raise ChainRefused(f"entry {given.index}: {error.title}: {error.detail}") from None
        self.state.apply(effects)
        self._last = given.index
        if isinstance(body, system.Genesis):
            self.genesis = body
        if entry.type == epoch_type:
            self.epochs.append(given.index)
        if entry.type in (system.genesis_type, policy_type):
            self.policies.append(str(getattr(body, "policy", "")))

    def _open(self, given: ChainEntry) -> tuple[Entry, Body, tuple[Signer, ...]]:
        entry = Entry.parse(Envelope.parse(given.leaf).payload)
        if entry.expires is not None:
            raise ChainRefused(f"entry {given.index} could have expired: no act of governance does")
        if entry.type not in _types or (entry.type == system.genesis_type) != (self._last < 0):
            raise ChainRefused(f"entry {given.index} is a {entry.type}")
        if given.index <= self._last:
            raise ChainRefused(f"entry {given.index} comes behind entry {self._last}")
        if len(given.salt) != 32 or body_hash(given.salt, given.body) != entry.body_hash:
            raise ChainRefused(f"entry {given.index}: the body is another one's")
        body = self._rules.parse_body(entry.type, given.body)
        origin = body.origin if isinstance(body, system.Genesis) else self._origin()
        if entry.origin != origin:
            raise ChainRefused(f"entry {given.index} was signed for {entry.origin}")
        return entry, body, _signers(self._rules.type(entry.type), body, given)

    def _origin(self) -> str:
        return self.genesis.origin if self.genesis else ""


def _signers(entry_type: EntryType, body: Body, given: ChainEntry) -> tuple[Signer, ...]:
    """The keys that genesis or an epoch names, and that signed it; others need no judging here."""
    if entry_type.introduces is None:
        return ()
    verdict = verify(Submission(given.leaf, given.body, given.salt), entry_type.introduces(body))
    if not isinstance(verdict, Verified):
        raise verdict
    return tuple(
        Signer(reference, reference.partition(":")[2], "self", public.fingerprint(), speaks=False)
        for reference, public in verdict.keys
    )


def _require_pinned(pinned: Pinned, genesis: bytes, chain: _Chain) -> None:
    if pinned.nothing:
        raise ChainNotPinned("nothing was pinned")
    if pinned.genesis is not None and pinned.genesis != genesis:
        raise ChainNotPinned(f"genesis is {genesis.hex()}, pinned is {pinned.genesis.hex()}")
    logs = [operator_keys(chain.state, index).log for index in chain.epochs]
    if pinned.log is not None and pinned.log not in logs:
        told = ", ".join(log.encode() for log in logs)
        raise ChainNotPinned(f"the log's key is {told}, pinned is {pinned.log.encode()}")
    if pinned.policy is not None and pinned.policy not in chain.policies:
        known = hashlib.sha256(pinned.policy.encode(errors="surrogateescape")).hexdigest()
        raise ChainNotPinned(f"no policy of the chain is the pinned one (SHA-256 {known})")
