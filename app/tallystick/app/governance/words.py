"""An act of governance in words, for the person who is about to sign it; and what of it cannot be true.

Nothing here asks a log: it is read on a machine that need not be connected to anything.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

from tallystick.app.governance.files import GovernanceFileRefused, Proposal, ProposalRefused
from tallystick.app.log_files_cli import quorum_said
from tallystick.ledger import (
    NamedKey,
    Note,
    PublicKey,
    TallystickError,
    Verifier,
    governance,
    witness,
)


def told(proposal: Proposal) -> list[str]:
    """Line by line; raises `GovernanceFileRefused` for an act that contradicts itself."""
    body = proposal.body()
    lines = [f"log      {proposal.origin}", f"act      number {body.number} since genesis"]
    try:
        if isinstance(body, governance.NewPolicy):
            lines += _policy(body, proposal.origin)
        elif isinstance(body, governance.SwitchRules):
            lines += _rules(body)
        elif isinstance(body, governance.Epoch):
            lines += _epoch(body, proposal.origin)
        else:
            raise GovernanceFileRefused(f"nobody here knows what {proposal.type} means")
    except GovernanceFileRefused:
        raise
    except TallystickError as error:
        raise ProposalRefused(f"{error.title}: {error.detail}") from None
    digest = hashlib.sha256(proposal.message()).hexdigest()
    return [*lines, f"bytes    {len(proposal.message())}, SHA-256 {digest}"]


def _policy(body: governance.NewPolicy, origin: str) -> Iterator[str]:
    policy = witness.Policy.parse(body.policy)
    policy.require_of_log(set())
    governance.check_keys(body.governance, policy, origin, _suites(body), ())
    yield f"change   another policy, in force {_since(body.from_index)}"
    yield f"quorum   {quorum_said(policy)}"
    for one in policy.witnesses:
        yield f"witness  {witness.printable(one.name)} {one.cosigner.encode()} {one.url}".rstrip()
    for key in body.governance:
        public = PublicKey.from_jwk(key.jwk)
        yield f"governs  {key.witness}: {key.key}, {public.suite} {public.fingerprint()}"
    if body.suites is not None:
        yield f"suites   also admits keys of {', '.join(body.suites)}; this is never taken back"
    yield f"BLS      {_certifies(body, policy)}"
    yield from (f"policy   | {line}" for line in body.policy.splitlines())


def _certifies(body: governance.NewPolicy, policy: witness.Policy) -> str:
    if body.quorum is None:
        return "nobody signs quorum certificates"
    body.quorum.require_of_policy(policy)
    proven = body.quorum.proven()
    names = ", ".join(witness.printable(one.name) for one in proven.text.signers)
    return f"quorum certificates by {proven.said}: {names}"


def _suites(body: governance.NewPolicy) -> set[str]:
    return {PublicKey.from_jwk(key.jwk).suite for key in body.governance}


def _rules(body: governance.SwitchRules) -> Iterator[str]:
    yield f"change   the rule set {body.rules} judges the entries {_since(body.from_index)}"


def _epoch(body: governance.Epoch, origin: str) -> Iterator[str]:
    yield f"change   ANOTHER OPERATOR of the log, from entry {body.size} on"
    yield f"start    {body.size} entries, root {body.root}"
    yield "lost     whatever the old operator took in beyond it is not in the log; it is sent again"
    public = PublicKey.from_jwk(body.log_key.jwk)
    yield f"log key  {Verifier(origin, public).encode()} ({body.log_key.key})"
    yield f"receipts {_key(body.receipt_key)}"
    opened = [(one, _statement(one, origin)) for one in body.stopped]
    for told, statement in opened:
        # In whose name: whether it is theirs is verified with the policy, which whoever signs does not have here.
        names = ", ".join(line.name for line in Note.parse(told.statement).signatures)
        newest = statement.newest
        yield (
            f"stopped  {statement.stopped.encode()} at {newest.size} entries, {newest.root.hex()}, "
            f"in the name of {names}"
        )
    if opened:
        start = governance.start_of(opened)
        if (start.size, start.root.hex()) != (body.size, body.root):
            raise ProposalRefused(f"its witnesses stopped at {start.size} entries")


def _statement(told: governance.Stopped, origin: str) -> governance.StopStatement:
    found = governance.StopStatement.read(told.statement)
    if found.newest.origin != origin:
        raise ProposalRefused(f"a witness stopped {found.newest.origin}")
    return found


def _key(named: NamedKey) -> str:
    public = PublicKey.from_jwk(named.jwk)
    return f"{named.key}, {public.suite} {public.fingerprint()}"


def _since(index: int | None) -> str:
    return "from the next entry on" if index is None else f"from entry {index} on"
