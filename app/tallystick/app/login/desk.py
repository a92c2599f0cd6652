"""Logging in and out. A session is worth what the person and its key are worth at each request."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from tallystick.app.bootstrap import Node
from tallystick.app.login.challenges import Challenges
from tallystick.app.login.errors import LoginRefused, LoginsTooMany, PasskeyCopied
from tallystick.app.login.members import Member, by_directory
from tallystick.app.login.passkeys import count_of
from tallystick.identity import logins
from tallystick.ledger import (
    Assertion,
    Clock,
    KeyRecord,
    Signature,
    Snapshot,
    TallystickError,
    View,
    check_signature,
)

session_cookie = "tallystick_session"
session_lasts_ms = 8 * 3_600_000
sessions_per_person_max = 20
token_chars_max = 100


@dataclass(frozen=True, slots=True)
class Proof:
    """A signature over a challenge. `keyid` is empty where a browser says only whose passkey it is."""

    person: str
    nonce: str
    sig: bytes
    webauthn: Assertion | None = None
    keyid: str = ""


@dataclass(frozen=True, slots=True)
class LoginDesk:
    """Of one node; sessions are rows that all its processes see."""

    node: Node
    challenges: Challenges
    clock: Clock

    def login(self, proof: Proof) -> str:
        """The token of a new session. Raises `ChallengeOver`, `LoginRefused`, `PasskeyCopied` or `LoginsTooMany`."""
        self.challenges.take(proof.nonce)
        message = self.challenges.message(proof.nonce)
        with self.node.reader.open() as snapshot:
            if _standing(snapshot.view, proof.person) is None:
                raise LoginRefused
            key = self._signed_by(snapshot.view, proof, message)
        if proof.webauthn is not None:
            self._counted(key, proof, message)
        return self._begun(proof.person, key.reference)

    def by_directory(self, person: str, digest: str) -> str:
        """The token of a session for whom a directory let in, while it is still bound. Raises as `login`."""
        with self.node.reader.open() as snapshot:
            found = _standing(snapshot.view, person)
            how = None if found is None else _bound(snapshot.view, found, digest)
        if how is None:
            raise LoginRefused
        return self._begun(person, how)

    def member(self, token: str) -> Member | None:
        """Who is logged in, if the person and the key still stand: whoever left has no session any more."""
        if not token or len(token) > token_chars_max:
            return None
        with self.node.store.read() as transaction:
            row = transaction.member_sessions.get(_digest(token))
            if row is None or row[4] <= self.clock.now_ms():
                return None
            _, person, reference, _, _ = row
            view = Snapshot(transaction, self.node.rules).view
            found = _standing(view, person)
            if found is None or not self._lasts(view, person, reference):
                return None
            firm = cast(Mapping[str, Any], view.get("organisation", found["organisation"]))
        roles, capacities = frozenset(found["roles"]), frozenset(firm["capacities"])
        return Member(person, found["organisation"], roles, reference, capacities)

    def logout(self, token: str, *, everywhere: bool = False) -> None:
        """End this session, or all of its person."""
        with self.node.store.note() as transaction:
            row = transaction.member_sessions.get(_digest(token))
            if row is not None and everywhere:
                transaction.member_sessions.end_of(row[1])
            elif row is not None:
                transaction.member_sessions.end(row[0])

    def _begun(self, person: str, how: str) -> str:
        """Raises `LoginsTooMany`."""
        token, now_ms = secrets.token_urlsafe(32), self.clock.now_ms()
        with self.node.store.note() as transaction:
            transaction.member_sessions.forget(now_ms)
            if transaction.member_sessions.count(person) >= sessions_per_person_max:
                raise LoginsTooMany(person)
            ends_ms = now_ms + session_lasts_ms
            transaction.member_sessions.add((_digest(token), person, how, now_ms, ends_ms))
        return token

    def _lasts(self, view: View, person: str, how: str) -> bool:
        """Whether what opened a session would open one now: the key, or this directory and who one is there."""
        if how.startswith(by_directory):
            row = cast(Mapping[str, Any], view.get("person", person))
            subject = cast(Mapping[str, Any] | None, view.get(logins.subject_kind, person))
            return subject is not None and how == _bound(view, row, str(subject["digest"]))
        known = self.node.directory.key(view, how)
        return known is not None and known.until is None

    def _counted(self, key: KeyRecord, proof: Proof, message: bytes) -> None:
        """Raises `PasskeyCopied` where the passkey's count does not go on (WebAuthn Level 3 §7.2, step 22)."""
        signature = Signature(key.reference, proof.sig, proof.webauthn)
        signed = count_of(signature, key.public, message)
        with self.node.store.note() as transaction:
            if not transaction.passkeys.goes_on(key.reference, signed):
                raise PasskeyCopied

    def _signed_by(self, view: View, proof: Proof, message: bytes) -> KeyRecord:
        """The person's valid key that signed. Raises `LoginRefused`."""
        for record in self.node.directory.keys_of(view, proof.person):
            if record.until is not None or record.custody == "node":
                continue
            if proof.keyid not in ("", record.reference):
                continue
            signature = Signature(record.reference, proof.sig, proof.webauthn)
            try:
                check_signature(signature, record.public, message)
            except TallystickError:
                continue
            return record
        raise LoginRefused


def _bound(view: View, person: Mapping[str, Any], digest: str) -> str | None:
    """In the place of a key reference: the binding of the person's firm as it is now, and who one is there."""
    found = cast(Mapping[str, Any] | None, view.get(logins.directory_kind, person["organisation"]))
    return None if found is None else f"{by_directory}{found['since']}:{digest}"


def _standing(view: View, person: str) -> Mapping[str, Any] | None:
    """The person, if it may act."""
    row = cast(Mapping[str, Any] | None, view.get("person", person))
    if row is None or "left" in row or "suspended" in row:
        return None
    return row


def _digest(token: str) -> str:
    """Tokens are 256 random bits: a plain hash cannot be searched."""
    return hashlib.sha256(token.encode(errors="replace")).hexdigest()
