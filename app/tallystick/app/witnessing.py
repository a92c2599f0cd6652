"""Asking the log's witnesses for cosignatures, from the outbox (C2SP tlog-witness, the log's side).

Never in the way of the log: the sequencer signs and goes on, and this follows. Witnesses are asked about
the newest checkpoint alone. How they are asked again, all of it:

- in a round, every witness at once; each request 5 s at most, three tries, 10 s for the round, and half a
  second more for the others once the quorum is there (`witness.collect`, `RemoteWitness`);
- as long as the quorum is missing, another round after 1, 2, 4 and then every 8 s;
- who missed a round that got its quorum is asked again alone (`late_witnesses`).

A witness that says it cosigned a larger tree than the log has ever signed stops the log: either the log
lost entries, or a second copy of it is running. A person finds out which. So does it stop once those that have
stopped its key for ever leave no quorum among the others: what it took in could never be final, and another
operator goes on, or is about to.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

import httpx
import structlog

from tallystick.app.bootstrap import Node
from tallystick.app.late_witnesses import Answered, Late, WitnessesLate, late_job
from tallystick.ledger import (
    AskedRow,
    Clock,
    Fence,
    LogFenced,
    Note,
    NoteSignature,
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
    late: Late = field(default_factory=Late)
    _recalled: bool = False

    def recall(self, node: Node) -> None:
        """What each cosigned before this process began, from the store: an old copy shows itself by it."""
        if self._recalled:
            return
        self._recalled = True
        with node.reader.open() as snapshot:
            sizes = {one.name: one.cosigned for one in snapshot.finality().witnesses}
        for one in self.witnesses:
            if isinstance(one, witness.RemoteWitness):
                one.recall(sizes.get(one.name, 0))


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
    asked.recall(node)
    asked.rounds.require_due()
    found = witness.collect(newest[1], asked.witnesses, policy, lambda a, b: prove(node, a, b))
    asked.late.adopt(newest[0], found.pending)
    keep(node, newest[0], found, policy, SystemClock())
    _require_not_ahead(node, found.outcomes)
    _require_key_in_force(node, policy)
    asked.rounds.ended(found)


def cosign_late(node: Node, payload: str) -> None:
    """Keep what late witnesses answered, and ask again who is due, unless there is a newer checkpoint.

    Never waits. Raises `WitnessesLate` while one has not cosigned the checkpoint.
    """
    with node.reader.open() as snapshot:
        policy, newest = snapshot.policy(), snapshot.checkpoint()
    asked = asking(policy)
    answered = asked.late.answers()
    for one in answered:
        _keep_answer(node, one, policy, SystemClock())
    _require_not_ahead(node, [one.outcome for one in answered])
    _require_key_in_force(node, policy)
    with node.reader.open() as snapshot:
        newest, final = snapshot.checkpoint(), snapshot.finality().final
    if policy.is_none or newest is None or newest[0] > int(payload):
        return
    size, note = newest[0], Note.parse(newest[1])
    times = witness.cosign_times(note, policy)
    missing = [one for one in asked.witnesses if one.name not in times]
    if not missing:
        return
    if final == size:
        asked.late.ask(size, note, missing, lambda a, b: prove(node, a, b))
    raise WitnessesLate(", ".join(witness.printable(one.name) for one in missing))


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
        if found.pending or (final and len(lines) < len(rows)):
            transaction.outbox.add(late_job, f"{size:020d}", str(size))


def _keep_answer(node: Node, one: Answered, policy: witness.Policy, clock: Clock) -> None:
    """An answer that no round waited for, for the newest checkpoint or one before."""
    with node.reader.open() as snapshot:
        checkpoint = snapshot.checkpoint_of(one.size)
    if checkpoint is None:
        return
    lines = _own_line(one, policy, checkpoint)
    times = witness.cosign_times(Note.parse(checkpoint).adding(lines), policy)
    final = policy.judge(times.keys()).met and not policy.is_none
    told = one.outcome
    row = AskedRow(told.witness, one.size, told.code, told.detail, instant(clock.now_ms()))
    with node.store.write() as transaction:
        if lines:
            transaction.cosignatures.put(one.size, lines, final=final)
            transaction.outbox.add(publish_job, f"{one.size:020d}", str(one.size))
        before = transaction.cosignatures.asked().get(told.witness)
        if before is None or before.size <= one.size:
            transaction.cosignatures.note_asked([row])


def _own_line(one: Answered, policy: witness.Policy, checkpoint: str) -> list[NoteSignature]:
    """The line, if it is the cosignature of the witness that was asked."""
    known = [who.cosigner for who in policy.witnesses if who.name == one.outcome.witness]
    if one.line is None:
        return []
    return [line for _, line in Note(Note.parse(checkpoint).text, (one.line,)).signed_by(known)]


def prove(node: Node, first: int, second: int) -> list[bytes]:
    """The consistency proof between two sizes, in a snapshot of its own: witnesses ask at once."""
    with node.reader.open() as snapshot:
        return snapshot.consistency(first, second)


def _require_not_ahead(node: Node, outcomes: Sequence[witness.Outcome]) -> None:
    """Another worker may have asked about a newer checkpoint meanwhile: only what the log never signed counts.

    Raises `LogFenced`, with the fence set.
    """
    claims = [outcome for outcome in outcomes if outcome.size is not None]
    if not claims:
        return
    with node.reader.open() as snapshot:
        newest = snapshot.checkpoint()
    signed = max(node.memory().load()[0], newest[0] if newest else 0)
    for outcome in claims:
        if outcome.size is not None and outcome.size > signed:
            name = witness.printable(outcome.witness)
            said = f"{name} says that it cosigned {outcome.size} entries, this log signed {signed}"
            _stop(node, Fence(outcome.size, said))


def _require_key_in_force(node: Node, policy: witness.Policy) -> None:
    """Raises `LogFenced`, with the fence set, if too few witnesses are left that cosign under the log's key.

    Whoever lifted the fence knows better, such as governors who are about to name other witnesses: about the same
    ones it is not set again.
    """
    with node.reader.open() as snapshot:
        found = snapshot.finality()
    stopped = [one.name for one in found.witnesses if one.code == witness.LogStopped.code]
    if policy.quorum_without(stopped):
        return
    names = ", ".join(map(witness.printable, stopped))
    fence = Fence(
        found.sealed, f"{names} stopped this log's key for ever, and no quorum is left without them"
    )
    lifted = node.memory().lifted()
    if lifted is None or lifted.detail != fence.detail:
        _stop(node, fence)


def _stop(node: Node, fence: Fence) -> None:
    node.memory().set_fence(fence)
    _log.error(LogFenced.code, detail=fence.detail, advice=LogFenced.advice)
    raise LogFenced(fence.detail)
