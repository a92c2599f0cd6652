"""From an invitation to a person's key in the log (`enrolling.desk` has the rules)."""

from __future__ import annotations

import secrets
from typing import Any, ClassVar
from urllib.parse import urlsplit

from tallystick.app.enrolling import desk
from tallystick.app.enrolling.asked import decoded, encoded
from tallystick.app.enrolling.desk import Invited
from tallystick.app.enrolling.errors import (
    EnrolmentMalformed,
    EnrolmentNotWaiting,
    EnrolmentProofWrong,
    InvitationUnknown,
    InvitationUsed,
)
from tallystick.app.enrolling.signing import endorsed, unsigned
from tallystick.app.joining import drafts
from tallystick.app.joining.asked import Approvals, Invite, Kept, Proof, Request
from tallystick.app.joining.errors import NotYoursToInvite
from tallystick.app.login import Member
from tallystick.app.signing.desk import Draft
from tallystick.identity import (
    UnknownParty,
    administers,
    devices,
    new_person_handle,
    organisation,
    speaker,
)
from tallystick.ledger import (
    Answer,
    Assertion,
    Entry,
    Signature,
    Submission,
    TallystickError,
    check_signature,
)

Joining = desk.Enrolment[Kept]


class Invitations(desk.Desk[Kept]):
    """People and keys of theirs that come in at one node."""

    kind: ClassVar[str] = "person"
    model = Kept
    page: ClassVar[str] = "/join"

    def invite(self, member: Member, wish: Invite) -> Invited:
        """Raises `NotYoursToInvite` or `InvitationsTooMany`."""
        kept = self._wanted(member, wish)
        with self.node.look() as view:
            if not drafts.may_approve(view, member.person, kept):
                raise NotYoursToInvite(wish.purpose)
        return self.issue(member.organisation, kept, wish.minutes)

    def request(self, told: Request) -> Joining:
        """Somebody asks with a key. Raises as `by_token`, `EnrolmentProofWrong` or `EnrolmentMalformed`."""
        found = self.by_token(told.token)
        is_new = found.kept.purpose == "person"
        if is_new != bool(told.name) or (told.contact and not is_new):
            raise EnrolmentMalformed("name: of a new member, and of nobody else")
        if is_new and not devices.is_device_name(told.name):
            raise EnrolmentMalformed("name: 1 to 60 visible characters, in Unicode form NFC")
        if told.webauthn is not None and told.webauthn.origin != self._site():
            raise EnrolmentMalformed(f"webauthn.origin: passkeys are made on {self._site()}")
        more: dict[str, Any] = {
            "name": told.name,
            "contact": told.contact,
            "jwk": told.jwk,
            "custody": told.custody,
            "webauthn": told.webauthn,
            "card_salt": encoded(secrets.token_bytes(32)) if is_new else None,
        }
        kept = found.kept.model_copy(update=more)
        with self.node.look() as view:
            usual = drafts.suites_for(view, kept)
        message = self._message(told)
        if drafts.public_of(kept).suite not in usual:
            raise EnrolmentMalformed(f"jwk: make a key of the suite {' or '.join(usual)}")
        _check(kept, f"{drafts.first_index}:{kept.person}", told.proof, message)
        try:
            return self.moved(found, "requested", kept)
        except EnrolmentNotWaiting:
            raise InvitationUsed(found.row.id) from None

    def drafts(self, known: str, member: Member) -> list[Draft]:
        """The exact bytes that whoever approves signs, and with which keys. Raises as `of_approver`, or
        `EnrolmentNotWaiting`."""
        self.of_approver(known, member)
        found = self.waits(known, "requested")
        now, author = self.clock.now_ms(), member.person
        with self.node.look() as view:
            wanted = drafts.entries(view, found.kept)
            keys = tuple(
                one
                for one in self.node.directory.keys_of(view, author)
                if one.until is None and one.custody != "node"
            )
        together = len({one.public.suite for one in keys}) > 1
        made = (unsigned(self.origin, said.type, author, said.body, now) for said in wanted)
        return [
            Draft(Entry.parse(one.payload), one.body, one.salt, keys, together, ()) for one in made
        ]

    def approve(self, known: str, told: Approvals) -> Joining:
        """A person signed. Raises `EnrolmentNotWaiting`, `EnrolmentProofWrong` or `EnrolmentMalformed`."""
        found = self.waits(known, "requested")
        with self.node.look() as view:
            signed = drafts.approved(view, self.origin, found.kept, told)
            own: Any = drafts.entries(view, found.kept)[-1].body
        key = own.what.key if found.kept.purpose == "recovery" else own.key
        more = {"approved": signed, "key": key}
        return self.moved(found, "approved", found.kept.model_copy(update=more))

    def sign(self, known: str, told: Proof) -> tuple[Joining, Answer]:
        """The new key signs what was approved, and all of it goes into the log. Raises as `approve`."""
        found = self.waits(known, "approved")
        kept = found.kept
        own = Signature(kept.key or "", decoded(told.sig), _assertion(told))
        *before, last = kept.approved
        done = endorsed(
            decoded(last["envelope"]), decoded(last["body"]), decoded(last["salt"]),
            own, drafts.public_of(kept),
        )  # fmt: skip
        answers = self.log.submit([*(_submission(kept, one) for one in before), done])
        refused = next((one for one in answers if not one.accepted), None)
        if refused is not None:
            return self.failed(found, refused), refused
        return self.moved(found, "enrolled", kept.forgotten(index=answers[-1].index)), answers[-1]

    def told(self, found: Joining) -> dict[str, Any]:
        """As JSON, for whoever asked and was given its number: nothing of a human being."""
        kept = found.kept
        known: dict[str, Any] = {
            "id": found.row.id, "state": found.state, "purpose": kept.purpose,
            "organisation": kept.firm, "person": kept.person, "expires": found.row.expires,
        }  # fmt: skip
        if kept.jwk is not None:
            known |= {"jwk": kept.jwk, "digits": devices.spoken(kept.jwk)}
        more = {"key": kept.key, "index": kept.index, "lost": kept.lost}
        known |= {name: value for name, value in more.items() if value is not None}
        if found.state == "approved":
            known["entry"] = kept.approved[-1]
        return known

    def told_to_approver(self, found: Joining) -> dict[str, Any]:
        """With name and contact, for the people who approve."""
        kept = found.kept
        more = {"name": kept.name, "contact": kept.contact, "by": kept.by, "roles": kept.roles}
        return {**self.told(found), **more, "custody": kept.custody}

    def waiting_for(self, member: Member) -> list[Joining]:
        """Requests that this person may approve."""
        with self.node.look() as view:
            return [
                one
                for one in self.waiting(member.organisation)
                if drafts.may_approve(view, member.person, one.kept)
            ]

    def refuse_as(self, known: str, member: Member) -> Joining:
        """Whoever may approve may refuse. Raises as `of_approver`."""
        self.of_approver(known, member)
        return self.refuse(known)

    def of_approver(self, known: str, member: Member) -> Joining:
        """A request, for who may approve it. Raises `NotYoursToInvite`; to other firms `InvitationUnknown`, before
        anything more is read than for a request that is none."""
        found = self.by_id(known)
        if member.organisation not in (found.row.organisation, found.kept.firm):
            raise InvitationUnknown
        with self.node.look() as view:
            if not drafts.may_approve(view, member.person, found.kept):
                raise NotYoursToInvite(known)
        return found

    def _wanted(self, member: Member, wish: Invite) -> Kept:
        """Raises `NotYoursToInvite`."""
        firm, person, lost = member.organisation, member.person, wish.lost
        if (lost is None) != (wish.purpose != "recovery") or (
            wish.roles and wish.purpose != "person"
        ):
            raise EnrolmentMalformed("lost: for a recovery, and roles for a new member")
        with self.node.look() as view:
            if lost is not None:
                person = lost.partition(":")[2]
                try:
                    firm = speaker(view, person).organisation
                except UnknownParty:
                    raise NotYoursToInvite(lost) from None
                if view.get("key", person, lost.partition(":")[0]) is None:
                    raise NotYoursToInvite(lost)
            elif wish.purpose == "person":
                if not administers(view, speaker(view, member.person)):
                    raise NotYoursToInvite(wish.purpose)
                person = new_person_handle(organisation(view, firm).node)
        return Kept(
            purpose=wish.purpose, firm=firm, person=person, by=member.person, roles=wish.roles,
            lost=lost, reason=wish.reason,
        )  # fmt: skip

    def _message(self, told: Request) -> bytes:
        """Raises `EnrolmentMalformed`."""
        context = devices.key_request_context
        try:
            return devices.request_message(self.origin, told.token, told.name, told.jwk, context)
        except TallystickError as error:
            raise EnrolmentMalformed(f"jwk: {error.detail}") from None

    def _site(self) -> str:
        """Where this node's pages are, as browsers write it."""
        parts = urlsplit(self.node.settings.base_url)
        return f"{parts.scheme}://{parts.netloc}"


def _check(kept: Kept, reference: str, proof: Proof, message: bytes) -> None:
    """Raises `EnrolmentProofWrong` or `EnrolmentMalformed`."""
    try:
        public = drafts.public_of(kept)
    except TallystickError as error:
        raise EnrolmentMalformed(f"jwk: {error.detail}") from None
    try:
        check_signature(
            Signature(reference, decoded(proof.sig), _assertion(proof)), public, message
        )
    except TallystickError as error:
        raise EnrolmentProofWrong(error.detail) from None


def _assertion(proof: Proof) -> Assertion | None:
    return None if proof.webauthn is None else Assertion.read(proof.webauthn.model_dump())


def _submission(kept: Kept, one: dict[str, Any]) -> Submission:
    """An entry before the last: of a new member, with its card."""
    card = drafts.card_of(kept)
    parts = (decoded(one[name]) for name in ("envelope", "body", "salt"))
    envelope, body, salt = parts
    return Submission(envelope, body, salt, () if card is None else (card,))
