"""From an invitation to a device: what a node keeps until an administrator and the new key have both signed.

Rules:
- The token is 32 random bytes that stand in the code's address behind `#`, so that no server on the way is told
  them; kept is their hash. It is good for one request, within minutes; of two who use it, one does.
- Who asks shows that it has the key it asks for: it signs log, token, name and key.
- A person approves by signing the entry; nothing else that this node is told makes a device. The device then adds
  its own signature, and so agrees to what it is called and to whom it belongs. A node that swapped keys in between
  would show the approving person other digits than the device shows.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from tallystick.app.bootstrap import Node
from tallystick.app.devices import asked
from tallystick.app.devices.asked import Kept, State, decoded, encoded
from tallystick.app.devices.errors import (
    EnrolmentMalformed,
    EnrolmentNotWaiting,
    EnrolmentProofWrong,
    EnrolmentRefused,
    InvitationExpired,
    InvitationsTooMany,
    InvitationUnknown,
    InvitationUsed,
    NotYourDevices,
)
from tallystick.app.devices.writing import Draft, approved, check_factory, complete, in_bytes
from tallystick.app.writing import Log
from tallystick.identity import devices
from tallystick.ledger import (
    Answer,
    Clock,
    InvitationRow,
    PublicKey,
    SystemClock,
    TallystickError,
    instant,
)

open_max = 100
#: How long a request waits for a person, and an approval for the device.
waits_ms = 24 * 3600 * 1000
kept_ms = 30 * 24 * 3600 * 1000
_minute_ms = 60_000
_open: Sequence[State] = ("invited", "requested", "approved")


@dataclass(frozen=True, slots=True)
class Invited:
    """`address`: what the code says; it holds the token, which nobody is told again."""

    id: str
    address: str
    expires: str


@dataclass(frozen=True, slots=True)
class Enrolment:
    """A row, read. `is_late`: its time is over and nothing came of it."""

    row: InvitationRow
    kept: Kept
    is_late: bool

    @property
    def state(self) -> str:
        return "expired" if self.is_late else self.row.state

    def draft(self) -> Draft:
        """Raises `EnrolmentNotWaiting` while no device has asked."""
        if self.kept.jwk is None:
            raise EnrolmentNotWaiting("no device has asked yet")
        return Draft(self.row.organisation, self.kept)


@dataclass
class Enrolments:
    """The enrolments of one node; `log` takes the entries."""

    node: Node
    log: Log
    origin: str
    clock: Clock = field(default_factory=SystemClock)

    def invite(self, wish: asked.Invite) -> Invited:
        """Raises `InvitationsTooMany`, or `NotYourDevices` for an organisation that is none."""
        now = self.clock.now_ms()
        with self.node.look() as view:
            if view.get("organisation", wish.organisation) is None:
                raise NotYourDevices(wish.organisation)
        token, known = secrets.token_urlsafe(32), secrets.token_hex(16)
        expires = instant(now + wish.minutes * _minute_ms)
        kept = Kept(purpose=wish.purpose, replaces=wish.replaces)
        row = InvitationRow(
            known, devices.hash_of(token), wish.organisation, "invited", expires, None, kept.text()
        )
        with self.node.store.write() as transaction:
            table = transaction.invitations
            table.drop(instant(max(now - kept_ms, 0)))
            if table.count(wish.organisation, _open, instant(now)) >= open_max:
                raise InvitationsTooMany(f"{open_max} of {wish.organisation}")
            table.add(row)
        address = f"{self.node.settings.base_url.rstrip('/')}/scan/enrol#t={token}"
        return Invited(known, address, expires)

    def by_token(self, token: str) -> Enrolment:
        """Raises `InvitationUnknown`, `InvitationUsed` or `InvitationExpired`."""
        with self.node.store.read() as transaction:
            row = transaction.invitations.by_token(devices.hash_of(token))
        found = self._read(row)
        if found.row.state != "invited":
            raise InvitationUsed(found.row.id)
        if found.is_late:
            raise InvitationExpired(f"at {found.row.expires}")
        return found

    def by_id(self, known: str) -> Enrolment:
        """Raises `InvitationUnknown`."""
        with self.node.store.read() as transaction:
            row = transaction.invitations.by_id(known)
        return self._read(row)

    def waiting(self, organisation: str) -> list[Enrolment]:
        """Requests that wait for a person or for their device."""
        now, states = instant(self.clock.now_ms()), ("requested", "approved")
        with self.node.store.read() as transaction:
            rows = transaction.invitations.of(organisation, states, now, open_max)
        return [self._read(row) for row in rows]

    def names_of(self, organisation: str) -> Mapping[str, str]:
        """What devices called themselves when they asked, by handle."""
        with self.node.store.read() as transaction:
            rows = transaction.invitations.of(organisation, ("enrolled",), "", 1000)
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
        now = self.clock.now_ms()
        salt = None
        if told.factory is not None:
            check_factory(decoded(told.factory), told.jwk, now)
            salt = encoded(secrets.token_bytes(32))
        more = {
            "name": told.name,
            "jwk": told.jwk,
            "factory": told.factory,
            "factory_salt": salt,
        }
        kept = found.kept.model_copy(update=more)
        row = replace(
            found.row, state="requested", expires=instant(now + waits_ms), document=kept.text()
        )
        if not self._change(row, "invited"):
            raise InvitationUsed(found.row.id)
        return Enrolment(row, kept, is_late=False)

    def approve(self, known: str, told: asked.Approval) -> Enrolment:
        """A person signed. Raises `EnrolmentNotWaiting`, `EnrolmentProofWrong` or `EnrolmentMalformed`."""
        found = self._waits(known, "requested")
        with self.node.look() as view:
            device = approved(view, found.draft(), self.origin, told)
        kept = found.kept.model_copy(
            update={
                "envelope": encoded(in_bytes(told.envelope)),
                "body": told.body,
                "salt": told.salt,
            }
        )
        expires = instant(self.clock.now_ms() + waits_ms)
        row = replace(
            found.row, state="approved", expires=expires, device=device, document=kept.text()
        )
        self._require_change(row, "requested")
        return Enrolment(row, kept, is_late=False)

    def sign(self, known: str, told: asked.Signed) -> tuple[Enrolment, Answer]:
        """The device signs what was approved, and the entry goes into the log. Raises as `approve`."""
        found = self._waits(known, "approved")
        submission = complete(found.draft(), decoded(told.signature))
        (answer,) = self.log.submit([submission])
        if not answer.accepted:
            return self._failed(found, answer), answer
        kept = found.kept.model_copy(update={"index": answer.index})
        row = replace(found.row, state="enrolled", document=kept.text())
        self._require_change(row, "approved")
        return Enrolment(row, kept, is_late=False), answer

    def refuse(self, known: str) -> Enrolment:
        """A person refuses what was not enrolled yet; raises `EnrolmentNotWaiting`."""
        found = self.by_id(known)
        if found.is_late or found.row.state not in _open:
            raise EnrolmentNotWaiting(f"it is {found.state}")
        row = replace(found.row, state="refused", device=None)
        self._require_change(row, found.row.state)
        return Enrolment(row, found.kept, is_late=False)

    def _failed(self, found: Enrolment, answer: Answer) -> Enrolment:
        """What was approved cannot be taken in any more: a person looks at the request again."""
        problem = answer.problem
        if problem is not None and problem.status < 500:
            row = replace(found.row, state="requested", device=None)
            self._require_change(row, "approved")
            return Enrolment(row, found.kept, is_late=False)
        return found

    def _waits(self, known: str, state: State) -> Enrolment:
        found = self.by_id(known)
        if found.row.state == "refused":
            raise EnrolmentRefused(known)
        if found.is_late or found.row.state != state:
            raise EnrolmentNotWaiting(f"it is {found.state}")
        return found

    def _read(self, row: InvitationRow | None) -> Enrolment:
        if row is None:
            raise InvitationUnknown
        late = row.state in _open and row.expires <= instant(self.clock.now_ms())
        return Enrolment(row, Kept.model_validate_json(row.document), late)

    def _change(self, row: InvitationRow, before: str) -> bool:
        with self.node.store.write() as transaction:
            return transaction.invitations.change(row, before)

    def _require_change(self, row: InvitationRow, before: str) -> None:
        if not self._change(row, before):
            raise EnrolmentNotWaiting("somebody else was faster")


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
    optional = {"replaces": kept.replaces, "device": found.row.device, "index": kept.index}
    known |= {name: value for name, value in optional.items() if value is not None}
    if found.state == "approved":
        known["entry"] = {"envelope": kept.envelope, "body": kept.body, "salt": kept.salt}
    return known


def _factory(found: Enrolment) -> object:
    named = found.draft().factory()
    return None if named is None else named.model_dump(mode="json")
