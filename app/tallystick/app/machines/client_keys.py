"""Keys with which clients sign assertions (RFC 7518, RFC 8037): what is taken in, and which algorithm each signs by.

The algorithm follows from the registered key, never from what a token says.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cryptography.exceptions import InternalError, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, OKPKey, RSAKey

from tallystick.ledger import TallystickError

rsa_bits_min, rsa_bits_max = 2048, 8192
Key = RSAKey | ECKey | OKPKey
_kinds: dict[str, tuple[type[Key], tuple[str, ...], tuple[str, ...]]] = {
    "OKP": (OKPKey, ("crv", "kty", "x"), ("Ed25519", "EdDSA")),
    "EC": (ECKey, ("crv", "kty", "x", "y"), ("ES256",)),
    "RSA": (RSAKey, ("e", "kty", "n"), ("PS256", "RS256")),
}
algorithms = tuple(sorted(name for _, _, names in _kinds.values() for name in names))


class ClientKeyRefused(TallystickError):
    code = "client-key-refused"
    status = 422
    title = "A client cannot prove itself by this key"
    advice = (
        "Give the public half, as PEM, of an Ed25519 key, a P-256 key, or an RSA key of 2048 bits or more; "
        "the private half stays with the client."
    )


def read_pem(data: bytes) -> dict[str, str]:
    """The public JWK of a PEM file. Raises `ClientKeyRefused`."""
    try:
        key = load_pem_public_key(data)
    except (ValueError, TypeError, UnsupportedAlgorithm, InternalError):
        # A damaged file may also fail deep within OpenSSL, as an `InternalError`.
        raise ClientKeyRefused("it is no public key in PEM") from None
    made: Key
    if isinstance(key, rsa.RSAPublicKey):
        _require_size(key)
        made = RSAKey.import_key(data)
    elif isinstance(key, ec.EllipticCurvePublicKey):
        made = ECKey.import_key(data)
    elif isinstance(key, ed25519.Ed25519PublicKey):
        made = OKPKey.import_key(data)
    else:
        raise ClientKeyRefused("keys of this kind sign no assertions")
    told = made.as_dict(private=False)
    jwk = {name: str(told[name]) for name in _kinds[made.key_type][1]}
    read_jwk(jwk)
    return jwk


def read_jwk(jwk: Mapping[str, Any]) -> tuple[Key, tuple[str, ...]]:
    """The key, and the algorithms that it may sign by. Raises `ClientKeyRefused`."""
    kind = _kinds.get(str(jwk.get("kty")))
    if kind is None or set(jwk) != set(kind[1]):
        raise ClientKeyRefused(
            "kty and members must be those of a public Ed25519, P-256 or RSA key"
        )
    made, _, allowed = kind
    if jwk["kty"] != "RSA" and jwk["crv"] not in ("Ed25519", "P-256"):
        raise ClientKeyRefused("the curve is neither Ed25519 nor P-256")
    try:
        key = made.import_key(dict(jwk))
        public = key.public_key
    except (JoseError, ValueError, TypeError) as error:
        raise ClientKeyRefused("its members are not those of a key") from error
    if isinstance(public, rsa.RSAPublicKey):
        _require_size(public)
    return key, allowed


def _require_size(key: rsa.RSAPublicKey) -> None:
    if not rsa_bits_min <= key.key_size <= rsa_bits_max:
        raise ClientKeyRefused(f"an RSA key has {rsa_bits_min} to {rsa_bits_max} bits")
