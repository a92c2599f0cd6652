"""A checkpoint against a policy: who signed, who cosigned and when, and whether that is a quorum."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from tallystick.ledger.checkpoint import Checkpoint, CheckpointRefused
from tallystick.ledger.note import Note, Verifier
from tallystick.ledger.witness.cosignature import cosigned_at
from tallystick.ledger.witness.errors import QuorumMissing
from tallystick.ledger.witness.policy import Policy
from tallystick.ledger.witness.quorum import Verdict


@dataclass(frozen=True, slots=True)
class Cosigned:
    """A checkpoint that its log signed. `times`: by a witness's name in the policy, its newest in seconds."""

    checkpoint: Checkpoint
    log: Verifier
    times: Mapping[str, int]
    verdict: Verdict

    def require(self) -> None:
        """Raises `QuorumMissing`."""
        if not self.verdict.met:
            raise QuorumMissing(str(self.verdict))


def open_cosigned(data: str | Note, policy: Policy, log: Verifier | None = None) -> Cosigned:
    """Who vouches for a checkpoint; `log` is the one expected, which a policy that names logs must name.

    Raises `NoteRefused` or `CheckpointRefused`; that the quorum is missing is said, not raised.
    """
    note = Note.parse(data) if isinstance(data, str) else data
    named = [entry.verifier for entry in policy.logs]
    if log and named and log not in named:
        raise CheckpointRefused(f"the policy does not name this key of {log.name}")
    known = [log] if log else named
    checkpoint = Checkpoint.parse_extended(note.text)
    signed = [key for key in note.verify(known) if key.name == checkpoint.origin]
    if not signed:
        raise CheckpointRefused(
            f"no log of the policy signed this checkpoint of {checkpoint.origin}"
        )
    times = cosign_times(note, policy)
    return Cosigned(checkpoint, signed[0], times, policy.judge(times.keys()))


def cosign_times(note: Note, policy: Policy) -> dict[str, int]:
    """The newest time of each witness that cosigned, by its name; raises `NoteSignatureFails`."""
    names = {witness.cosigner: witness.name for witness in policy.witnesses}
    times: dict[str, int] = {}
    for cosigner, line in note.signed_by(list(names)):
        name = names[cosigner]
        times[name] = max(times.get(name, 0), cosigned_at(line.signature))
    return times
