"""Asking the log's witnesses for cosignatures, from the outbox (C2SP tlog-witness, the log's side).

Never in the way of the log: the sequencer signs and goes on, and this follows. Witnesses are asked about
the newest checkpoint alone. How they are asked again, all of it:

- in a round, every witness at once; each request 5 s at most, three tries, 10 s for the round, and half a
  second more for the others once the quorum is there (`witness.collect`, `RemoteWitness`);
- as long as the quorum is missing, another round after 1, 2, 4 and then every 8 s.

A witness that says it cosigned a larger tree than the log has ever signed stops the log: either the log
lost entries, or a second copy of it is running. A person finds out which.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

import httpx
import structlog

from tallystick.app.bootstrap import Node
from tallystick.ledger import (
    AskedRow,
    Clock,
    Fence,
    LogFenced,
    SystemClock,
    instant,
    publish_job,
    witness,
)

pause_s = (1, 2, 4, 8)
_log = structlog.get_logger()


@dataclass
class Rounds:
    """When the witnesses are asked again; what is still missing since the last time."""

    monotonic_ns: Callable[[], int] = time.monotonic_ns
    _failed: int = 0
    _next_ns: int = 0
    _why: str = ""

    def require_due(self) -> None:
        """Raises `QuorumMissing` with what was missing, while it is too early to ask again."""
        if self.monotonic_ns() < self._next_ns:
            raise witness.QuorumMissing(self._why)

    def ended(self, collected: witness.Collected) -> None:
        """Raises `QuorumMissing` unless the quorum is there."""
        if collected.verdict.met:
            self._failed = self._next_ns = 0
            return
        pause = pause_s[min(self._failed, len(pause_s) - 1)]
        self._failed += 1
        self._next_ns = self.monotonic_ns() + pause * 10**9
        self._why = collected.why
        raise witness.QuorumMissing(self._why)


@dataclass
class Asking:
    """The witnesses of a policy as this process asks them; it remembers what they cosigned."""

    policy: witness.Policy
    witnesses: Sequence[witness.AskedWitness]
    rounds: Rounds = field(default_factory=Rounds)


@lru_cache(maxsize=4)
def asking(policy: witness.Policy) -> Asking:
    """One for each policy in this process."""
    return Asking(policy, witness.remote_witnesses(policy, httpx.Client(trust_env=False)))


def cosign(node: Node, payload: str) -> None:
    """Ask for the checkpoint of this size unless there is a newer one; raises `QuorumMissing`."""
    with node.reader.open() as snapshot:
        policy, newest = snapshot.policy(), snapshot.checkpoint()
    if policy.is_none or newest is None or newest[0] > int(payload):
        return
    asked = asking(policy)
    asked.rounds.require_due()
    found = witness.collect(newest[1], asked.witnesses, policy, lambda a, b: prove(node, a, b))
    keep(node, newest[0], found, policy, SystemClock())
    _require_not_ahead(node, found)
    asked.rounds.ended(found)


def keep(
    node: Node, size: int, found: witness.Collected, policy: witness.Policy, clock: Clock
) -> None:
    """Store the cosignatures of the policy's witnesses and no other line; publish them."""
    known = [one.cosigner for one in policy.witnesses]
    lines = [line for _, line in found.note.signed_by(known)]
    now = instant(clock.now_ms())
    rows = [AskedRow(o.witness, size, o.code, o.detail, now) for o in found.outcomes]
    with node.store.write() as transaction:
        final = found.verdict.met and not policy.is_none
        transaction.cosignatures.put(size, lines, final=final)
        transaction.cosignatures.note_asked(rows)
        if lines:
            transaction.outbox.add(publish_job, f"{size:020d}", str(size))


def prove(node: Node, first: int, second: int) -> list[bytes]:
    """The consistency proof between two sizes, in a snapshot of its own: witnesses ask at once."""
    with node.reader.open() as snapshot:
        return snapshot.consistency(first, second)


def _require_not_ahead(node: Node, found: witness.Collected) -> None:
    """Another worker may have asked about a newer checkpoint meanwhile: only what the log never signed counts.

    Raises `LogFenced`, with the fence set.
    """
    claims = [outcome for outcome in found.outcomes if outcome.size is not None]
    if not claims:
        return
    with node.reader.open() as snapshot:
        newest = snapshot.checkpoint()
    signed = max(node.memory().load()[0], newest[0] if newest else 0)
    for outcome in claims:
        if outcome.size is not None and outcome.size > signed:
            name = witness.printable(outcome.witness)
            said = f"{name} says that it cosigned {outcome.size} entries, this log signed {signed}"
            node.memory().set_fence(Fence(outcome.size, said))
            _log.error(LogFenced.code, detail=said, advice=LogFenced.advice)
            raise LogFenced(said)
