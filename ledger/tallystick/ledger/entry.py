"""Entries: what is signed, and the envelope that carries it (formats §2).

The payload is RFC 8785 JSON with a fixed set of members; the envelope is DSSE, itself RFC 8785 JSON and
equal to its own re-encoding; each signature covers DSSE's pre-authentication encoding, a passkey's by
its hash in the challenge (`passkey.py`). The envelope's bytes are the leaf.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Any

from tallystick.ledger import canonical, forms
from tallystick.ledger.errors import TallystickError
from tallystick.ledger.forms import EntryMalformed, payload_type, strict_base64
from tallystick.ledger.keys import PrivateKey
from tallystick.ledger.passkey import Assertion
from tallystick.ledger.values import hot_value

leaf_bytes_max = 65_535
body_bytes_max = 1 << 20
attachment_bytes_max = 16 << 20
signatures_max = 16
no_prev = "0" * 64
public_salt = bytes(32)

_required = frozenset({"v", "origin", "type", "author", "id", "time", "body_hash"})
_optional = frozenset({"expires", "fields_root", "seq", "prev"})


class EntryTooLarge(TallystickError):
    code = "entry-too-large"
    status = 413
    title = "The entry, its body or an attachment is larger than allowed"
    advice = "Move large data into attachments, or split the entry."


@hot_value
class Entry:
    """The signed payload; see formats §2 for each member."""

    origin: str
    type: str
    author: str
    id: str
    time: str
    body_hash: str
    expires: str | None = None
    fields_root: str | None = None
    seq: int | None = None
    prev: str | None = None

    def payload(self) -> bytes:
        """RFC 8785 bytes."""
        members: dict[str, Any] = {
            "v": 1,
            "origin": self.origin,
            "type": self.type,
            "author": self.author,
            "id": self.id,
            "time": self.time,
            "body_hash": self.body_hash,
        }
        for name in ("expires", "fields_root", "seq", "prev"):
            if (value := getattr(self, name)) is not None:
                members[name] = value
        return canonical.encode(members)

    @staticmethod
    def parse(payload: bytes) -> Entry:
        """Raises `EntryMalformed` or `NotCanonical`."""
        usual = forms.usual_payload.fullmatch(payload.decode("utf-8", "replace"))
        if usual is not None:
            found: dict[str, Any] = usual.groupdict()
            if found["seq"] is not None:
                found["seq"] = int(found["seq"])
            entry = Entry(**found)
            _check_meaning(entry)
            return entry
        return Entry._parse_any(payload)

    @staticmethod
    def _parse_any(payload: bytes) -> Entry:
        members: dict[str, Any] = canonical.decode_object(payload)
        names = members.keys()
        if not _required <= names or not names <= _required | _optional:
            wrong = sorted((_required - names) | (names - _required - _optional))
            raise EntryMalformed(f"missing or unknown members: {', '.join(wrong)}")
        version = members.pop("v")
        if type(version) is not int or version != 1:
            raise EntryMalformed("v must be 1")
        if None in members.values():
            raise EntryMalformed("an optional member is left out, never null")
        entry = Entry(**members)
        _check(entry)
        return entry


@hot_value
class Signature:
    """One row of an envelope. `webauthn` is there exactly if a passkey signed."""

    keyid: str
    sig: bytes
    webauthn: Assertion | None = None

    def members(self) -> dict[str, Any]:
        plain = {"keyid": self.keyid, "sig": base64.b64encode(self.sig).decode()}
        return plain if self.webauthn is None else plain | {"webauthn": self.webauthn.members()}


@hot_value
class Envelope:
    payload: bytes
    signatures: tuple[Signature, ...]

    def encode(self) -> bytes:
        """RFC 8785 bytes: the leaf."""
        ordered = sorted(self.signatures, key=lambda signature: signature.keyid.encode())
        return canonical.encode(
            {
                "payload": base64.b64encode(self.payload).decode(),
                "payloadType": payload_type,
                "signatures": [signature.members() for signature in ordered],
            }
        )

    @staticmethod
    def parse(data: bytes) -> Envelope:
        """Raises `EntryMalformed`, `EntryTooLarge` or `NotCanonical`."""
        if len(data) > leaf_bytes_max:
            raise EntryTooLarge(f"the envelope has {len(data)} bytes, at most {leaf_bytes_max} fit")
        usual = forms.usual_envelope.fullmatch(data.decode("utf-8", "replace"))
        if usual is not None:
            payload, keyid, sig = usual.groups()
            signature = Signature(keyid, strict_base64(sig, "sig"))
            return Envelope(strict_base64(payload, "payload"), (signature,))
        return Envelope._parse_any(data)

    @staticmethod
    def _parse_any(data: bytes) -> Envelope:
        members: dict[str, Any] = canonical.decode_object(data)
        if members.keys() != {"payload", "payloadType", "signatures"}:
            raise EntryMalformed("an envelope has payload, payloadType and signatures")
        if members["payloadType"] != payload_type:
            raise EntryMalformed(f"payloadType must be {payload_type}")
        rows = members["signatures"]
        if not isinstance(rows, list) or not 0 < len(rows) <= signatures_max:
            raise EntryMalformed(f"an envelope carries 1 to {signatures_max} signatures")
        signatures = tuple(_signature(row) for row in rows)
        order = [signature.keyid.encode() for signature in signatures]
        if any(left >= right for left, right in pairwise(order)):
            raise EntryMalformed("signatures must be sorted by keyid, one per key")
        return Envelope(strict_base64(members["payload"], "payload"), signatures)


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A private key with its key reference `index:handle`."""

    keyid: str
    private: PrivateKey


