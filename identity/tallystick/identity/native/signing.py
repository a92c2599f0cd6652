"""Answers that are signed on request (the flag CT), by a key that the service has for nothing else.

HS_SIGNED, SHA-256, by Ed25519 over header and body. The public half stands in the site information.
"""

from __future__ import annotations

from dataclasses import replace

from tallystick.identity.native.bodies import sha256_name, split_digest
from tallystick.identity.native.errors import AnswerUnsigned, HashRefused
from tallystick.identity.native.forms import key_bytes
from tallystick.identity.native.message import Credential, Message
from tallystick.ledger import PrivateKey, PublicKey

signed_kind = "HS_SIGNED"
#: How long a signed answer says that it holds.
valid_s = 300
_broken = ("MD5", "SHA1", "SHA-1", "HMAC-SHA1")


def sign(answer: Message, key: PrivateKey) -> Message:
    """The answer, with its credential."""
    signature = key.sign(answer.signed_part())
    return replace(answer, credential=Credential(signed_kind, sha256_name, signature))


def require_signed(answer: Message, key: PublicKey, digest: bytes, now_s: int) -> None:
    """By this key, to the question with this digest, and not too old. Raises `AnswerUnsigned`, `HashRefused`."""
    told = answer.credential
    if told is None:
        raise AnswerUnsigned("there is no signature")
    if told.algorithm.upper() in _broken:
        raise HashRefused(told.algorithm)
    if (told.kind, told.algorithm) != (signed_kind, sha256_name):
        raise AnswerUnsigned(f"{told.kind} by {told.algorithm}")
    if not key.verifies(told.signature, answer.signed_part()):
        raise AnswerUnsigned("the signature is not by this key")
    if split_digest(answer)[0] != digest:
        raise AnswerUnsigned("it is the answer to another question")
    if answer.expiration and answer.expiration < now_s:
        raise AnswerUnsigned("it is too old")


def published(key: PublicKey) -> bytes:
    """As an HS_PUBKEY of the site information."""
    return key_bytes(key.jwk())
