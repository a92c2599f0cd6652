"""From a key in a browser to `identity.key.rotate/1`, which three keys sign: the old one, the new one, an administrator's.

Rules:
- The owner signs first, with both keys, over bytes that nobody can change after; what waits is that entry. A
  node that swapped the new key would have neither signature.
- An administrator of the same organisation, who is somebody else, countersigns the same bytes; then it goes into
  the log. Whoever has stolen the old key needs that person too.
- What waits ends after a day, or as soon as its owner begins another, or somebody of both refuses it.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, cast

from tallystick.app.enrolling import desk
from tallystick.app.enrolling.asked import decoded, encoded
from tallystick.app.enrolling.errors import (
    EnrolmentMalformed,
    EnrolmentProofWrong,
    InvitationUnknown,
)
from tallystick.app.enrolling.signing import opened, require_signed
from tallystick.app.joining.drafts import fresh_reference
from tallystick.app.login import Member
from tallystick.app.rotating.asked import Kept, Signed, Wish
from tallystick.app.rotating.errors import NobodyCountersigns, NotYoursToReplace
from tallystick.app.signing.desk import Draft
from tallystick.identity import (
    RotateKey,
    UnknownParty,
    administers,
    devices,
    people_of,
    rotate_type,
    speaker,
)
from tallystick.ledger import (
    Answer,
    Body,
    Entry,
    Envelope,
    InvitationRow,
    KeyRecord,
    Reader,
    Signature,
    Snapshot,
    Submission,
    TallystickError,
    View,
    body_hash,
    check_signature,
    instant,
    new_id,
    pae,
    rehearse,
    simulated_suffix,
)

administrators_looked_at_max = 1000
Waiting = desk.Enrolment[Kept]


class Rotations(desk.Desk[Kept]):
    """Of people at one node."""

    kind: ClassVar[str] = "rotation"
    model = Kept
    page: ClassVar[str] = "/keys"

    def draft(self, member: Member, wish: Wish) -> tuple[Draft, tuple[KeyRecord, ...]]:
        """The exact bytes, rehearsed, that the old key signs; and keys of further suites that sign them too.

        Raises `NotYoursToReplace`, `NobodyCountersigns`, or whatever the log would say.
        """
        with self.node.reader.open() as snapshot:
            old = self._own_key(snapshot.view, member, wish.old)
            row = cast(Mapping[str, Any], snapshot.view.get("key", member.person, _index(wish.old)))
            body = RotateKey(
                old=wish.old, key=fresh_reference(snapshot.view, member.person), jwk=dict(wish.jwk),
                custody="self", types=tuple(row["types"]), webauthn=wish.webauthn,
            )  # fmt: skip
            more = self._of_other_suites(snapshot.view, old)
            entry, salt = self._entry(member.person, body)
            self._rehearse(snapshot, entry, body, salt, (old, *more))
        return Draft(entry, body.encode(), salt, (old,), False, ()), more

    def ask(self, member: Member, told: Signed) -> Waiting:
        """What its owner signed waits for an administrator from now on.

        Raises `NotYoursToReplace`, `NobodyCountersigns`, `EnrolmentMalformed`, `EnrolmentProofWrong`, or whatever
        the log would say.
        """
        found = opened(self.origin, rotate_type, told)
        body = self.node.rules.parse_body(rotate_type, found.body)
        if not isinstance(body, RotateKey) or body.encode() != found.body:
            raise EnrolmentMalformed("body: it is not in its canonical form")
        if found.entry.author != member.person:
            raise NotYoursToReplace(found.entry.author)
        with self.node.reader.open() as snapshot:
            old = self._own_key(snapshot.view, member, body.old)
            require_signed(snapshot.view, found.envelope, member.person, rotate_type)
            _require_both(found.envelope, old, body)
            more = self._of_other_suites(snapshot.view, old)
            self._rehearse(snapshot, found.entry, body, found.salt, (old, *more))
        for earlier in self.of_owner(member):
            self.refuse(earlier.row.id)
        kept = Kept(
            jwk=body.jwk, person=member.person, old=body.old, key=body.key,
            envelope=encoded(found.envelope.encode()), body=told.body, salt=told.salt,
        )  # fmt: skip
        return self._keep(member.organisation, kept)

    def of_owner(self, member: Member) -> list[Waiting]:
        """What waits of this person."""
        return [
            one for one in self.waiting(member.organisation) if one.kept.person == member.person
        ]

    def for_administrator(self, member: Member) -> list[Waiting]:
        """What waits for this person to countersign."""
        with self.node.look() as view:
            if not _countersigns(view, member.person, member.organisation):
                return []
        return [
            one for one in self.waiting(member.organisation) if one.kept.person != member.person
        ]

    def to_countersign(self, found: Waiting, member: Member) -> Draft:
        """The bytes that wait, with the keys of who countersigns them."""
        envelope = Envelope.parse(decoded(found.kept.envelope))
        with self.node.look() as view:
            keys = tuple(self._own_keys(view, member.person))
        return Draft(
            Entry.parse(envelope.payload), decoded(found.kept.body), decoded(found.kept.salt),
            keys, False, (),
        )  # fmt: skip

    def countersign(self, known: str, member: Member, given: Signature) -> tuple[Waiting, Answer]:
        """With it the entry goes into the log.

        Raises `InvitationUnknown`, `NotYoursToReplace`, `EnrolmentNotWaiting` or `EnrolmentProofWrong`.
        """
        self._of_firm(known, member)
        found = self.waits(known, "requested")
        envelope = Envelope.parse(decoded(found.kept.envelope))
        with self.node.look() as view:
            if not self._is_for(view, found, member):
                raise NotYoursToReplace(known)
            own = {one.reference: one for one in self._own_keys(view, member.person)}
        if given.keyid not in own:
            raise EnrolmentProofWrong(f"{given.keyid} is no key of {member.person}'s own")
        _check(given, own[given.keyid], envelope)
        whole = Envelope(envelope.payload, (*envelope.signatures, given)).encode()
        kept = found.kept
        (answer,) = self.log.submit([Submission(whole, decoded(kept.body), decoded(kept.salt))])
        if not answer.accepted:
            return found, answer
        more = {"index": answer.index, "envelope": "", "body": "", "salt": ""}
        return self.moved(found, "enrolled", kept.model_copy(update=more)), answer

    def refuse_as(self, known: str, member: Member) -> Waiting:
        """By its owner, or by who may countersign.

        Raises `InvitationUnknown`, `NotYoursToReplace` or `EnrolmentNotWaiting`.
        """
        found = self._of_firm(known, member)
        with self.node.look() as view:
            if found.kept.person != member.person and not self._is_for(view, found, member):
                raise NotYoursToReplace(known)
        return self.refuse(known)

    def told(self, found: Waiting) -> dict[str, Any]:
        """As JSON."""
        kept = found.kept
        told: dict[str, Any] = {
            "id": found.row.id, "state": found.state, "expires": found.row.expires,
            "person": kept.person, "old": kept.old, "key": kept.key,
        }  # fmt: skip
        told |= {"jwk": found.jwk, "digits": devices.spoken(found.jwk)}
        return told if kept.index is None else {**told, "index": kept.index}

    def _of_firm(self, known: str, member: Member) -> Waiting:
        """To other firms it is as if it were not there. Raises `InvitationUnknown`."""
        found = self.by_id(known)
        if found.row.organisation != member.organisation:
            raise InvitationUnknown
        return found

    def _keep(self, organisation: str, kept: Kept) -> Waiting:
        now_ms = self.clock.now_ms()
        expires, hashed = (
            instant(now_ms + desk.waits_ms),
            devices.hash_of(secrets.token_urlsafe(32)),
        )
        row = InvitationRow(
            secrets.token_hex(16), hashed, organisation, "requested", expires, None, kept.text(), self.kind,
        )  # fmt: skip
        self.add(row)
        return desk.Enrolment(row, kept, is_late=False)

    def _is_for(self, view: View, found: Waiting, member: Member) -> bool:
        """Whether this person may countersign it."""
        same = found.row.organisation == member.organisation
        other = found.kept.person != member.person
        return same and other and _countersigns(view, member.person, member.organisation)

    def _own_keys(self, view: View, person: str) -> Sequence[KeyRecord]:
        return [
            one
            for one in self.node.directory.keys_of(view, person)
            if one.until is None and one.custody != "node"
        ]

    def _own_key(self, view: View, member: Member, reference: str) -> KeyRecord:
        """Raises `NotYoursToReplace`."""
        for one in self._own_keys(view, member.person):
            if one.reference == reference:
                return one
        raise NotYoursToReplace(reference)

    def _of_other_suites(self, view: View, old: KeyRecord) -> tuple[KeyRecord, ...]:
        """One key of each further suite: who has two signs everything with both (formats §2)."""
        found: dict[str, KeyRecord] = {}
        for one in self._own_keys(view, old.owner):
            if one.public.suite != old.public.suite:
                found.setdefault(one.public.suite, one)
        return tuple(found.values())

    def _entry(self, person: str, body: Body) -> tuple[Entry, bytes]:
        now_ms, salt = self.clock.now_ms(), secrets.token_bytes(32)
        entry = Entry(
            self.origin, rotate_type, person, new_id(now_ms, secrets.token_bytes(10)), instant(now_ms),
            body_hash(salt, body.encode()), expires=instant(now_ms + desk.waits_ms),
        )  # fmt: skip
        return entry, salt

    def _rehearse(
        self, snapshot: Snapshot, entry: Entry, body: Body, salt: bytes, keys: Sequence[KeyRecord]
    ) -> None:
        """As if somebody countersigned who may. Raises `NobodyCountersigns`, or what stands against it."""
        firm = speaker(snapshot.view, entry.author).organisation
        other = next(iter(self._countersigning(snapshot.view, firm, entry.author)), None)
        if other is None:
            raise NobodyCountersigns(firm)
        rehearse(
            snapshot, self.node.rules, self.node.directory, entry, body, salt,
            [one.reference for one in (*keys, other)],
            "" if self.origin.endswith(simulated_suffix) else entry.time,
        )  # fmt: skip

    def _countersigning(self, view: View, firm: str, but: str) -> list[KeyRecord]:
        """A key of the first person found who may."""
        people = people_of(view, Reader.party(firm), firm, "", administrators_looked_at_max)
        for row in people:
            person = row["person"]
            if person != but and _countersigns(view, person, firm):
                keys = self._own_keys(view, person)
                if keys:
                    return list(keys)
        return []


def _countersigns(view: View, person: str, firm: str) -> bool:
    try:
        who = speaker(view, person)
    except UnknownParty:
        return False
    return who.organisation == firm and administers(view, who)


def _require_both(envelope: Envelope, old: KeyRecord, body: RotateKey) -> None:
    """Raises `EnrolmentProofWrong`."""
    given = {one.keyid: one for one in envelope.signatures}
    for reference in (body.old, body.key):
        if reference not in given:
            raise EnrolmentProofWrong(f"{reference} did not sign it")
    _check(given[body.old], old, envelope)
    try:
        check_signature(given[body.key], body.public_key(), pae(envelope.payload))
    except TallystickError as error:
        raise EnrolmentProofWrong(error.detail) from None


def _check(given: Signature, key: KeyRecord, envelope: Envelope) -> None:
    """Raises `EnrolmentProofWrong`."""
    try:
        check_signature(given, key.public, pae(envelope.payload))
    except TallystickError as error:
        raise EnrolmentProofWrong(error.detail) from None


def _index(reference: str) -> str:
    return reference.partition(":")[0]
