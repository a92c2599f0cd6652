"""A device asks for a fresh key in the place of the one that it has, as `enrolling` asks for its first.

What the person approved is signed, by both keys, only if it replaces this very key by this very one, and
calls nothing suspect; else `EnrolmentForeign`, and nothing is signed.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass

from tallystick.identity import RotateKey, devices, rotate_type
from tallystick.ledger import PrivateKey, pae
from tallystick.scanners.enrolling import (
    ApprovedEntry,
    Enrolling,
    Invitation,
    Status,
    opened,
    require_asked,
)


@dataclass(kw_only=True)
class Renewing(Enrolling):
    """`key`: the new one. `old`, `reference`: the key that ends, and what the log calls it."""

    old: PrivateKey
    reference: str

    def ask_anew(self, invitation: Invitation, time: str) -> Status:
        """Asked again with the same keys it is the same request. Raises `EnrolmentAway` or `EnrolmentDeclined`."""
        jwk = self.key.public.jwk()
        message = devices.renewal_message(invitation.origin, self.reference, jwk, time)
        return self.node.renew(
            {
                "old": self.reference,
                "jwk": jwk,
                "time": time,
                "by_old": base64.b64encode(self.old.sign(message)).decode(),
                "signature": base64.b64encode(self.key.sign(message)).decode(),
            }
        )

    def _sign(self, known: str, message: bytes) -> Status:
        return self.node.sign(known, self.key.sign(message), self.old.sign(message))

    def _message(self, approved: ApprovedEntry, invitation: Invitation) -> bytes:
        payload, said = opened(approved, invitation.origin, rotate_type, RotateKey)
        owner = self.reference.partition(":")[2]
        require_asked(
            (said.jwk, self.key.public.jwk()),
            (said.old, self.reference),
            (said.key.partition(":")[2], owner),
            (said.suspect_from, None),
        )
        return pae(payload)
