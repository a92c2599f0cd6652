"""The log's key from a pinned genesis, for whoever kept that instead of a verifier key."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from tallystick.ledger import promise, system
from tallystick.ledger.errors import TallystickError
from tallystick.ledger.keys import PublicKey
from tallystick.ledger.note import Verifier


def log_key_of(genesis: Mapping[str, Any]) -> Verifier:
    """The key that genesis (`GET /v1/entries/0`, as it was kept) names and is signed by.

    Raises `promise.EvidenceRefused`.
    """
    try:
        body = system.Genesis.model_validate_json(base64.b64decode(genesis["body"], validate=True))
        key = Verifier(body.origin, PublicKey.from_jwk(body.log_key.jwk))
    except (KeyError, TypeError, ValueError, ValidationError, TallystickError):
        raise promise.EvidenceRefused("it is no genesis with its body") from None
    promise.open_charter(genesis, key)
    return key
