"""Keys of played people: each follows from its reference, so that everybody who runs the demo has the same.

They are registered as `played`, which no log admits that is not simulated: whoever reads an entry sees that it
binds nobody. Those of people and organisations are of P-256, which every browser can use; others are Ed25519.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from typing import Any, cast

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from tallystick.ledger import ED25519, P256, PrivateKey, SigningKey, TallystickError, View

_seed = b"tallystick demo key\n"


class PlayedUnknown(TallystickError):
    code = "played-unknown"
    status = 404
    title = "The demo plays nobody of this name"
    advice = "Choose one of its people: `GET /v1/played` names them."


def played_key(reference: str) -> SigningKey:
    """The key of a reference such as `300:99.100/P-…`."""
    in_browsers = reference.partition("/")[2].startswith(("P-", "O-"))
    seed = hashlib.sha256(_seed + reference.encode()).digest()
    return SigningKey(reference, PrivateKey.from_seed(seed, P256 if in_browsers else ED25519))


def valid_key(view: View, owner: str) -> SigningKey:
    """A played key of a person or an organisation that is valid now; raises `PlayedUnknown`."""
    for index, told in view.group("key", owner).items():
        row = cast(Mapping[str, Any], told)
        if row.get("played") is not True or "until" in row:
            continue
        found = played_key(f"{index}:{owner}")
        if found.private.public.jwk() == row["jwk"]:
            return found
    raise PlayedUnknown(owner)


def secret_jwk(key: SigningKey) -> dict[str, str]:
    """The private key as browsers import it (RFC 7518 §6.2.2)."""
    loaded = serialization.load_pem_private_key(key.private.pem(), password=None)
    if not isinstance(loaded, ec.EllipticCurvePrivateKey):
        raise PlayedUnknown(key.keyid)
    number = loaded.private_numbers().private_value.to_bytes(32, "big")
    secret = base64.urlsafe_b64encode(number).rstrip(b"=").decode()
    return {**key.private.public.jwk(), "d": secret}
