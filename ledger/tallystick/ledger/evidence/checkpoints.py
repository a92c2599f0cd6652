"""Two checkpoints that one honest log cannot have signed, or one honest witness not cosigned.

Offline, these can be proven, and nothing else about two checkpoints can:

* of one size with two roots: both signatures are enough;
* of two sizes, if the first leaves of the larger tree have another root than the smaller checkpoint says: a
  consistency path from that other root shows it. Whoever has the larger tree can make it, from any old
  checkpoint. Collision resistance leaves one such root only, so no honest log can be accused;
* two different leaves at one index, under two checkpoints of any sizes;
* that a *witness* went back: it cosigned the larger tree first and the smaller one later. A log's own
  signature has no time, and anybody can show an old checkpoint to a witness: so that a log went back to a
  smaller tree is no offence that these show, until it signs something else on top.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from tallystick.ledger import merkle
from tallystick.ledger.clock import instant
from tallystick.ledger.errors import TallystickError
from tallystick.ledger.evidence.errors import (
    EvidenceKeyNeeded,
    EvidenceMalformed,
    EvidenceNotSigned,
    EvidenceProofFails,
    EvidenceProvesNothing,
)
from tallystick.ledger.evidence.parts import (
    NoteText,
    Origin,
    Path,
    Place,
    open_note,
    require_included,
    unhex,
)
from tallystick.ledger.evidence.verdict import Trust, Verdict
from tallystick.ledger.fields import Body, Hex32
from tallystick.ledger.note import Note, NoteRefused
from tallystick.ledger.witness.cosignature import Cosigner, cosigned_at

_who = (
    "It does not say which history is the true one, what differs in them, when either was signed, or who "
    "used the key."
)


class Fork(Body):
    """Two checkpoints of one size."""

    v: Literal[1] = 1
    kind: Literal["fork"] = "fork"
    origin: Origin
    first: NoteText
    second: NoteText

    def verify(self, trust: Trust) -> Verdict:
        log = trust.of(self.origin)
        (one, key), (two, other) = open_note(self.first, log), open_note(self.second, log)
        if one.size != two.size or one.root == two.root:
            said = f"sizes {one.size} and {two.size}, roots {_equal(one.root == two.root)}"
            raise EvidenceProvesNothing(said)
        seen = _cosigned([self.first, self.second], trust.witnesses)
        whose = "the log's key" if key == other else "two of the log's keys"
        return Verdict(
            self.kind,
            self.origin,
            f"With {whose}, two checkpoints of {one.size} entries were signed whose roots differ: "
            f"{one.root.hex()} and {two.root.hex()}. The log has two histories of one length.{seen}",
            _who,
        )


class Inconsistent(Body):
    """Two checkpoints of two sizes, and the root that the larger tree has over the smaller's leaves."""

    v: Literal[1] = 1
    kind: Literal["inconsistent"] = "inconsistent"
    origin: Origin
    smaller: NoteText
    larger: NoteText
    prefix_root: Hex32
    path: Path

    def verify(self, trust: Trust) -> Verdict:
        log = trust.of(self.origin)
        (small, key), (large, other) = open_note(self.smaller, log), open_note(self.larger, log)
        if not 0 < small.size < large.size:
            raise EvidenceMalformed(f"{small.size} and {large.size} are no smaller and larger size")
        shown = bytes.fromhex(self.prefix_root)
        try:
            merkle.verify_consistency(small.size, large.size, shown, large.root, unhex(self.path))
        except merkle.ProofRefused as error:
            raise EvidenceProofFails(error.detail) from None
        if shown == small.root:
            raise EvidenceProvesNothing(
                f"the tree of {large.size} extends the tree of {small.size}"
            )
        seen = _cosigned([self.smaller, self.larger], trust.witnesses)
        whose = "the log's key" if key == other else "two of the log's keys"
        return Verdict(
            self.kind,
            self.origin,
            f"With {whose}, a checkpoint of {small.size} entries with the root {small.root.hex()} was "
            f"signed, and one of {large.size} entries whose first {small.size} have the root {shown.hex()}. "
            f"The one is no continuation of the other.{seen}",
            _who,
        )


