"""Signatures of deliveries, by the Standard Webhooks specification 1.0: `v1a` (Ed25519) or `v1` (HMAC-SHA256).

Signed is `<id>.<unix seconds>.<body>`. While a key is being replaced, both sign, each in its own signature.

The node keeps one file of seeds, `webhooks/keys.json` in its home folder, and no secret in the database: the secret
of a webhook is HKDF-SHA256 of the seed, with the webhook's id and the number of the secret.
"""

from __future__ import annotations

import base64
import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from standardwebhooks.webhooks import Webhook

from tallystick.ledger import vault

Scheme = Literal["v1a", "v1"]
secret_bytes = 32


@dataclass(frozen=True, slots=True)
class Secret:
    """One secret of a webhook; never shown by `repr`."""

    scheme: Scheme
    data: bytes

    def __repr__(self) -> str:
        return f"Secret({self.scheme})"

    def shown(self) -> str:
        """What the receiver verifies with: a public key, or the secret itself."""
        if self.scheme == "v1":
            return f"whsec_{base64.b64encode(self.data).decode()}"
        public = Ed25519PrivateKey.from_private_bytes(self.data).public_key().public_bytes_raw()
        return f"whpk_{base64.b64encode(public).decode()}"

    def sign(self, delivery: str, at_ms: int, body: bytes) -> str:
        """`v1a,…` or `v1,…`."""
        seconds = math.floor(at_ms / 1000)
        if self.scheme == "v1":
            when = datetime.fromtimestamp(seconds, UTC)
            return Webhook(self.data).sign(delivery, when, body.decode())
        signed = f"{delivery}.{seconds}.".encode() + body
        raw = Ed25519PrivateKey.from_private_bytes(self.data).sign(signed)
        return f"v1a,{base64.b64encode(raw).decode()}"


class Seeds:
    """The file from which all secrets of a node follow."""

    def __init__(self, home: Path) -> None:
        self._file = vault.KeyFile(home / "webhooks" / "keys.json")

    def current(self) -> str:
        """The id of the seed for new secrets."""
        return self._file.current().id

    def secret(self, seed: str, webhook: str, number: int, scheme: Scheme) -> Secret:
        """Raises `MasterKeyMissing`."""
        told = f"tallystick/webhook/v1\n{webhook}\n{number}\n{scheme}".encode()
        made = HKDF(SHA256(), secret_bytes, None, told).derive(self._file.find(seed).secret)
        return Secret(scheme, made)


def headers(delivery: str, at_ms: int, body: bytes, secrets: Sequence[Secret]) -> dict[str, str]:
    """Those of the specification, for one attempt."""
    return {
        "webhook-id": delivery,
        "webhook-timestamp": str(math.floor(at_ms / 1000)),
        "webhook-signature": " ".join(one.sign(delivery, at_ms, body) for one in secrets),
    }
