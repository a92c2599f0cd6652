"""Entries that one person signs and a new key endorses: opened, and held against who may."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass

import orjson

from tallystick.app.enrolling import asked
from tallystick.app.enrolling.asked import decoded, encoded
from tallystick.app.enrolling.errors import EnrolmentMalformed, EnrolmentProofWrong
from tallystick.identity import Directory
from tallystick.ledger import (
    Body,
    Entry,
    Envelope,
    KeyRecord,
    PublicKey,
    Signature,
    Submission,
    TallystickError,
    View,
    body_hash,
    check_signature,
    instant,
    new_id,
    pae,
)

_salt_bytes = 32


@dataclass(frozen=True, slots=True)
class Unsigned:
    """An entry before anybody signed it."""

    payload: bytes
    body: bytes
    salt: bytes

    def told(self) -> dict[str, str]:
        """In base64, for whoever signs."""
        parts = {"payload": self.payload, "body": self.body, "salt": self.salt}
        return {name: encoded(data) for name, data in parts.items()}


@dataclass(frozen=True, slots=True)
class Opened:
    """An approval as it came: its envelope, entry and the exact body."""

    envelope: Envelope
    entry: Entry
    body: bytes
    salt: bytes


def unsigned(
    origin: str,
    entry_type: str,
    author: str,
    body: Body,
    now_ms: int,
    random: Callable[[int], bytes] = secrets.token_bytes,
) -> Unsigned:
    """The exact bytes that whoever approves signs."""
    data, salt = body.encode(), random(_salt_bytes)
    entry = Entry(
        origin,
        entry_type,
        author,
        new_id(now_ms, random(10)),
        instant(now_ms),
        body_hash(salt, data),
    )
    return Unsigned(entry.payload(), data, salt)


def opened(origin: str, entry_type: str, told: asked.Approval) -> Opened:
    """What was sent, if it is an entry of this type and log over this body. Raises `EnrolmentMalformed`."""
    envelope, entry = parsed(asked.in_bytes(told.envelope))
    body, salt = decoded(told.body), decoded(told.salt)
    if (entry.origin, entry.type) != (origin, entry_type) or entry.seq is not None:
        raise EnrolmentMalformed(f"it is no {entry_type} of {origin}")
    if len(salt) != _salt_bytes or body_hash(salt, body) != entry.body_hash:
        raise EnrolmentMalformed("body and salt do not hash to body_hash")
    return Opened(envelope, entry, body, salt)


def parsed(data: bytes) -> tuple[Envelope, Entry]:
    """Raises `EnrolmentMalformed`."""
    try:
        envelope = Envelope.parse(_canonical(data))
        return envelope, Entry.parse(envelope.payload)
    except TallystickError as error:
        raise EnrolmentMalformed(f"envelope: {error.detail}") from None


def require_signed(view: View, envelope: Envelope, author: str, entry_type: str) -> None:
    """By the author's own keys that no node holds; one with keys of two suites signs with one of each (formats §2).

    Raises `EnrolmentProofWrong`.
    """
    own = [
        one for one in Directory().keys_of(view, author)
        if one.until is None and one.may_sign(entry_type)
    ]  # fmt: skip
    signed = [one for one in own if _signed_by(one, envelope)]
    if all(one.custody == "node" for one in signed):
        raise EnrolmentProofWrong(f"no key of {author}'s own signed it")
    missing = {one.public.suite for one in own} - {one.public.suite for one in signed}
    if missing:
        raise EnrolmentProofWrong(f"{author} has keys of two suites and signs with both")


def endorsed(
    envelope: bytes, body: bytes, salt: bytes, own: Signature, public: PublicKey
) -> Submission:
    """What was approved, with the new key's own signature; raises `EnrolmentProofWrong`."""
    return Submission(countersigned(envelope, own, public), body, salt)


def countersigned(envelope: bytes, own: Signature, public: PublicKey) -> bytes:
    """An envelope with one signature more; raises `EnrolmentProofWrong`."""
    approved, _ = parsed(envelope)
    try:
        check_signature(own, public, pae(approved.payload))
    except TallystickError as error:
        raise EnrolmentProofWrong(error.detail) from None
    return Envelope(approved.payload, (*approved.signatures, own)).encode()


def _signed_by(record: KeyRecord, envelope: Envelope) -> bool:
    message = pae(envelope.payload)
    for signature in envelope.signatures:
        if signature.keyid == record.reference:
            try:
                check_signature(signature, record.public, message)
            except TallystickError:
                return False
            return True
    return False


def _canonical(data: bytes) -> bytes:
    """Keys in order: an envelope's members are few and plain."""
    try:
        return orjson.dumps(orjson.loads(data), option=orjson.OPT_SORT_KEYS)
    except (ValueError, TypeError) as error:
        raise EnrolmentMalformed(f"envelope: {error}") from None
