"""The newest final checkpoint of an export whose newest one is not final yet.

Without it a copy that was made between two rounds of the witnesses would say that nothing is final, although a quorum
had cosigned all but the last entries. It is judged by the policy that the
entries themselves put in force, never by one that lies beside them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tallystick.ledger.checkpoint import CheckpointRefused
from tallystick.ledger.claims import claimed_size
from tallystick.ledger.export import layout
from tallystick.ledger.export.errors import ExportTreeDiffers
from tallystick.ledger.governance import log_policy
from tallystick.ledger.note import Note, NoteRefused, NoteSignature
from tallystick.ledger.state import State
from tallystick.ledger.witness import cosign_times


@dataclass(frozen=True, slots=True)
class FinalCheckpoint:
    """Its size, and the cosignatures by witnesses of the policy."""

    size: int
    lines: tuple[NoteSignature, ...]


def read_final(data: bytes) -> tuple[int, Note]:
    """Size and note, of which nothing is verified; raises `CheckpointRefused`."""
    try:
        note = Note.read(data)
    except NoteRefused as error:
        raise CheckpointRefused(f"{layout.final_file}: {error.detail}") from None
    size = claimed_size(note.encode())
    if size is None:
        raise CheckpointRefused(f"{layout.final_file}: it is no checkpoint")
    return size, note


def judge_final(
    given: tuple[int, Note], checkpoints: Sequence[tuple[int, str]], state: State
) -> FinalCheckpoint:
    """Raises `ExportTreeDiffers` unless it is one of the checkpoints and final, `CheckpointRefused` for a false line."""
    size, note = given
    known = dict(checkpoints).get(size)
    if known is None or Note.parse(known).text != note.text:
        raise ExportTreeDiffers(f"{layout.final_file} is none of checkpoints/")
    policy = log_policy(state, size)
    try:
        verdict = policy.judge(cosign_times(note, policy).keys())
        lines = [line for _, line in note.signed_by([one.cosigner for one in policy.witnesses])]
    except NoteRefused as error:
        raise CheckpointRefused(f"{layout.final_file}: {error.detail}") from None
    if policy.is_none or not verdict.met:
        raise ExportTreeDiffers(f"{layout.final_file} is not final: {verdict}")
    return FinalCheckpoint(size, tuple(lines))
