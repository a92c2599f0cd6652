"""From an invitation to an entry: what a node keeps until a person and the new key have both signed.

Rules:
- The token is 32 random bytes that stand in the code's address behind `#`, so that no server on the way is told
  them; kept is their hash. It is good for one request, within minutes; of two who use it, one does.
- Who asks shows that it has the key it asks for: it signs log, token, name and key.
- A person approves by signing the entry; nothing else that this node is told makes a device or a person. The new
  key then adds its own signature, and so agrees to what it is called and to whom it belongs. A node that swapped keys
  in between would show the approving person other digits than the new key's holder sees.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import ClassVar, Generic, TypeVar

from tallystick.app.bootstrap import Node
from tallystick.app.enrolling import asked
from tallystick.app.enrolling.asked import State
from tallystick.app.enrolling.errors import (
    EnrolmentNotWaiting,
    EnrolmentRefused,
    InvitationExpired,
    InvitationsTooMany,
    InvitationUnknown,
    InvitationUsed,
)
from tallystick.app.writing import Log
from tallystick.identity import devices
from tallystick.ledger import Answer, Clock, InvitationRow, SystemClock, instant

open_max = 100
#: How long a request waits for a person, and an approval for the new key.
waits_ms = 24 * 3600 * 1000
kept_ms = 30 * 24 * 3600 * 1000
_minute_ms = 60_000
_open: Sequence[State] = ("invited", "requested", "approved")
K = TypeVar("K", bound=asked.Kept)


@dataclass(frozen=True, slots=True)
class Invited:
    """`address`: what the code says; it holds the token, which nobody is told again."""

    id: str
    address: str
    expires: str


@dataclass(frozen=True, slots=True)
class Enrolment(Generic[K]):
    """A row, read. `is_late`: its time is over and nothing came of it."""

    row: InvitationRow
    kept: K
    is_late: bool

    @property
    def state(self) -> str:
        return "expired" if self.is_late else self.row.state

    @property
    def jwk(self) -> dict[str, str]:
        """Raises `EnrolmentNotWaiting` while nobody has asked."""
        if self.kept.jwk is None:
            raise EnrolmentNotWaiting("nobody has asked yet")
        return self.kept.jwk


@dataclass
class Desk(Generic[K]):
    """The enrolments of one kind at one node; `log` takes the entries."""

    node: Node
    log: Log
    origin: str
    clock: Clock = field(default_factory=SystemClock)
    #: What is enrolled, what is kept of it, and the page that the code leads to.
    kind: ClassVar[str]
    model: ClassVar[type[asked.Kept]]
    page: ClassVar[str]

    def issue(self, organisation: str, kept: K, minutes: int) -> Invited:
        """Raises `InvitationsTooMany`."""
        now = self.clock.now_ms()
        token, known = secrets.token_urlsafe(32), secrets.token_hex(16)
        expires, hashed = instant(now + minutes * _minute_ms), devices.hash_of(token)
        row = InvitationRow(
            known, hashed, organisation, "invited", expires, None, kept.text(), self.kind
        )
        self.add(row)
        address = f"{self.node.settings.base_url.rstrip('/')}{self.page}#t={token}"
        return Invited(known, address, expires)

    def add(self, row: InvitationRow) -> None:
        """Raises `InvitationsTooMany`."""
        now = self.clock.now_ms()
        with self.node.store.write() as transaction:
            table = transaction.invitations
            table.drop(instant(max(now - kept_ms, 0)))
            if table.count(self.kind, row.organisation, _open, instant(now)) >= open_max:
                raise InvitationsTooMany(f"{open_max} of {row.organisation}")
            table.add(row)

    def by_token(self, token: str) -> Enrolment[K]:
        """Raises `InvitationUnknown`, `InvitationUsed` or `InvitationExpired`."""
        with self.node.store.read() as transaction:
            row = transaction.invitations.by_token(devices.hash_of(token))
        found = self._read(row)
        if found.row.state != "invited":
            raise InvitationUsed(found.row.id)
        if found.is_late:
            raise InvitationExpired(f"at {found.row.expires}")
        return found

    def by_id(self, known: str) -> Enrolment[K]:
        """Raises `InvitationUnknown`."""
        with self.node.store.read() as transaction:
            row = transaction.invitations.by_id(known)
        return self._read(row)

    def waiting(self, organisation: str) -> list[Enrolment[K]]:
        """Requests that wait for a person or for the new key."""
        now, states = instant(self.clock.now_ms()), ("requested", "approved")
        with self.node.store.read() as transaction:
            rows = transaction.invitations.of(self.kind, organisation, states, now, open_max)
        return [self._read(row) for row in rows]

    def refuse(self, known: str) -> Enrolment[K]:
        """A person refuses what was not enrolled yet; raises `EnrolmentNotWaiting`."""
        found = self.by_id(known)
        if found.is_late or found.row.state not in _open:
            raise EnrolmentNotWaiting(f"it is {found.state}")
        row = replace(found.row, state="refused", device=None)
        self.require_change(row, found.row.state)
        return Enrolment(row, found.kept, is_late=False)

    def moved(
        self, found: Enrolment[K], state: State, kept: K, device: str | None = None
    ) -> Enrolment[K]:
        """One step on. Raises `EnrolmentNotWaiting` if somebody else was faster."""
        expires = found.row.expires
        if state in _open:
            expires = instant(self.clock.now_ms() + waits_ms)
        row = replace(
            found.row,
            state=state,
            expires=expires,
            device=device or found.row.device,
            document=kept.text(),
        )
        self.require_change(row, found.row.state)
        return Enrolment(row, kept, is_late=False)

    def failed(self, found: Enrolment[K], answer: Answer) -> Enrolment[K]:
        """What was approved cannot be taken in any more: a person looks at the request again."""
        problem = answer.problem
        if problem is None or problem.status >= 500:
            return found
        row = replace(found.row, state="requested", device=None)
        self.require_change(row, "approved")
        return Enrolment(row, found.kept, is_late=False)

    def waits(self, known: str, state: State) -> Enrolment[K]:
        """Raises `EnrolmentRefused` or `EnrolmentNotWaiting`."""
        found = self.by_id(known)
        if found.row.state == "refused":
            raise EnrolmentRefused(known)
        if found.is_late or found.row.state != state:
            raise EnrolmentNotWaiting(f"it is {found.state}")
        return found

    def require_change(self, row: InvitationRow, before: str) -> None:
        """Raises `EnrolmentNotWaiting`."""
        with self.node.store.write() as transaction:
            if not transaction.invitations.change(row, before):
                raise EnrolmentNotWaiting("somebody else was faster")

    def _read(self, row: InvitationRow | None) -> Enrolment[K]:
        if row is None or row.kind != self.kind:
            raise InvitationUnknown
        late = row.state in _open and row.expires <= instant(self.clock.now_ms())
        kept: K = self.model.model_validate_json(row.document)  # type: ignore[assignment]
        return Enrolment(row, kept, late)
