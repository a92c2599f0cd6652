"""The quorum certificate: one more signature line of a note (formats §3).

Name `<origin>/quorum`, type 0xff; the key ID is over the quorum text, so that a certificate is of one text.
The signature is a bitmap (bit 0 of byte 0 is the text's first signer, unused bits are zero) and 96 bytes: the
sum of the signers' BLS signatures of `tallystick/bls-quorum/v1\\n` and the note's text. It says that k of
these n signed; it has no time, and it never replaces the policy, which may ask for more than a number.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from tallystick.ledger.bls.encoding import require_form, signature_bytes
from tallystick.ledger.bls.errors import (
    BelowThreshold,
    BitmapRefused,
    CertificateFails,
    CertificateMissing,
    CertificateRefused,
    CertificateTwice,
)
from tallystick.ledger.bls.registered import ProvenQuorum
from tallystick.ledger.bls.scheme import Scheme, by_name, chosen, reference
from tallystick.ledger.bls.text import QuorumText, header
from tallystick.ledger.checkpoint import Checkpoint
from tallystick.ledger.note import Note, NoteSignature

signature_type = b"\xff"
_type_name = b"tallystick-bls-quorum-v1"


@dataclass(frozen=True, slots=True)
class Certificate:
    """A certificate that verified: who signed this checkpoint, of which quorum."""

    checkpoint: Checkpoint
    quorum: ProvenQuorum
    signers: tuple[str, ...]


def signed_message(text: str) -> bytes:
    """What each signer of a note's text signs: the same for all, so that signatures can be added."""
    return f"{header}\n{text}".encode()


def line_name(origin: str) -> str:
    return f"{origin}/quorum"


def key_id(name: str, quorum: QuorumText) -> bytes:
    """Which quorum text a line is of."""
    digest = hashlib.sha256(quorum.text.encode()).digest()
    material = name.encode() + b"\n" + signature_type + _type_name + digest
    return hashlib.sha256(material).digest()[:4]


def certificate_line(
    note: Note, quorum: ProvenQuorum, shares: Mapping[str, bytes], scheme: Scheme | None = None
) -> NoteSignature:
    """The line made of the signers' signatures, by their names; it is verified.

    Raises `BelowThreshold` for too few, `PointRefused` or `CertificateFails` if one of them is wrong.
    """
    used = scheme or chosen()
    present = [one.name in shares for one in quorum.text.signers]
    if sum(present) < quorum.text.threshold:
        raise BelowThreshold(f"{sum(present)} signed, {quorum.said} is asked for")
    total = used.aggregate([shares[one.name] for one in quorum.text.signers if one.name in shares])
    name = line_name(Checkpoint.parse_extended(note.text).origin)
    line = NoteSignature(name, key_id(name, quorum.text), encode_bitmap(present) + total)
    open_certificate(Note(note.text, (line,)), quorum, used)
    return line


def open_certificate(note: Note, quorum: ProvenQuorum, scheme: Scheme | None = None) -> Certificate:
    """The certificate that a note bears of this quorum; whether the log signed the note is not asked here.

    Raises `CertificateRefused`, `PointRefused` or `CheckpointRefused`.
    """
    checkpoint = Checkpoint.parse_extended(note.text)
    name = line_name(checkpoint.origin)
    wanted = (name, key_id(name, quorum.text))
    lines = [line for line in note.signatures if (line.name, line.key_id) == wanted]
    if not lines:
        raise CertificateMissing(f"no line {name} with key ID {wanted[1].hex()}")
    if len(lines) > 1:
        raise CertificateTwice(name)
    signers = verified_signers(note.text, lines[0].signature, quorum, scheme)
    return Certificate(checkpoint, quorum, signers)


def verified_signers(
    text: str, signature: bytes, quorum: ProvenQuorum, scheme: Scheme | None = None
) -> tuple[str, ...]:
    """The names that a line's signature (without key ID) shows to have signed; raises as `open_certificate`."""
    signers = quorum.text.signers
    width = bitmap_bytes(len(signers))
    if len(signature) != width + signature_bytes:
        raise CertificateRefused(f"{width + signature_bytes} bytes are expected: bitmap, aggregate")
    bits, total = decode_bitmap(signature[:width], len(signers)), signature[width:]
    chosen_ones = [one for one, bit in zip(signers, bits, strict=True) if bit]
    if len(chosen_ones) < quorum.text.threshold:
        raise BelowThreshold(f"{len(chosen_ones)} signed, {quorum.said} is asked for")
    require_form(total, signature_bytes, "the aggregate")
    keys = tuple(one.key for one in chosen_ones)
    if not verifies(keys, signed_message(text), total, scheme):
        reference().require_signature(total, "the aggregate")
        raise CertificateFails(", ".join(one.name for one in chosen_ones))
    return tuple(one.name for one in chosen_ones)


def verifies(
    keys: tuple[bytes, ...], message: bytes, signature: bytes, scheme: Scheme | None = None
) -> bool:
    """Whether all of these keys signed; asked once in this process."""
    return _verifies((scheme or chosen()).name, keys, message, signature)


@lru_cache(maxsize=1024)
def _verifies(name: str, keys: tuple[bytes, ...], message: bytes, signature: bytes) -> bool:
    return by_name(name).verifies(keys, message, signature)


def forget_verified() -> None:
    """Let what was verified in this process be verified anew, so that it can be measured."""
    _verifies.cache_clear()


def bitmap_bytes(count: int) -> int:
    return (count + 7) // 8


def encode_bitmap(bits: list[bool]) -> bytes:
    raw = bytearray(bitmap_bytes(len(bits)))
    for place, bit in enumerate(bits):
        raw[place // 8] |= bit << place % 8
    return bytes(raw)


def decode_bitmap(raw: bytes, count: int) -> list[bool]:
    """`count` bits; raises `BitmapRefused` if one of the others is set."""
    bits = [bool(raw[place // 8] >> place % 8 & 1) for place in range(8 * len(raw))]
    if any(bits[count:]):
        raise BitmapRefused(f"a bit at or behind place {count} is set")
    return bits[:count]
