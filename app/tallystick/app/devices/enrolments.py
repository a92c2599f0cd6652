"""From an invitation to a device (`enrolling.desk` has the rules)."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import ClassVar

from tallystick.app.devices import asked, renewing
from tallystick.app.devices.asked import Kept
from tallystick.app.devices.errors import NotYourDevices
from tallystick.app.devices.writing import Draft, approved, check_factory, complete
from tallystick.app.enrolling import desk
from tallystick.app.enrolling.asked import Approval, decoded, encoded, in_bytes
from tallystick.app.enrolling.desk import Invited
from tallystick.app.enrolling.errors import (
    EnrolmentMalformed,
    EnrolmentNotWaiting,
    EnrolmentProofWrong,
    InvitationUsed,
)
from tallystick.identity import devices
from tallystick.ledger import Answer, PublicKey, TallystickError

Enrolment = desk.Enrolment[Kept]
names_max = 1000


class Enrolments(desk.Desk[Kept]):
    """The enrolments of devices at one node."""

    kind: ClassVar[str] = "device"
    model = Kept
    page: ClassVar[str] = "/scan/enrol"

    def invite(self, wish: asked.Invite) -> Invited:
        """Raises `InvitationsTooMany`, or `NotYourDevices` for an organisation that is none."""
        with self.node.look() as view:
            if view.get("organisation", wish.organisation) is None:
                raise NotYourDevices(wish.organisation)
        kept = Kept(purpose=wish.purpose, replaces=wish.replaces)
        return self.issue(wish.organisation, kept, wish.minutes)

    def names_of(self, organisation: str) -> Mapping[str, str]:
        """What devices called themselves when they asked, by handle."""
        with self.node.store.read() as transaction:
            rows = transaction.invitations.of(self.kind, organisation, ("enrolled",), "", names_max)
        return {row.device: self._read(row).kept.name for row in rows if row.device}

    def request(self, told: asked.Request) -> Enrolment:
        """A device asks. Raises as `by_token`, `EnrolmentProofWrong`, `EnrolmentMalformed`, `FactoryRefused`."""
        found = self.by_token(told.token)
        if not devices.is_device_name(told.name):
            raise EnrolmentMalformed("name: 1 to 60 visible characters, in Unicode form NFC")
        try:
            public = PublicKey.from_jwk(told.jwk)
        except TallystickError as error:
            raise EnrolmentMalformed(f"jwk: {error.detail}") from None
        message = devices.request_message(self.origin, told.token, told.name, told.jwk)
        if not public.verifies(decoded(told.signature), message):
            raise EnrolmentProofWrong("the key that asks did not sign the request")
        salt = None
        if told.factory is not None:
            check_factory(decoded(told.factory), told.jwk, self.clock.now_ms())
            salt = encoded(secrets.token_bytes(32))
        more = {
            "name": told.name,
            "jwk": told.jwk,
            "factory": told.factory,
            "factory_salt": salt,
        }
        try:
            return self.moved(found, "requested", found.kept.model_copy(update=more))
        except EnrolmentNotWaiting:
            raise InvitationUsed(found.row.id) from None

    def renew(self, told: asked.Renewal) -> Enrolment:
        """A device asks for a fresh key. Asked again with the same one, it is told how that request stands.

        One of a device waits at a time: what waited of it is refused. Raises `EnrolmentProofWrong`,
        `EnrolmentMalformed` or `InvitationsTooMany`.
        """
        with self.node.store.read() as transaction:
            known = transaction.invitations.by_token(renewing.token_of(told))
        with self.node.look() as view:
            if known is not None:
                renewing.require_proven(view, self.origin, told)
                return self._read(known)
            organisation = renewing.require_proven(view, self.origin, told).organisation
            row = renewing.waits(view, told, self.names_of(organisation), self.clock.now_ms())
        for one in self.waiting(organisation):
            if one.kept.old is not None and owner(one) == told.old.partition(":")[2]:
                self.refuse(one.row.id)
        self.add(row)
        return self._read(row)

    def approve(self, known: str, told: Approval) -> Enrolment:
        """A person signed. Raises `EnrolmentNotWaiting`, `EnrolmentProofWrong` or `EnrolmentMalformed`."""
        found = self.waits(known, "requested")
        with self.node.look() as view:
            key = approved(view, draft_of(found), self.origin, told)
        signed = {
            "envelope": encoded(in_bytes(told.envelope)),
            "body": told.body,
            "salt": told.salt,
            "key": key,
        }
        device = key.partition(":")[2] if found.kept.old is None else None
        return self.moved(found, "approved", found.kept.model_copy(update=signed), device)

    def sign(self, known: str, told: asked.Signed) -> tuple[Enrolment, Answer]:
        """The device signs what was approved, and the entry goes into the log. Raises as `approve`."""
        found = self.waits(known, "approved")
        with self.node.look() as view:
            submission = complete(draft_of(found), told, view)
        (answer,) = self.log.submit([submission])
        if not answer.accepted:
            return self.failed(found, answer), answer
        kept = found.kept.model_copy(update={"index": answer.index})
        return self.moved(found, "enrolled", kept), answer


def draft_of(found: Enrolment) -> Draft:
    """Raises `EnrolmentNotWaiting` while no device has asked."""
    if found.kept.jwk is None:
        raise EnrolmentNotWaiting("no device has asked yet")
    return Draft(found.row.organisation, found.kept)


def told(found: Enrolment) -> dict[str, object]:
    """An enrolment as JSON: what a device and the person who approves may both know."""
    kept = found.kept
    known: dict[str, object] = {
        "id": found.row.id,
        "state": found.state,
        "organisation": found.row.organisation,
        "purpose": kept.purpose,
        "expires": found.row.expires,
    }
    if kept.jwk is not None:
        known |= {"name": kept.name, "jwk": kept.jwk, "digits": devices.spoken(kept.jwk)}
        known["factory"] = _factory(found)
    optional = {
        "replaces": kept.replaces, "device": owner(found), "index": kept.index,
        "renews": kept.old, "key": kept.key, "types": kept.types or None,
    }  # fmt: skip
    known |= {name: value for name, value in optional.items() if value is not None}
    if found.state == "approved":
        known["entry"] = {"envelope": kept.envelope, "body": kept.body, "salt": kept.salt}
    return known


def owner(found: Enrolment) -> str | None:
    """The device, once it is known."""
    old = found.kept.old
    return found.row.device if old is None else old.partition(":")[2]


def _factory(found: Enrolment) -> object:
    named = draft_of(found).factory()
    return None if named is None else named.model_dump(mode="json")
