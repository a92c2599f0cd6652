"""The request `add-checkpoint` and its answers as bytes (C2SP tlog-witness).

old <size of the newest checkpoint that the witness cosigned, or 0>
<base64 hash of the consistency proof>      at most 63 of them
<empty line>
<checkpoint: a signed note>
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass

from tallystick.ledger.checkpoint import parse_number
from tallystick.ledger.note import Note, NoteRefused, NoteSignature, note_bytes_max, strict_base64
from tallystick.ledger.witness.errors import WitnessAnswerRefused, WitnessRequestRefused

proof_lines_max = 63
request_bytes_max = note_bytes_max + 64 * 64
answer_bytes_max = 64 * 1024
size_media_type = "text/x.tlog.size"


@dataclass(frozen=True, slots=True)
class AddCheckpoint:
    """A checkpoint, and the proof that it extends the one of `old` leaves."""

    old: int
    proof: tuple[bytes, ...]
    note: Note

    def encode(self) -> bytes:
        lines = [f"old {self.old}", *(base64.b64encode(node).decode() for node in self.proof)]
        return ("\n".join(lines) + "\n\n" + self.note.encode()).encode()

    @staticmethod
    def parse(data: bytes) -> AddCheckpoint:
        """Raises `WitnessRequestRefused`."""
        if len(data) > request_bytes_max:
            raise WitnessRequestRefused(f"a request has at most {request_bytes_max} bytes")
        head, gap, note = data.partition(b"\n\n")
        if not gap:
            raise WitnessRequestRefused("an empty line parts proof and checkpoint")
        first, *lines = head.decode(errors="replace").split("\n")
        word, _, number = first.partition(" ")
        old = parse_number(number)
        if word != "old" or old is None:
            raise WitnessRequestRefused("the first line is `old` and a size without leading zeroes")
        proof = tuple(strict_base64(line) for line in lines)
        if len(proof) > proof_lines_max or any(len(node) != 32 for node in proof):
            raise WitnessRequestRefused(
                f"a proof has at most {proof_lines_max} hashes of 32 bytes, a line each"
            )
        try:
            return AddCheckpoint(old, proof, Note.read(note))
        except NoteRefused as error:
            raise WitnessRequestRefused(f"the checkpoint: {error.detail}") from None


def encode_lines(signatures: Sequence[NoteSignature]) -> bytes:
    """The answer 200."""
    return "".join(signature.line() for signature in signatures).encode()


def parse_lines(data: bytes) -> tuple[NoteSignature, ...]:
    """The signature lines of an answer 200; raises `WitnessAnswerRefused`."""
    try:
        note = Note.read(b"-\n\n" + data)
    except NoteRefused as error:
        raise WitnessAnswerRefused(error.detail) from None
    if note.text != "-\n":
        raise WitnessAnswerRefused("an answer is signature lines and nothing else")
    return note.signatures


def encode_size(size: int) -> bytes:
    """The answer 409."""
    return b"%d\n" % size


def parse_size(data: bytes) -> int:
    """The size in an answer 409; raises `WitnessAnswerRefused`."""
    text = data.decode(errors="replace")
    size = parse_number(text.removesuffix("\n"))
    if size is None:
        raise WitnessAnswerRefused(f"{text[:40]!r} is no size")
    return size
