"""Checkpoints (C2SP tlog-checkpoint) and proof files (C2SP tlog-proof)."""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass

from tallystick.ledger import merkle
from tallystick.ledger.errors import TallystickError
from tallystick.ledger.keys import PrivateKey
from tallystick.ledger.note import Note, NoteRefused, Verifier, sign_note, strict_base64

_proof_header = "c2sp.org/tlog-proof@v1"
_path_lines_max = 63
proof_file_chars_max = 200_000
_number = re.compile(r"0|[1-9][0-9]{0,18}")


def parse_number(text: str) -> int | None:
    """A decimal of at most 19 digits without leading zeroes; nothing for anything else."""
    return int(text) if _number.fullmatch(text) else None


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
        size, root = parse_number(lines[1]), strict_base64(lines[2])
        if size is None or len(root) != 32:
            raise CheckpointRefused("size or root is not in its form")
        return Checkpoint(lines[0], size, root)

    @staticmethod
    def parse_extended(text: str) -> Checkpoint:
        """As `parse`, for any log's checkpoint: lines behind the third may follow, none of them empty."""
        lines = text.split("\n")
        if lines[-1] or any(not line for line in lines[3:-1]):
            raise CheckpointRefused("an extension line is empty, or the last line does not end")
        return Checkpoint.parse("".join(f"{line}\n" for line in lines[:-1][:3]))


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
    """A leaf's index and path with the checkpoint it leads to: all that a stranger needs.

    `extra` is what an application put beside it; nothing vouches for it.
    """

    index: int
    path: tuple[bytes, ...]
    checkpoint: str
    extra: bytes = b""

    def encode(self) -> str:
        lines = [_proof_header]
        lines += [f"extra {base64.b64encode(self.extra).decode()}"] if self.extra else []
        lines += [f"index {self.index}"]
        lines += [base64.b64encode(node).decode() for node in self.path]
        return "\n".join(lines) + "\n\n" + self.checkpoint

    @staticmethod
    def parse(data: str) -> ProofFile:
        """Raises `ProofFileRefused`."""
        if len(data) > proof_file_chars_max:
            raise ProofFileRefused(f"a proof file has at most {proof_file_chars_max} characters")
        head, gap, note = data.partition("\n\n")
        header, *lines = head.split("\n")
        if not gap or header != _proof_header:
            raise ProofFileRefused("header, index and path lines are expected")
        extra = _extra(lines.pop(0)) if lines and lines[0].startswith("extra ") else b""
        word, _, number = lines[0].partition(" ") if lines else ("", "", "")
        index = parse_number(number)
        if word != "index" or index is None:
            raise ProofFileRefused("the index line is not in its form")
        path = tuple(strict_base64(line) for line in lines[1:])
        if len(path) > _path_lines_max or any(len(node) != 32 for node in path):
            raise ProofFileRefused(f"at most {_path_lines_max} hashes of 32 bytes, a line each")
        return ProofFile(index, path, note, extra)

    def verify(self, leaf: bytes, verifier: Verifier) -> Checkpoint:
        """The checkpoint, if `leaf` (the entry's bytes) is at `index` under it."""
        checkpoint = open_checkpoint(self.checkpoint, verifier)
        merkle.verify_inclusion(
            merkle.leaf_hash(leaf), self.index, checkpoint.size, self.path, checkpoint.root
        )
        return checkpoint


def _extra(line: str) -> bytes:
    raw = strict_base64(line.removeprefix("extra "))
    if not raw:
        raise ProofFileRefused("the extra line is not base64")
    return raw
