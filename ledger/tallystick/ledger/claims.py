"""Checkpoints held to a replay: each must be one that this log extends, and end in a block."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from tallystick.ledger.checkpoint import Checkpoint, CheckpointRefused, open_checkpoint
from tallystick.ledger.errors import TallystickError
from tallystick.ledger.governance import all_operator_keys, log_verifier
from tallystick.ledger.note import Note, Verifier
from tallystick.ledger.replay import NotSound
from tallystick.ledger.state import State


class Standing(Protocol):
    """A log as far as it was gone through: by a replay, or by its signatures alone."""

    @property
    def state(self) -> State:
        """At least what genesis and governance say."""
        ...

    @property
    def size(self) -> int: ...

    @property
    def block_size(self) -> int:
        """The size right after the newest block."""
        ...

    def root_at(self, size: int) -> bytes | None: ...

    def is_block_end(self, size: int) -> bool: ...


def claimed_size(note: str) -> int | None:
    """The size that a note speaks of, whoever signed it: the replay keeps its root there."""
    try:
        return Checkpoint.parse(Note.parse(note).text).size
    except TallystickError:
        return None


def check_log_key(replay: Standing, pinned: Verifier | None) -> None:
    """A pinned key is that of one of the log's epochs; raises `NotSound`."""
    known = [one.log for one in all_operator_keys(replay.state)]
    if pinned is not None and pinned not in known:
        raise NotSound("log key", pinned.encode(), ", ".join(key.encode() for key in known))


def check_note(replay: Standing, note: str, what: str) -> int:
    """The size of a checkpoint that this log extends, by the key of its epoch; raises `NotSound`."""
    verifier = log_verifier(replay.state, claimed_size(note))
    try:
        checkpoint = open_checkpoint(note, verifier)
    except CheckpointRefused as error:
        raise NotSound(what, f"signed by {verifier.name}", error.detail) from None
    if checkpoint.size > replay.size:
        raise NotSound(what, f"at least {checkpoint.size} entries", f"{replay.size} entries")
    root = replay.root_at(checkpoint.size)
    if root != checkpoint.root:
        raise NotSound(f"{what}, root at size {checkpoint.size}", checkpoint.root, root or b"")
    return checkpoint.size


def check_checkpoints(replay: Standing, rows: Sequence[tuple[int, str]]) -> None:
    """Every stored (size, note), oldest first; raises `NotSound`."""
    for size, note in rows:
        signed = check_note(replay, note, f"checkpoint {size}")
        if signed != size:
            raise NotSound(f"checkpoint {size}, column size", signed, size)
        if not replay.is_block_end(size):
            raise NotSound(f"checkpoint {size}", "a block as its last leaf", "another entry")
