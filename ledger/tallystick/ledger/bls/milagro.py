"""The fast backend: `milagro_bls_binding`, a library in Rust. Importing this fails where it is missing."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from typing import Any

from tallystick.ledger.bls.encoding import require_form, signature_bytes
from tallystick.ledger.bls.errors import PointRefused

#: It has no stubs, and its functions are found only when it runs.
library: Any = import_module("milagro_bls_binding")


class Fast:
    """The scheme without proofs of possession, whose tag this library does not know."""

    name = "milagro_bls_binding"

    def public_key(self, secret: bytes) -> bytes:
        return bytes(library.SkToPk(secret))

    def sign(self, secret: bytes, message: bytes) -> bytes:
        return bytes(library.Sign(secret, message))

    def aggregate(self, signatures: Sequence[bytes]) -> bytes:
        for signature in signatures:
            require_form(signature, signature_bytes, "a signature")
        try:
            return bytes(library.Aggregate(list(signatures)))
        except ValueError:
            raise PointRefused("a signature is not on the curve") from None

    def verifies(self, keys: Sequence[bytes], message: bytes, signature: bytes) -> bool:
        return bool(library.FastAggregateVerify(list(keys), message, signature))
