"""Anchors: what is written of a checkpoint on an EVM chain, and the claim that it stands there (formats §3, §5).

A `Commitment` follows from the checkpoint alone: SHA-256 of the origin, size, root, SHA-256 of the note as
the log's key alone signed it, and of the line of its quorum certificate (zeros without one). A `Place` says
where it stands. Offline a place is a claim: no header of a chain is checked here, so that it proves nothing
before somebody asked a server of the chain.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass

from tallystick.ledger import canonical
from tallystick.ledger.checkpoint import Checkpoint
from tallystick.ledger.clock import from_instant, instant
from tallystick.ledger.errors import TallystickError
from tallystick.ledger.note import Note, NoteSignature, Verifier

no_quorum = bytes(32)
number_max = 10**15 - 1
claim_bytes_max = 4096
_hash = re.compile(r"[0-9a-f]{64}")
_address = re.compile(r"0x[0-9a-f]{40}")
_members = {"block", "block_hash", "chain", "contract", "note", "quorum", "time", "transaction"}


class AnchorClaimRefused(TallystickError):
    code = "anchor-claim-refused"
    status = 422
    title = "What claims to be an anchor is not in its form, or is of another checkpoint"
    advice = "Fetch it again; without it nothing is said of a chain."


@dataclass(frozen=True, slots=True)
class Commitment:
    """What of a checkpoint stands on the chain; each but `size` has 32 bytes."""

    origin: bytes
    size: int
    root: bytes
    note: bytes
    quorum: bytes = no_quorum

    @staticmethod
    def of(note: Note, log: Verifier) -> Commitment:
        """Of a checkpoint that `log` signed, with the quorum certificate that it bears."""
        checkpoint = Checkpoint.parse(note.text)
        return Commitment(
            origin_hash(checkpoint.origin),
            checkpoint.size,
            checkpoint.root,
            note_hash(note, log),
            quorum_hash(note.signatures, checkpoint.origin),
        )


@dataclass(frozen=True, slots=True)
class Place:
    """A transaction in a block of a chain, in a contract (lower case); `time` is the block's."""

    chain: int
    contract: str
    transaction: bytes
    block: int
    block_hash: bytes
    time: str


@dataclass(frozen=True, slots=True)
class Claim:
    """`anchor.json`: that the checkpoint whose note has this hash stands at a place."""

    place: Place
    note: bytes
    quorum: bytes = no_quorum

    def document(self) -> dict[str, canonical.Json]:
        place = self.place
        return {
            "block": place.block,
            "block_hash": place.block_hash.hex(),
            "chain": place.chain,
            "contract": place.contract,
            "note": self.note.hex(),
            "quorum": self.quorum.hex(),
            "time": place.time,
            "transaction": place.transaction.hex(),
        }

    def encode(self) -> bytes:
        """RFC 8785 bytes."""
        return canonical.encode(self.document())

    @staticmethod
    def parse(data: bytes) -> Claim:
        """Raises `AnchorClaimRefused`."""
        if len(data) > claim_bytes_max:
            raise AnchorClaimRefused(f"more than {claim_bytes_max} bytes")
        try:
            told = canonical.decode_object(data)
        except canonical.NotCanonical as error:
            raise AnchorClaimRefused(error.detail) from None
        return Claim.read(told)

    @staticmethod
    def read(told: canonical.Document) -> Claim:
        """From an object; raises `AnchorClaimRefused`."""
        if told.keys() != _members:
            raise AnchorClaimRefused(f"it has the members {', '.join(sorted(_members))}")
        contract = told["contract"]
        if not isinstance(contract, str) or not _address.fullmatch(contract):
            raise AnchorClaimRefused("contract is 0x and 40 digits of lower-case hex")
        place = Place(
            _number(told, "chain"),
            contract,
            _digest(told, "transaction"),
            _number(told, "block"),
            _digest(told, "block_hash"),
            _time(told),
        )
        return Claim(place, _digest(told, "note"), _digest(told, "quorum"))

    def require_of(self, commitment: Commitment) -> None:
        """Raises `AnchorClaimRefused` if it is of another note."""
        if self.note != commitment.note:
            raise AnchorClaimRefused("it is of another checkpoint: the hash of the note differs")


def origin_hash(origin: str) -> bytes:
    return hashlib.sha256(origin.encode()).digest()


def note_hash(note: Note, log: Verifier) -> bytes:
    """Of text and log signature alone, so that a cosignature that comes later changes nothing."""
    signed = [line for key, line in note.signed_by([log])]
    if not signed:
        raise AnchorClaimRefused(f"the note is not signed by {log.name}")
    return hashlib.sha256(Note(note.text, (signed[0],)).encode().encode()).digest()


def quorum_hash(signatures: tuple[NoteSignature, ...], origin: str) -> bytes:
    """Of the line of the quorum certificate that a note bears (`bls.certificate`)."""
    name = f"{origin}/quorum"
    lines = [line for line in signatures if line.name == name]
    return hashlib.sha256(lines[0].line().encode()).digest() if len(lines) == 1 else no_quorum


def _number(told: canonical.Document, name: str) -> int:
    value = told[name]
    if type(value) is not int or not 0 <= value <= number_max:
        raise AnchorClaimRefused(f"{name} is a number from 0 to {number_max}")
    return value


def _digest(told: canonical.Document, name: str) -> bytes:
    value = told[name]
    if not isinstance(value, str) or not _hash.fullmatch(value):
        raise AnchorClaimRefused(f"{name} is 64 digits of lower-case hex")
    return bytes.fromhex(value)


def _time(told: canonical.Document) -> str:
    """An instant as we write it, so that one time has one text."""
    value = told["time"]
    try:
        good = isinstance(value, str) and from_instant(value) >= 0
        good = good and instant(from_instant(str(value))) == value
    except (ValueError, OverflowError):
        good = False
    if not isinstance(value, str) or not good:
        raise AnchorClaimRefused("time is an instant in UTC with milliseconds")
    return value
