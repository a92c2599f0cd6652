"""Cosignatures `cosignature/v1` (C2SP tlog-cosignature, Ed25519, type 0x04).

A witness signs `cosignature/v1\\ntime <unix seconds>\\n` and the whole text of the note; the signature in the
note is the time (8 bytes, big-endian, below 2^63) and 64 bytes of Ed25519. It says that at this time no
larger consistent tree of the log was known to the witness.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from tallystick.ledger.keys import ED25519, PrivateKey
from tallystick.ledger.note import NoteKey, NoteSignature, is_key_name
from tallystick.ledger.witness.errors import CosignatureRefused

_time_bytes, _signature_bytes = 8, 64
time_s_max = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Cosigner(NoteKey):
    """Type 0x04: a witness by name and key. One key makes one set of statements, under one name."""

    algorithm: ClassVar[int] = 0x04

    def verifies(self, text: bytes, signature: bytes) -> bool:
        if len(signature) != _time_bytes + _signature_bytes:
            return False
        time_s = cosigned_at(signature)
        return time_s <= time_s_max and self.key.verifies(
            signature[_time_bytes:], _message(text, time_s)
        )


def cosigned_at(signature: bytes) -> int:
    """The time in a cosignature, in seconds since 1970; nobody vouches for it before it is verified."""
    return int.from_bytes(signature[:_time_bytes], "big")


def cosign(text: str, name: str, key: PrivateKey, time_s: int) -> NoteSignature:
    """The cosignature of a note's text; raises `CosignatureRefused`."""
    if not is_key_name(name) or key.public.suite != ED25519:
        raise CosignatureRefused("a witness has a name without spaces and plus, and an Ed25519 key")
    if not 0 <= time_s <= time_s_max:
        raise CosignatureRefused(f"{time_s} is no time of a cosignature")
    signed = key.sign(_message(text.encode(), time_s))
    cosigner = Cosigner(name, key.public)
    return NoteSignature(name, cosigner.key_id, time_s.to_bytes(_time_bytes, "big") + signed)


def _message(text: bytes, time_s: int) -> bytes:
    return b"cosignature/v1\ntime %d\n" % time_s + text
