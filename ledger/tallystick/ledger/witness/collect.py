"""Collecting cosignatures for a checkpoint: all witnesses at once, each outcome told.

Nothing is raised because a witness is lost, slow or wrong: the log goes on, and the outcomes say why a quorum
waits. What the policy counts is read from the finished note, not from the answers.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from typing import Protocol

from tallystick.ledger.errors import TallystickError
from tallystick.ledger.note import Note, NoteSignature
from tallystick.ledger.witness.client import Prove
from tallystick.ledger.witness.cosignature import cosigned_at
from tallystick.ledger.witness.cosigned import cosign_times
from tallystick.ledger.witness.policy import Policy
from tallystick.ledger.witness.quorum import Verdict

wait_ms_max = 10_000
cosigned, slow = "cosigned", "witness-slow"


class AskedWitness(Protocol):
    """A witness of the policy, by its name there: a `RemoteWitness`, or one in this process."""

    @property
    def name(self) -> str: ...

    def cosign(self, note: Note, prove: Prove) -> NoteSignature: ...


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one witness. `code` is `cosigned`, `witness-slow`, or that of its error."""

    witness: str
    code: str
    detail: str = ""
    time_s: int | None = None


@dataclass(frozen=True, slots=True)
class Collected:
    """The checkpoint with the cosignatures that came, what each witness did, and whether it is final."""

    note: Note
    outcomes: tuple[Outcome, ...]
    verdict: Verdict

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
    """Ask every witness at once and wait for them until all have answered or the time is over.

    `checkpoint` is a note that its log signed; cosignatures that it bears already stay. Raises
    `NoteRefused` if the note given is malformed or bears a cosignature that fails.
    """
    note = Note.parse(checkpoint)
    cosign_times(note, policy)
    pool = ThreadPoolExecutor(max(1, len(witnesses)), thread_name_prefix="witness")
    try:
        asked = {pool.submit(one.cosign, note, prove): one for one in witnesses}
        done = wait(asked, timeout=wait_ms / 1000).done
        outcomes = [_outcome(f if f in done else None, one.name) for f, one in asked.items()]
        lines = [future.result() for future in done if future.exception() is None]
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
    signed = note.adding(lines)
    verdict = policy.judge(cosign_times(signed, policy).keys())
    return Collected(signed, tuple(outcomes), verdict)


def _outcome(future: Future[NoteSignature] | None, name: str) -> Outcome:
    if future is None:
        return Outcome(name, slow, "it has not answered in time")
    error = future.exception()
    if isinstance(error, TallystickError):
        return Outcome(name, error.code, error.detail)
    if error is not None:
        return Outcome(name, "unexpected", repr(error))
    return Outcome(name, cosigned, time_s=cosigned_at(future.result().signature))
