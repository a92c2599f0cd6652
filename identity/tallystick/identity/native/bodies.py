"""Bodies of questions and answers (RFC 3652 §3).

    resolution      handle, index u32*, type*             its answer: handle, value*
    refusal         text, then perhaps index u32*
    referral        handle that says where to ask, or nothing, and then value* of HS_SITE
    challenge       nonce                                 its answer: type, handle of the key, index of the key, proof

Any answer to a question with the flag RD begins with the digest of that question: algorithm u8, digest.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from tallystick.identity.native.errors import DataRefused, HashRefused, MessageTooLarge
from tallystick.identity.native.fields import (
    Cursor,
    as_text,
    blob,
    many,
    text,
    text_bytes_max,
    u32,
)
from tallystick.identity.native.message import (
    Message,
    envelope_bytes,
    header_bytes,
    resolution,
    return_digest,
)
from tallystick.identity.native.values import NativeValue, read_value, values_max
from tallystick.ledger import hot_value

filters_max = 64
#: Questions are kept while their challenge is out.
question_bytes_max = 16_384
nonce_bytes = 16
nonce_bytes_max = 64
sha256_name = "SHA-256"
#: By the octet in front of a digest: 1 is MD5, 2 is SHA-1.
_sha256, _sha256_bytes = 3, 32
_broken = {1: "MD5", 2: "SHA-1"}
_no_filters = bytes(8)
_start = envelope_bytes + header_bytes
#: The operation, and the response code, which is 0 in a question.
_operation = slice(envelope_bytes, envelope_bytes + 8)
_resolution = u32(resolution) + bytes(4)


@hot_value
class Question:
    handle: str
    indexes: tuple[int, ...] = ()
    types: tuple[str, ...] = ()

    def encode(self) -> bytes:
        return (
            text(self.handle)
            + many(u32(one) for one in self.indexes)
            + many(text(one) for one in self.types)
        )


@hot_value
class Resolved:
    handle: str
    values: tuple[NativeValue, ...]

    def encode(self) -> bytes:
        return resolved(self.handle, [value.encode() for value in self.values])


@dataclass(frozen=True, slots=True)
class Refusal:
    said: str
    indexes: tuple[int, ...] = ()

    def encode(self) -> bytes:
        indexes = many(u32(one) for one in self.indexes) if self.indexes else b""
        return text(self.said) + indexes


@dataclass(frozen=True, slots=True)
class Referral:
    """`handle`: whose record says where to ask; empty if `sites` do."""

    handle: str
    sites: tuple[NativeValue, ...] = ()

    def encode(self) -> bytes:
        sites = many(value.encode() for value in self.sites) if self.sites else b""
        return text(self.handle) + sites


@dataclass(frozen=True, slots=True)
class Challenge:
    nonce: bytes

    def encode(self) -> bytes:
        return blob(self.nonce)


@dataclass(frozen=True, slots=True)
class ChallengeReply:
    """`kind`: HS_PUBKEY or HS_SECKEY. `proof` of HS_PUBKEY: algorithm and signature of nonce ‖ digest."""

    kind: str
    key_handle: str
    key_index: int
    proof: bytes

    def encode(self) -> bytes:
        return text(self.kind) + text(self.key_handle) + u32(self.key_index) + blob(self.proof)


def read_question(body: bytes) -> Question:
    """Raises a `NativeRefused`."""
    if len(body) > question_bytes_max:
        raise MessageTooLarge(f"a question of {len(body)} bytes")
    if body[-8:] == _no_filters and int.from_bytes(body[:4], "big") == len(body) - 12:
        # Most ask for all of a record.
        return Question(as_text(body[4:-8]))
    cursor = Cursor(body)
    found = Question(
        cursor.text(),
        cursor.many(cursor.index, filters_max),
        cursor.many(cursor.text, filters_max),
    )
    cursor.end()
    return found


def resolved(handle: str, values: Sequence[bytes]) -> bytes:
    """The body of an answer with these values, encoded."""
    return b"".join((text(handle), u32(len(values)), *values))


def handle_asked(data: bytes) -> str:
    """The handle that a message asks to resolve, as far as a glance tells; empty if it asks for something else."""
    if data[_operation] != _resolution:
        return ""
    size = int.from_bytes(data[_start : _start + 4], "big")
    try:
        return data[_start + 4 : _start + 4 + size].decode() if size <= text_bytes_max else ""
    except UnicodeDecodeError:
        return ""


def read_resolved(body: bytes) -> Resolved:
    cursor = Cursor(body)
    found = Resolved(cursor.text(), cursor.many(lambda: read_value(cursor), values_max))
    cursor.end()
    return found


def read_refusal(body: bytes) -> Refusal:
    """Some servers send no body at all."""
    if not body:
        return Refusal("")
    cursor = Cursor(body)
    said = cursor.text()
    indexes = cursor.many(cursor.u32, values_max) if len(body) > 4 + len(said.encode()) else ()
    cursor.end()
    return Refusal(said, indexes)


def read_referral(body: bytes) -> Referral:
    """Some servers leave the list away if it is empty."""
    cursor = Cursor(body)
    handle = cursor.text()
    more = len(body) > 4 + len(handle.encode())
    sites = cursor.many(lambda: read_value(cursor), values_max) if more else ()
    cursor.end()
    return Referral(handle, sites)


def read_challenge(body: bytes) -> Challenge:
    cursor = Cursor(body)
    found = Challenge(cursor.blob())
    cursor.end()
    if not 8 <= len(found.nonce) <= nonce_bytes_max:
        raise DataRefused(f"a nonce of {len(found.nonce)} bytes")
    return found


def read_reply(body: bytes) -> ChallengeReply:
    cursor = Cursor(body)
    found = ChallengeReply(cursor.text(), cursor.text(), cursor.index(), cursor.blob())
    cursor.end()
    return found


def signed_proof(algorithm: str, signature: bytes) -> bytes:
    """The proof of HS_PUBKEY."""
    return text(algorithm) + blob(signature)


def read_signed_proof(proof: bytes) -> tuple[str, bytes]:
    """(algorithm, signature)."""
    cursor = Cursor(proof)
    found = cursor.text(), cursor.blob()
    cursor.end()
    return found


def question_digest(question: Message) -> bytes:
    """SHA-256 over header and body."""
    return hashlib.sha256(question.signed_part()).digest()


def with_digest(question: Message, body: bytes) -> bytes:
    """The body of an answer, after the digest of the question if that asks for it."""
    if not question.has(return_digest):
        return body
    return bytes((_sha256,)) + question_digest(question) + body


def split_digest(answer: Message) -> tuple[bytes | None, bytes]:
    """(digest of the question if it is there, the rest of the body). Raises `HashRefused`, `DataRefused`."""
    if not answer.has(return_digest):
        return None, answer.body
    cursor = Cursor(answer.body)
    kind = cursor.u8()
    if kind in _broken:
        raise HashRefused(_broken[kind])
    if kind != _sha256:
        raise DataRefused(f"{kind} is no digest that is known")
    return cursor.take(_sha256_bytes), cursor.rest()
