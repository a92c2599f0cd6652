"""The signature itself (RFC 9421 §3.2): Ed25519 as the log verifies it, ECDSA P-256 as the RFC has it."""

# The library exports by a comment for mypy alone.
# pyright: reportPrivateImportUsage=false

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import Any

from cryptography.exceptions import InvalidSignature as Unverified
from cryptography.hazmat.primitives.asymmetric import ec
from http_message_signatures import (
    HTTPMessageVerifier,
    HTTPSignatureAlgorithm,
    HTTPSignatureKeyResolver,
    algorithms,
)

from tallystick.ledger import PublicKey

_ed25519 = "ed25519"
suites = frozenset({_ed25519, algorithms.ECDSA_P256_SHA256.algorithm_id})


class Ed25519(HTTPSignatureAlgorithm):
    """As the log verifies it: small orders and loose encodings are refused."""

    algorithm_id = _ed25519

    def __init__(self, public_key: PublicKey | None = None, private_key: object = None) -> None:
        self._public = public_key

    def verify(self, signature: bytes, message: bytes) -> None:
        if self._public is None or not self._public.verifies(signature, message):
            raise Unverified


class _Verifier(HTTPMessageVerifier):
    """Times are judged by the node's clock, before."""

    def validate_created_and_expires(
        self, sig_input: Any, max_age: datetime.timedelta | None = None
    ) -> None:
        pass


@dataclass(frozen=True, slots=True)
class _OneKey(HTTPSignatureKeyResolver):
    key: Any

    def resolve_public_key(self, key_id: str) -> Any:
        return self.key

    def resolve_private_key(self, key_id: str) -> Any:
        raise LookupError(key_id)


@dataclass(frozen=True, slots=True)
class Message:
    """What the library reads of a request."""

    method: str
    url: str
    headers: Any


def verifier_of(public: PublicKey) -> HTTPMessageVerifier:
    if public.suite == _ed25519:
        return _Verifier(signature_algorithm=Ed25519, key_resolver=_OneKey(public))
    key = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), b"\x04" + public.raw)
    return _Verifier(signature_algorithm=algorithms.ECDSA_P256_SHA256, key_resolver=_OneKey(key))
