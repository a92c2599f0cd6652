"""Checkpoints (C2SP tlog-checkpoint) and proof files (C2SP tlog-proof)."""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass

from tallystick.ledger import merkle
from tallystick.ledger.errors import TallystickError
from tallystick.ledger.keys import PrivateKey
from tallystick.ledger.note import Note, NoteRefused, Verifier, sign_note

_proof_header = "c2sp.org/tlog-proof@v1"
_path_lines_max = 63
_number = re.compile(r"0|[1-9][0-9]{0,18}")


class CheckpointRefused(TallystickError):
    code = "checkpoint-refused"
    status = 422
    title = "The checkpoint is malformed, of another log, or not signed by its key"
    advice = "Compare origin and verifier key with those that were pinned."


class ProofFileRefused(TallystickError):
    code = "proof-file-refused"
    status = 400
    title = "The proof file is malformed"
    advice = "Fetch it again; a proof file has the lines of C2SP tlog-proof and no others."


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """Origin, number of leaves, and root (32 bytes)."""

    origin: str
    size: int
    root: bytes

    def text(self) -> str:
        return f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode()}\n"

    def sign(self, key: PrivateKey) -> Note:
        return sign_note(self.text(), self.origin, key)

    @staticmethod
    def parse(text: str) -> Checkpoint:
        """Raises `CheckpointRefused`."""
        lines = text.split("\n")
        if len(lines) != 4 or lines[3] or not lines[0]:
            raise CheckpointRefused("a checkpoint has three lines: origin, size, root")
        size, root = lines[1], _base64(lines[2])
        if _number.fullmatch(size) is None or len(root) != 32:
            raise CheckpointRefused("size or root is not in its form")
        return Checkpoint(lines[0], int(size), root)


def open_checkpoint(data: str, verifier: Verifier) -> Checkpoint:
    """The checkpoint in a note that `verifier` (named by the origin) signed."""
    try:
        note = Note.parse(data)
        signed = note.verify([verifier])
    except NoteRefused as error:
        raise CheckpointRefused(error.detail) from None
    checkpoint = Checkpoint.parse(note.text)
    if not signed or checkpoint.origin != verifier.name:
        raise CheckpointRefused(f"not signed by {verifier.name}")
    return checkpoint


@dataclass(frozen=True, slots=True)
class ProofFile:
    """A leaf's index and path with the checkpoint it leads to: all that a stranger needs."""

    index: int
    path: tuple[bytes, ...]
    checkpoint: str

    def encode(self) -> str:
        lines = [_proof_header, f"index {self.index}"]
        lines += [base64.b64encode(node).decode() for node in self.path]
        return "\n".join(lines) + "\n\n" + self.checkpoint

    @staticmethod
    def parse(data: str) -> ProofFile:
        """Raises `ProofFileRefused`."""
        head, gap, note = data.partition("\n\n")
        lines = head.split("\n")
        if len(lines) > 1 and lines[1].startswith("extra "):
            del lines[1]
        if (
            not gap
            or len(lines) < 2
            or lines[0] != _proof_header
            or len(lines) > 2 + _path_lines_max
        ):
            raise ProofFileRefused("header, index and path lines are expected")
        word, _, number = lines[1].partition(" ")
        path = tuple(_base64(line) for line in lines[2:])
        form = word == "index" and _number.fullmatch(number) is not None
        if not form or any(len(node) != 32 for node in path):
            raise ProofFileRefused("the index or a path line is not in its form")
        return ProofFile(int(number), path, note)

    def verify(self, leaf: bytes, verifier: Verifier) -> Checkpoint:
        """The checkpoint, if `leaf` (the entry's bytes) is at `index` under it."""
        checkpoint = open_checkpoint(self.checkpoint, verifier)
        merkle.verify_inclusion(
            merkle.leaf_hash(leaf), self.index, checkpoint.size, self.path, checkpoint.root
        )
        return checkpoint


def _base64(text: str) -> bytes:
    try:
        raw = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return b""
    return raw if base64.b64encode(raw).decode() == text else b""
