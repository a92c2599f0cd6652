"""Making proposals on a node's store, and enacting them there or over HTTP."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import orjson

from tallystick.app.bootstrap import Node
from tallystick.app.governance import files
from tallystick.app.governance.files import Proposal
from tallystick.app.organisations import accepted
from tallystick.ledger import (
    Author,
    InvariantError,
    NamedKey,
    PrivateKey,
    SigningKey,
    Snapshot,
    Submission,
    SystemClock,
    TallystickError,
    bls,
    governance,
    write_batch,
)
from tallystick.ledger.governance import Epoch, GovernanceAct, NewPolicy, Stopped, SwitchRules

answer_timeout_s = 60
answer_bytes_max = 1 << 20


class EnactFailed(TallystickError):
    code = "governance-not-enacted"
    status = 502
    title = "The node did not take the act in"
    advice = "Look at what it answered; the signed files stay good for this number."


@dataclass(frozen=True, slots=True)
class Standing:
    """What a proposal starts from."""

    origin: str
    number: int
    regime: governance.Regime
    keys: governance.OperatorKeys
    log: str
    epochs: int


def standing(snapshot: Snapshot) -> Standing:
    """As of this snapshot. Raises `NotGoverned`."""
    view = snapshot.view
    regime = governance.regime_at(view, snapshot.size())
    if not regime.governors:
        raise governance.NotGoverned
    epochs = governance.all_operator_keys(view)
    genesis: Any = view.get("log", "genesis")
    return Standing(
        genesis["origin"],
        governance.acts_so_far(view) + 1,
        regime,
        epochs[-1],
        genesis["log"],
        len(epochs) - 1,
    )


def propose_policy(
    node: Node,
    text: str,
    keys: Sequence[Path],
    from_index: int | None,
    quorum: bls.Registered | None = None,
    suites: tuple[str, ...] = (),
) -> Proposal:
    """Another policy with the governance keys of its witnesses, and who signs quorum certificates.

    `suites`: of keys that may be registered from then on, beside those that may be already.
    """
    with node.reader.open() as snapshot:
        found = standing(snapshot)
    named = tuple(files.read_key(path).key for path in keys)
    body = NewPolicy(
        number=found.number,
        signatures=(),
        policy=text,
        governance=named,
        quorum=quorum,
        suites=suites or None,
        from_index=from_index,
    )
    return files.propose(governance.policy_type, body, found.origin, found.regime)


def propose_rules(node: Node, name: str, from_index: int | None) -> Proposal:
    """A rule set that this version knows. Raises `RulesUnknown`."""
    if not node.rules.knows(name):
        raise governance.RulesUnknown(name)
    with node.reader.open() as snapshot:
        found = standing(snapshot)
    body = SwitchRules(number=found.number, signatures=(), rules=name, from_index=from_index)
    return files.propose(governance.rules_type, body, found.origin, found.regime)


def propose_epoch(node: Node, paths: Sequence[Path]) -> Proposal:
    """From witnesses' statements; the new keys are made here and stay in this node's key store."""
    told = [files.read_stopped(path) for path in paths]
    with node.reader.open() as snapshot:
        found = standing(snapshot)
        read = [governance.open_stopped(one, found.regime.policy, found.keys.log) for one in told]
        if not found.regime.policy.is_none:
            governance.require_quorum(frozenset(name for name, _ in read), found.regime)
        opened = [(one, statement) for one, (_, statement) in zip(told, read, strict=True)]
        body = _from_statements(snapshot, found, opened)
    first = 300 + 2 * (found.epochs + 1)
    log_key, receipt_key = (_key(node, f"{first + n}:{found.log}") for n in range(2))
    body = body.model_copy(update={"log_key": log_key, "receipt_key": receipt_key})
    return files.propose(governance.epoch_type, body, found.origin, found.regime)


def _from_statements(
    snapshot: Snapshot, found: Standing, opened: list[tuple[Stopped, governance.StopStatement]]
) -> Epoch:
    """Size and root of the largest; without witnesses (policy `none`) those of this store."""
    sizes = [statement.newest.size for _, statement in opened]
    size = max(sizes, default=snapshot.size())
    if size > snapshot.size() or size == 0:
        raise governance.EpochRefused(
            f"the witnesses stopped at {size} entries, this store has {snapshot.size()}"
        )
    stopped = [
        one.model_copy(update={"consistency": _proof(snapshot, statement.newest.size, size)})
        for one, statement in opened
    ]
    if stopped:
        start = governance.start_of(
            [(one, statement) for one, (_, statement) in zip(stopped, opened, strict=True)]
        )
        if start.root != snapshot.root_at(size):
            raise governance.EpochRefused(f"the first {size} entries of this store are others")
    root = snapshot.root_at(size).hex()
    unnamed = NamedKey(key=found.keys.log_key, jwk={})
    return Epoch(
        number=found.number,
        signatures=(),
        size=size,
        root=root,
        log_key=unnamed,
        receipt_key=unnamed,
        stopped=tuple(stopped),
    )


def _proof(snapshot: Snapshot, first: int, second: int) -> tuple[str, ...]:
    if not 0 < first < second:
        return ()
    return tuple(node.hex() for node in snapshot.consistency(first, second))


def _key(node: Node, reference: str) -> NamedKey:
    """Made once: asking again for the same epoch proposes the same keys."""
    if not node.keys.has(reference):
        node.keys.add(SigningKey(reference, PrivateKey.generate()))
    return NamedKey(key=reference, jwk=node.keys.get(reference).private.public.jwk())


def check(node: Node, proposal: Proposal) -> GovernanceAct:
    """The act, if its signatures are a quorum now; raises `GovernanceRefused`."""
    body = proposal.body()
    with node.reader.open() as snapshot:
        found = standing(snapshot)
    if proposal.origin != found.origin:
        raise governance.GovernanceRefused(f"it is of {proposal.origin}, not of {found.origin}")
    if body.number != found.number:
        raise governance.GovernanceNumber(f"number {body.number}, the next is {found.number}")
    signers = governance.signed_by(body.signatures, found.regime, proposal.message())
    governance.require_quorum(signers, found.regime)
    return body


def written(node: Node, proposal: Proposal, by: SigningKey | None) -> Submission:
    """The entry; its author only brings it: by default the root authority."""
    root = str(node.genesis()["root"])
    key = by or node.keys.get(f"300:{root}")
    author = Author(proposal.origin, key.keyid.partition(":")[2], key, SystemClock())
    return author.write(proposal.type, proposal.body())


def enact_here(node: Node, entry: Submission) -> int:
    """The index of the act in the log of this store; no other process may append."""
    with node.writer() as ledger:
        (answer,) = accepted(ledger.append([entry]))
        ledger.seal()
    return answer.index


def enact_there(url: str, entry: Submission) -> int:
    """As `enact_here`, by a node that runs."""
    try:
        answer = httpx.post(
            f"{url.rstrip('/')}/v1/entries",
            content=write_batch([entry]),
            timeout=answer_timeout_s,
        )
    except (httpx.HTTPError, httpx.InvalidURL, UnicodeError) as error:
        raise EnactFailed(f"{url}: {error or type(error).__name__}") from None
    try:
        (told,) = orjson.loads(answer.content[:answer_bytes_max])["results"]
    except (ValueError, KeyError, TypeError):
        raise EnactFailed(f"{url} answered {answer.status_code}") from None
    if told.get("outcome") != "accepted":
        raise EnactFailed(f"{told.get('code') or told.get('problem')}")
    index = told.get("index")
    if type(index) is not int:
        raise InvariantError("an accepted entry has an index")
    return index