class TwoLeaves(Body):
    """Different leaves at one index, under two checkpoints of any sizes."""

    v: Literal[1] = 1
    kind: Literal["two-leaves"] = "two-leaves"
    origin: Origin
    first_leaf: Hex32
    first: Place
    second_leaf: Hex32
    second: Place

    def verify(self, trust: Trust) -> Verdict:
        log = trust.of(self.origin)
        if self.first.index != self.second.index or self.first_leaf == self.second_leaf:
            raise EvidenceProvesNothing("they are not two leaves at one index")
        one = require_included(self.first_leaf, self.first, log)
        two = require_included(self.second_leaf, self.second, log)
        keys = {open_note(place.checkpoint, log)[1] for place in (self.first, self.second)}
        whose = "the log's key" if len(keys) == 1 else "two of the log's keys"
        return Verdict(
            self.kind,
            self.origin,
            f"With {whose}, checkpoints of {one.size} and of {two.size} entries were signed; at index "
            f"{self.first.index} the first holds leaf {self.first_leaf}, the second {self.second_leaf}. "
            "The log has two histories.",
            "It does not say which history is the true one, what the entries say, when the checkpoints "
            "were signed, or who used the key.",
        )


class Rollback(Body):
    """One witness cosigned a larger tree first, and a smaller one later. `witness`: its vkey."""

    v: Literal[1] = 1
    kind: Literal["rollback"] = "rollback"
    origin: Origin
    witness: NoteText
    larger: NoteText
    smaller: NoteText

    def verify(self, trust: Trust) -> Verdict:
        log = trust.of(self.origin)
        (large, _), (small, _) = open_note(self.larger, log), open_note(self.smaller, log)
        key = _pinned(self.witness, trust.witnesses)
        before, after = _time(self.larger, key), _time(self.smaller, key)
        if small.size >= large.size or after <= before:
            raise EvidenceProvesNothing(
                f"{key.name} cosigned {large.size} at {_instant(before)}, {small.size} at {_instant(after)}"
            )
        return Verdict(
            self.kind,
            self.origin,
            f"The witness {key.name} cosigned {large.size} entries at {_instant(before)}, and later, at "
            f"{_instant(after)}, {small.size} entries as the largest tree that it knew: it forgot, or its "
            "key is in use twice. Its cosignatures of this log count for nothing until it says why.",
            "It does not prove that the log went back: a log's signature has no time, and anybody can show "
            "a witness an old checkpoint.",
        )


def fork(origin: str, first: Note, second: Note) -> Fork:
    return Fork(origin=origin, first=first.encode(), second=second.encode())


def inconsistent(
    origin: str, smaller: Note, larger: Note, prefix_root: bytes, path: Sequence[bytes]
) -> Inconsistent:
    return Inconsistent(
        origin=origin,
        smaller=smaller.encode(),
        larger=larger.encode(),
        prefix_root=prefix_root.hex(),
        path=tuple(node.hex() for node in path),
    )


def _pinned(vkey: str, known: Sequence[Cosigner]) -> Cosigner:
    """Raises `EvidenceKeyNeeded`, or `EvidenceMalformed` if it is no key of a witness."""
    try:
        key = Cosigner.parse(vkey)
    except TallystickError as error:
        raise EvidenceMalformed(f"witness: {error.detail}") from None
    if key not in known:
        raise EvidenceKeyNeeded(f"it is about the witness {key.encode()}: give --witness-key")
    return key


def _time(text: str, key: Cosigner) -> int:
    try:
        lines = Note.parse(text).signed_by([key])
    except NoteRefused as error:
        raise EvidenceNotSigned(error.detail) from None
    if not lines:
        raise EvidenceNotSigned(f"{key.name} has not cosigned one of the checkpoints")
    return max(cosigned_at(line.signature) for _, line in lines)


def _cosigned(notes: Sequence[str], witnesses: Sequence[Cosigner]) -> str:
    """Which of the pinned witnesses cosigned which of the two."""
    told: list[str] = []
    for which, text in zip(("first", "second"), notes, strict=True):
        try:
            lines = Note.parse(text).signed_by(witnesses)
        except NoteRefused as error:
            raise EvidenceNotSigned(error.detail) from None
        told += [
            f" {key.name} cosigned the {which} at {_instant(cosigned_at(line.signature))}."
            for key, line in lines
        ]
    return "".join(told)


def _instant(time_s: int) -> str:
    try:
        return instant(time_s * 1000)
    except (ValueError, OverflowError, OSError):
        return f"second {time_s}"


def _equal(equal: bool) -> str:
    return "equal" if equal else "different"
