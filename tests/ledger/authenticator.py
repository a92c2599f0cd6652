"""A WebAuthn authenticator with its browser, in software: it asserts whatever it is told to."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from tests.ledger.world import key

from tallystick.ledger import (
    ED25519,
    Assertion,
    Author,
    Body,
    Entry,
    Envelope,
    Passkey,
    PublicKey,
    Signature,
    SigningKey,
    Submission,
    body_hash,
    challenge,
    fields_root,
    instant,
    new_id,
    pae,
)

rp_id = "ledger.example"
site = "https://sign.ledger.example:8443"
#: User present, user verified, may be backed up, is backed up: as phones say it.
flags = 0x1D


@dataclass(frozen=True)
class Authenticator:
    """One passkey. Its private key signs as clients normalise it: 64 bytes, low s."""

    signing: SigningKey
    rp_id: str = rp_id
    origin: str = site

    @staticmethod
    def of(owner: str, suite: str = ED25519, index: int = 320) -> Authenticator:
        return Authenticator(key(f"{index}:{owner}", suite))

    @property
    def public(self) -> PublicKey:
        return self.signing.private.public.as_passkey(Passkey(self.rp_id, self.origin))

    def client_data(self, message: bytes, **change: Any) -> bytes:
        """As Chromium writes it; `change` replaces members, None leaves them out."""
        told = {
            "type": "webauthn.get",
            "challenge": challenge(message),
            "origin": self.origin,
            "crossOrigin": False,
            "other_keys_can_be_added_here": "do not compare with a template",
            **change,
        }
        present = {name: value for name, value in told.items() if value is not None}
        return json.dumps(present, separators=(",", ":"), ensure_ascii=False).encode()

    def authenticator_data(self, flags: int = flags, rest: bytes = b"", count: int = 0) -> bytes:
        """`count`: how often it says it signed; 0 for those that do not count."""
        told = bytes([flags]) + count.to_bytes(4, "big")
        return hashlib.sha256(self.rp_id.encode()).digest() + told + rest

    def assert_these(self, told: bytes, client: bytes) -> Signature:
        signed = self.signing.private.sign(told + hashlib.sha256(client).digest())
        return Signature(self.signing.keyid, signed, Assertion(told, client))

    def sign(self, message: bytes) -> Signature:
        return self.assert_these(self.authenticator_data(), self.client_data(message))


Signer = Callable[[bytes], Signature]


def plainly(signing: SigningKey) -> Signer:
    """A signature as any key but a passkey makes it."""
    return lambda message: Signature(signing.keyid, signing.private.sign(message))


def write(author: Author, entry_type: str, body: Body, signers: Sequence[Signer]) -> Submission:
    """An entry that is signed by these."""
    data, salt, now_ms = body.encode(), author.random(32), author.clock.now_ms()
    entry = Entry(
        author.origin, entry_type, author.handle, new_id(now_ms, author.random(10)),
        instant(now_ms), body_hash(salt, data),
        fields_root=fields_root(salt, data) if body.in_parts else None,
    )  # fmt: skip
    message = pae(entry.payload())
    envelope = Envelope(entry.payload(), tuple(sign(message) for sign in signers))
    return Submission(envelope.encode(), data, salt)
