"""What is sent about a key that is replaced, and what of it is kept beside the log."""

from __future__ import annotations

from tallystick.app.enrolling import asked
from tallystick.app.enrolling.asked import Jwk, Sent
from tallystick.app.signing.told import SignatureTold
from tallystick.identity import WebAuthn
from tallystick.ledger import KeyRef


class Wish(Sent):
    """The key that ends, and the public half of the one that comes in its place."""

    old: KeyRef
    jwk: Jwk
    webauthn: WebAuthn | None = None


class Signed(asked.Approval):
    """The entry that was drafted, signed by the old key and by the new one."""


class Countersigned(Sent):
    signature: SignatureTold


class Kept(asked.Kept):
    """What waits for an administrator: the entry as its owner signed it."""

    person: str
    old: str
    key: str
    envelope: str
    body: str
    salt: str
