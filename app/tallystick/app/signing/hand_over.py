"""A draft shown on another device: by a code, for minutes, for one signature of the same person.

The token stands behind `#` in the code's address; kept is its hash. The other device reads the very bytes, shows
them, and gives a signature; it logs in nowhere, and the signature is checked before it is kept. The first device
fetches it and sends the entry.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

import orjson

from tallystick.app.login import Member
from tallystick.app.signing.desk import Draft, SigningDesk, cited_of, currency_of
from tallystick.app.signing.errors import (
    DraftMalformed,
    DraftNotYours,
    HandOverSignatureWrong,
    HandOversTooMany,
    HandOverUnknown,
)
from tallystick.ledger import (
    Assertion,
    Entry,
    HandOverRow,
    Signature,
    Snapshot,
    TallystickError,
    body_hash,
    check_signature,
    pae,
    strict_base64,
)

lasts_ms = 5 * 60_000
open_max = 10
body_bytes_max = 128 << 10


@dataclass(frozen=True, slots=True)
class Made:
    """`address`: what the code says; it holds the token, which nobody is told again."""

    id: str
    address: str
    ends_ms: int


@dataclass(frozen=True, slots=True)
class HandOvers:
    """Of one node."""

    desk: SigningDesk
    base_url: str

    def make(self, member: Member, payload: bytes, body: bytes, salt: bytes) -> Made:
        """Raises `DraftMalformed`, `DraftNotYours` or `HandOversTooMany`."""
        entry = _entry(payload, body, salt)
        if len(body) > body_bytes_max:
            raise DraftMalformed(f"{len(body)} bytes, at most {body_bytes_max} are handed over")
        if self.desk.node.rules.parse_body(entry.type, body).encode() != body:
            raise DraftMalformed("the body is not in its canonical form")
        if entry.author != member.person:
            raise DraftNotYours(entry.author)
        if entry.origin != self.desk.origin:
            raise DraftMalformed(f"it is for the log {entry.origin}")
        token, now_ms = secrets.token_urlsafe(32), self.desk.clock.now_ms()
        kept = orjson.dumps(
            {"payload": payload.decode(), "body": body.decode(), "salt": salt.hex()}
        )
        row = HandOverRow(
            secrets.token_hex(16), _hash(token), member.person, now_ms + lasts_ms, kept.decode()
        )
        with self.desk.node.store.note() as transaction:
            transaction.hand_overs.forget(now_ms)
            if transaction.hand_overs.count(member.person) >= open_max:
                raise HandOversTooMany(f"{open_max} of {member.person}")
            transaction.hand_overs.add(row)
        address = f"{self.base_url.rstrip('/')}/sign#t={token}"
        return Made(row.id, address, row.ends)

    def look(self, token: str, snapshot: Snapshot) -> Draft:
        """The draft of a token. Raises `HandOverUnknown`."""
        row = self._open(token)
        payload, body, salt = _bytes(row)
        found = snapshot.view.get("person", row.person)
        person = cast(Mapping[str, Any], found or {"left": {}})
        if "left" in person or "suspended" in person:
            raise HandOverUnknown
        member = Member(row.person, person["organisation"], frozenset(person["roles"]), "")
        keys = self.desk.keys_of(snapshot, row.person)
        cited = tuple(cited_of(self.desk.node.rules, snapshot, member, body))
        currency = currency_of(snapshot, member, (body, *(one.body for one in cited)))
        return Draft(Entry.parse(payload), body, salt, keys, False, cited, currency)

    def sign(self, token: str, told: Mapping[str, Any], snapshot: Snapshot) -> None:
        """Raises `HandOverUnknown` or `HandOverSignatureWrong`."""
        row = self._open(token)
        payload, _, _ = _bytes(row)
        known = {one.reference: one for one in self.desk.keys_of(snapshot, row.person)}
        key = known.get(told["keyid"])
        try:
            signature = signature_of(told)
            if key is None:
                raise HandOverSignatureWrong(f"{told['keyid']} is no key of {row.person}")
            check_signature(signature, key.public, pae(payload))
        except HandOverSignatureWrong:
            raise
        except TallystickError as error:
            raise HandOverSignatureWrong(error.detail) from None
        kept = orjson.dumps(signature.members()).decode()
        with self.desk.node.store.note() as transaction:
            if not transaction.hand_overs.sign(row.token, kept):
                raise HandOverUnknown

    def signature(self, member: Member, known: str) -> dict[str, Any] | None:
        """What the other device signed, for whoever handed over; None while it has not. Raises `HandOverUnknown`."""
        with self.desk.node.store.read() as transaction:
            row = transaction.hand_overs.by_id(known)
        if row is None or row.person != member.person or self._is_over(row):
            raise HandOverUnknown
        return None if row.signature is None else cast(dict[str, Any], orjson.loads(row.signature))

    def _open(self, token: str) -> HandOverRow:
        with self.desk.node.store.read() as transaction:
            row = transaction.hand_overs.by_token(_hash(token))
        if row is None or row.signature is not None or self._is_over(row):
            raise HandOverUnknown
        return row

    def _is_over(self, row: HandOverRow) -> bool:
        return row.ends <= self.desk.clock.now_ms()


def _entry(payload: bytes, body: bytes, salt: bytes) -> Entry:
    """Raises `DraftMalformed`."""
    try:
        entry = Entry.parse(payload)
        body.decode()
    except (TallystickError, UnicodeError):
        raise DraftMalformed("it is no payload of an entry") from None
    if body_hash(salt, body) != entry.body_hash:
        raise DraftMalformed("body and salt are not those of the entry")
    return entry


def _bytes(row: HandOverRow) -> tuple[bytes, bytes, bytes]:
    told = orjson.loads(row.document)
    return told["payload"].encode(), told["body"].encode(), bytes.fromhex(told["salt"])


def signature_of(told: Mapping[str, Any]) -> Signature:
    """As it came over HTTP. Raises whatever is wrong with it."""
    shown = told.get("webauthn")
    assertion = None if shown is None else Assertion.read(shown)
    return Signature(told["keyid"], strict_base64(told["sig"], "sig"), assertion)


def _hash(token: str) -> str:
    """Tokens are 256 random bits: a plain hash cannot be searched."""
    return hashlib.sha256(token.encode()).hexdigest()