@hot_value
class Attachment:
    """What a body names by digest: bytes with their own salt, readers and grade, erasable."""

    type: str
    data: bytes
    salt: bytes
    grade: str = "parties"

    def hash(self) -> str:
        return hashlib.sha256(self.salt + self.data).hexdigest()


@hot_value
class Submission:
    """One entry on its way in: envelope bytes, body bytes and salt, attachments."""

    envelope: bytes
    body: bytes
    salt: bytes
    attachments: tuple[Attachment, ...] = ()


def pae(payload: bytes, kind: str = payload_type) -> bytes:
    """DSSE v1 pre-authentication encoding."""
    return b"DSSEv1 %d %b %d %b" % (len(kind.encode()), kind.encode(), len(payload), payload)


def sign_entry(entry: Entry, keys: Sequence[SigningKey]) -> bytes:
    """The envelope's bytes, signed by each key."""
    payload = entry.payload()
    message = pae(payload)
    return Envelope(
        payload, tuple(Signature(key.keyid, key.private.sign(message)) for key in keys)
    ).encode()


def body_hash(salt: bytes, body: bytes) -> str:
    """Hex SHA-256(salt ‖ body)."""
    return hashlib.sha256(salt + body).hexdigest()


def payload_hash(envelope: bytes) -> bytes:
    """SHA-256 of the payload in an envelope: what `prev` and approvals name."""
    return hashlib.sha256(Envelope.parse(envelope).payload).digest()


def new_id(time_ms: int, random: bytes) -> str:
    """A UUIDv7 (RFC 9562 §5.7) from Unix milliseconds and 10 random bytes."""
    value = (time_ms & (2**48 - 1)) << 80 | int.from_bytes(random[:10], "big")
    value = value & ~(0xF << 76) | 0x7 << 76
    value = value & ~(0x3 << 62) | 0x2 << 62
    text = f"{value:032x}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def _check(entry: Entry) -> None:
    _match(forms.entry_type, entry.type, "type")
    _match(forms.handle, entry.author, "author")
    _match(forms.uuid7, entry.id, "id")
    _match(forms.hex32, entry.body_hash, "body_hash")
    _match(forms.instant, entry.time, "time")
    if not isinstance(entry.origin, str) or not 0 < len(entry.origin) <= 200:
        raise EntryMalformed("origin must be the log's origin")
    if entry.expires is not None:
        _match(forms.instant, entry.expires, "expires")
    if entry.fields_root is not None:
        _match(forms.hex32, entry.fields_root, "fields_root")
    if (entry.seq is None) != (entry.prev is None):
        raise EntryMalformed("seq and prev come together or not at all")
    if entry.seq is not None:
        if type(entry.seq) is not int or entry.seq < 0:
            raise EntryMalformed("seq counts from 0")
        _match(forms.hex32, entry.prev, "prev")
    _check_meaning(entry)


def _check_meaning(entry: Entry) -> None:
    """What its form alone does not say of a member."""
    _check_instant(entry.time, "time")
    if entry.expires is not None:
        _check_instant(entry.expires, "expires")
    if entry.seq == 0 and entry.prev != no_prev:
        raise EntryMalformed("the first prev of a stream is 64 zeros")


def is_key_reference(value: object) -> bool:
    """Whether `value` has the form `index:handle`."""
    return isinstance(value, str) and forms.key_reference.fullmatch(value) is not None


def _match(pattern: re.Pattern[str], value: object, name: str) -> None:
    if not isinstance(value, str) or pattern.fullmatch(value) is None:
        raise EntryMalformed(f"{name} is not in its form")


def _check_instant(value: str, name: str) -> None:
    try:
        datetime.fromisoformat(value)
    except ValueError:
        raise EntryMalformed(f"{name} is no date and time") from None


def _signature(row: object) -> Signature:
    if not isinstance(row, dict) or row.keys() - {"webauthn"} != {"keyid", "sig"}:
        raise EntryMalformed("a signature has keyid and sig, and webauthn if a passkey signed")
    keyid = row["keyid"]
    _match(forms.key_reference, keyid, "keyid")
    assertion = Assertion.read(row["webauthn"]) if "webauthn" in row else None
    return Signature(keyid, strict_base64(row["sig"], "sig"), assertion)
