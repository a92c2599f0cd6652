"""Checking what needs no state: form, size, signatures and attachments of one entry.

Keys are given: a key reference is never reused, so its key material may come from a cache, whereas its
validity is judged later, inside the transaction.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping
from typing import Literal

import orjson

from tallystick.ledger import canonical, merkle, passkey
from tallystick.ledger.entry import (
    Attachment,
    Entry,
    Envelope,
    Signature,
    Submission,
    body_bytes_max,
    body_hash,
    is_key_reference,
    leaf_bytes_max,
    pae,
    signatures_max,
)
from tallystick.ledger.errors import TallystickError, defects
from tallystick.ledger.keys import PublicKey
from tallystick.ledger.sm.suite import SuiteLacking
from tallystick.ledger.values import hot_value

salt_bytes = 32
_keyid = re.compile(rb'"keyid":"([^"]*)"')


class SignatureInvalid(TallystickError):
    code = "signature-invalid"
    status = 403
    title = "A signature does not verify, or its key is unknown"
    advice = (
        "Sign the exact payload bytes (DSSE) with the key that is registered under this keyid; a "
        "passkey signs with webauthn, any other key without."
    )


#: Whether the attachments fit the body: not looked at here, yes, or why not.
Admission = Literal["unchecked", "admitted"] | TallystickError
#: (entry type, body, attachments); a function that other processes can import, without state.
Admit = Callable[[str, bytes, tuple[Attachment, ...]], Admission]


@hot_value
class Verified:
    """A well-formed entry whose every signature verifies, by the public keys given here.

    `unchecked`: key references whose suite this program lacks, where the caller goes on without (`verify`).
    """

    envelope: bytes
    entry: Entry
    payload_hash: bytes
    leaf_hash: bytes
    keys: tuple[tuple[str, PublicKey], ...]
    admission: Admission = "unchecked"
    body_checked: bool = False
    unchecked: tuple[str, ...] = ()


Verdict = Verified | TallystickError
Keys = Mapping[str, PublicKey]


def key_references(envelope: bytes) -> list[str]:
    """The well-formed keyids of an envelope, without judging it; empty if it cannot be read."""
    if len(envelope) > leaf_bytes_max:
        return []
    signatures = envelope.rpartition(b'"signatures":')[2]
    try:
        if b"\\" in signatures:
            named = [row["keyid"] for row in orjson.loads(envelope)["signatures"]]
        else:
            named = [found.decode() for found in _keyid.findall(signatures)]
    except (ValueError, KeyError, TypeError):
        return []
    return [keyid for keyid in named[:signatures_max] if is_key_reference(keyid)]


def verify(
    submission: Submission, keys: Keys, admit: Admit | None = None, *, unchecked: bool = False
) -> Verdict:
    """One entry; problems are returned, not raised, so that a batch goes on.

    `unchecked`: signatures of a suite that this program lacks are named, in place of `SuiteLacking`. For an auditor
    who says so; nobody else may go on.
    """
    lacking: list[str] | None = [] if unchecked else None
    try:
        parsed = Envelope.parse(submission.envelope)
        entry = Entry.parse(parsed.payload)
        used = _used(parsed, keys, lacking)
    except TallystickError as error:
        return error
    return Verified(
        submission.envelope,
        entry,
        hashlib.sha256(parsed.payload).digest(),
        merkle.leaf_hash(submission.envelope),
        used,
        _admission(entry, submission, admit),
        _body_fits(entry, submission),
        tuple(lacking or ()),
    )


def check_signature(signature: Signature, key: PublicKey, message: bytes) -> None:
    """Raises `SignatureInvalid`, `AssertionRefused` or `SuiteLacking` unless it is this key's over `message`."""
    told, by = signature.webauthn, signature.keyid
    if told is None and key.verifies(signature.sig, message):
        return
    if key.passkey is None and told is not None:
        raise SignatureInvalid(f"{by} is no passkey, and signs without webauthn")
    if key.passkey is not None:
        if told is None:
            raise SignatureInvalid(f"{by} is a passkey, and signs with webauthn alone")
        signed = passkey.signed_bytes(key.passkey, told, message)
        if key.plain().verifies(signature.sig, signed):
            return
    raise SignatureInvalid(f"the signature by {by} does not verify")


def _used(
    envelope: Envelope, keys: Keys, lacking: list[str] | None
) -> tuple[tuple[str, PublicKey], ...]:
    """The keys of all signatures, each of which must verify; those that cannot be checked go into `lacking`."""
    message = pae(envelope.payload)
    used: list[tuple[str, PublicKey]] = []
    for signature in envelope.signatures:
        key = keys.get(signature.keyid)
        if key is None:
            raise SignatureInvalid(f"no key is registered as {signature.keyid}")
        try:
            check_signature(signature, key, message)
        except SuiteLacking:
            if lacking is None:
                raise
            lacking.append(signature.keyid)
        used.append((signature.keyid, key))
    return tuple(used)


def _admission(entry: Entry, submission: Submission, admit: Admit | None) -> Admission:
    if admit is None or not submission.attachments:
        return "unchecked"
    try:
        return admit(entry.type, submission.body, submission.attachments)
    except defects:
        # The judge looks again and answers for this entry alone; the others of its batch go on.
        return "unchecked"


def _body_fits(entry: Entry, submission: Submission) -> bool:
    """Whether the body hashes to what was signed, and is canonical; the judge says what is wrong."""
    body, salt = submission.body, submission.salt
    if len(body) > body_bytes_max or len(salt) != salt_bytes or entry.fields_root is not None:
        return False
    if body_hash(salt, body) != entry.body_hash:
        return False
    try:
        canonical.decode_object(body)
    except canonical.NotCanonical:
        return False
    return True
