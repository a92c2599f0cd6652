"""Collecting cosignatures for a checkpoint: all witnesses at once, each outcome told.

Nothing is raised because a witness is lost, slow or wrong: the log goes on, and the outcomes say why a quorum
waits. Once the quorum is there, the others have a moment more: a slow one holds nobody up. What the policy
counts is read from the finished note, not from the answers.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from typing import Protocol

from tallystick.ledger.errors import TallystickError
from tallystick.ledger.note import Note, NoteSignature
from tallystick.ledger.witness.client import Prove
from tallystick.ledger.witness.cosignature import cosigned_at
from tallystick.ledger.witness.cosigned import cosign_times
from tallystick.ledger.witness.errors import WitnessAhead
from tallystick.ledger.witness.policy import Policy
from tallystick.ledger.witness.quorum import Verdict

wait_ms_max = 10_000
grace_ms_max = 500
cosigned, slow = "cosigned", "witness-slow"
Asking = Future[NoteSignature]
Done = set[Asking]


class AskedWitness(Protocol):
    """A witness of the policy, by its name there: a `RemoteWitness`, or one in this process."""

    @property
    def name(self) -> str: ...

    def cosign(self, note: Note, prove: Prove) -> NoteSignature: ...


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one witness. `code` is `cosigned`, `witness-slow`, or that of its error.

    `size` is the tree that it says it cosigned, where it names another one.
    """

    witness: str
    code: str
    detail: str = ""
    time_s: int | None = None
    size: int | None = None


@dataclass(frozen=True, slots=True)
class Collected:
    """The checkpoint with the cosignatures that came, what each witness did, and whether it is final.

    `pending`: by name, those that are still being asked; nobody waits for them.
    """

    note: Note
    outcomes: tuple[Outcome, ...]
    verdict: Verdict
    pending: Mapping[str, Asking] = field(default_factory=dict)

    @property
    def why(self) -> str:
        """Why it is not final yet, for people; empty if it is."""
        if self.verdict.met:
            return ""
        failed = [f"{o.witness}: {o.detail or o.code}" for o in self.outcomes if o.code != cosigned]
        return ". ".join([str(self.verdict), *failed])


def collect(
    checkpoint: str,
    witnesses: Sequence[AskedWitness],
    policy: Policy,
    prove: Prove,
    wait_ms: int = wait_ms_max,
) -> Collected:
    """Ask every witness at once; wait until all have answered or the time is over.

    The time is `wait_ms`, and `grace_ms_max` from the moment in which the quorum is there.

    `checkpoint` is a note that its log signed; cosignatures that it bears already stay. Raises
    `NoteRefused` if the note given is malformed or bears a cosignature that fails.
    """
    note = Note.parse(checkpoint)
    cosign_times(note, policy)
    pool = ThreadPoolExecutor(max(1, len(witnesses)), thread_name_prefix="witness")
    try:
        asked = {pool.submit(one.cosign, note, prove): one for one in witnesses}
        done = _wait(note, asked, policy, wait_ms)
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
    outcomes = [outcome_of(f if f in done else None, one.name) for f, one in asked.items()]
    signed = _signed(note, done)
    pending = {one.name: future for future, one in asked.items() if future not in done}
    return Collected(signed, tuple(outcomes), _judged(signed, policy), pending)


def _wait(note: Note, asked: Mapping[Asking, AskedWitness], policy: Policy, wait_ms: int) -> Done:
    """Those that have answered in time."""
    until = time.monotonic_ns() + wait_ms * 1_000_000
    waiting, done, quorum = set(asked), set[Asking](), False
    while waiting and (left := until - time.monotonic_ns()) > 0:
        answered, waiting = wait(waiting, left / 10**9, FIRST_COMPLETED)
        done |= answered
        if not quorum and not policy.is_none and _judged(_signed(note, done), policy).met:
            quorum = True
            until = min(until, time.monotonic_ns() + grace_ms_max * 1_000_000)
    return done


def _signed(note: Note, done: Done) -> Note:
    return note.adding([future.result() for future in done if future.exception() is None])


def _judged(note: Note, policy: Policy) -> Verdict:
    return policy.judge(cosign_times(note, policy).keys())


def outcome_of(future: Asking | None, name: str) -> Outcome:
    """What became of asking a witness; None for one that has not answered in time."""
    if future is None:
        return Outcome(name, slow, "it has not answered in time")
    error = future.exception()
    if isinstance(error, TallystickError):
        ahead = error.size if isinstance(error, WitnessAhead) else None
        return Outcome(name, error.code, error.detail, size=ahead)
    if error is not None:
        return Outcome(name, "unexpected", repr(error))
    return Outcome(name, cosigned, time_s=cosigned_at(future.result().signature))
