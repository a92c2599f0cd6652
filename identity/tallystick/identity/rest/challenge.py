"""Answers to a challenge: the server's nonce and the client's, signed or keyed (Handle.Net Technical Manual 9, ch. 14).

HS_PUBKEY: `alg` SHA256, SHA384 or SHA512; RSA by PKCS #1 v1.5, DSA and ECDSA in DER, Ed25519 as it is. HS_SECKEY:
HMAC-SHA256 and its larger kin. MD5 and SHA-1 are refused by name, and so are short keys. These keys open a session
and sign no entry.
"""

from __future__ import annotations

import base64
import hmac
from collections.abc import Callable, Mapping
from typing import Any

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed25519, padding, rsa

from tallystick.identity.rest.errors import HandleRefused

rsa_bits_min, rsa_bits_max = 2048, 8192
dsa_bits_min = 2048
nonce_bytes = 16
bad_credential = 404
client_nonce_bytes_max = 64
signature_bytes_max = 2048
PublicKey = (
    rsa.RSAPublicKey | dsa.DSAPublicKey | ec.EllipticCurvePublicKey | ed25519.Ed25519PublicKey
)

_hashes: Mapping[str, Callable[[], hashes.HashAlgorithm]] = {
    "SHA256": hashes.SHA256,
    "SHA384": hashes.SHA384,
    "SHA512": hashes.SHA512,
}
_macs = {"HMACSHA256": "sha256", "HMACSHA384": "sha384", "HMACSHA512": "sha512"}
_curves: Mapping[str, Callable[[], ec.EllipticCurve]] = {
    "P-256": ec.SECP256R1,
    "P-384": ec.SECP384R1,
    "P-521": ec.SECP521R1,
}


class LoginKeyRefused(HandleRefused):
    code = "login-key-refused"
    status = 403
    response = bad_credential
    title = "This key cannot be used to log in"
    advice = (
        "Use RSA or DSA of 2048 bits or more, ECDSA on P-256, P-384 or P-521, or Ed25519; as JWK."
    )


class DigestRefused(HandleRefused):
    code = "digest-refused"
    status = 403
    response = bad_credential
    title = "This algorithm is not admitted for logging in"
    advice = "Use SHA256, SHA384 or SHA512; for a secret key HMAC-SHA256. MD5 and SHA-1 are broken."


def read_key(jwk: Mapping[str, Any]) -> PublicKey:
    """The public key of a JWK; raises `LoginKeyRefused`."""
    try:
        key = _read_key(jwk)
    except (KeyError, TypeError, ValueError, UnsupportedAlgorithm) as error:
        raise LoginKeyRefused(f"{type(error).__name__}: {error}") from None
    if isinstance(key, rsa.RSAPublicKey) and not rsa_bits_min <= key.key_size <= rsa_bits_max:
        raise LoginKeyRefused(f"RSA of {key.key_size} bits")
    if isinstance(key, dsa.DSAPublicKey) and key.key_size < dsa_bits_min:
        raise LoginKeyRefused(f"DSA of {key.key_size} bits")
    return key


def write_key(key: object) -> dict[str, str]:
    """The JWK of a public key; raises `LoginKeyRefused`."""
    if isinstance(key, rsa.RSAPublicKey):
        numbers = key.public_numbers()
        return {"kty": "RSA", "n": _text(numbers.n), "e": _text(numbers.e)}
    if isinstance(key, dsa.DSAPublicKey):
        public = key.public_numbers()
        p = public.parameter_numbers
        return {
            "kty": "DSA",
            "y": _text(public.y),
            "p": _text(p.p),
            "q": _text(p.q),
            "g": _text(p.g),
        }
    if isinstance(key, ec.EllipticCurvePublicKey):
        for name, curve in _curves.items():
            if key.curve.name == curve().name:
                point, size = key.public_numbers(), (key.key_size + 7) // 8
                return {
                    "kty": "EC",
                    "crv": name,
                    "x": _text(point.x, size),
                    "y": _text(point.y, size),
                }
    if isinstance(key, ed25519.Ed25519PublicKey):
        x = base64.urlsafe_b64encode(key.public_bytes_raw()).decode().rstrip("=")
        return {"kty": "OKP", "crv": "Ed25519", "x": x}
    raise LoginKeyRefused(type(key).__name__)


def signed(jwk: Mapping[str, Any], algorithm: str, message: bytes, signature: bytes) -> bool:
    """Whether the key signed the message; raises `LoginKeyRefused` or `DigestRefused`."""
    key, digest = read_key(jwk), _hashes.get(_plain(algorithm))
    if digest is None:
        raise DigestRefused(f"{algorithm:.40}")
    try:
        if isinstance(key, rsa.RSAPublicKey):
            key.verify(signature, message, padding.PKCS1v15(), digest())
        elif isinstance(key, dsa.DSAPublicKey):
            key.verify(signature, message, digest())
        elif isinstance(key, ec.EllipticCurvePublicKey):
            key.verify(signature, message, ec.ECDSA(digest()))
        else:
            key.verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


def keyed(secret: bytes, algorithm: str, message: bytes, mac: bytes) -> bool:
    """Whether the MAC is the secret's, in constant time; raises `DigestRefused`."""
    digest = _macs.get(_plain(algorithm))
    if digest is None:
        raise DigestRefused(f"{algorithm:.40}")
    return hmac.compare_digest(hmac.digest(secret, message, digest), mac)


def _plain(algorithm: str) -> str:
    return algorithm.upper().replace("-", "").replace("_", "")


def _read_key(jwk: Mapping[str, Any]) -> PublicKey:
    kind = jwk["kty"]
    if kind == "RSA":
        return rsa.RSAPublicNumbers(_int(jwk["e"]), _int(jwk["n"])).public_key()
    if kind == "DSA":
        parameters = dsa.DSAParameterNumbers(_int(jwk["p"]), _int(jwk["q"]), _int(jwk["g"]))
        return dsa.DSAPublicNumbers(_int(jwk["y"]), parameters).public_key()
    if kind == "EC":
        curve = _curves[jwk["crv"]]()
        return ec.EllipticCurvePublicNumbers(_int(jwk["x"]), _int(jwk["y"]), curve).public_key()
    if kind == "OKP" and jwk["crv"] == "Ed25519":
        return ed25519.Ed25519PublicKey.from_public_bytes(_bytes(jwk["x"]))
    raise LoginKeyRefused(f"{kind!s:.20}")


def _bytes(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _int(text: str) -> int:
    return int.from_bytes(_bytes(text), "big")


def _text(number: int, size: int = 0) -> str:
    data = number.to_bytes(size or (number.bit_length() + 7) // 8, "big")
    return base64.urlsafe_b64encode(data).decode().rstrip("=")
