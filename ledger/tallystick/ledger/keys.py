"""Signature keys: Ed25519 (RFC 8032), ECDSA P-256 with SHA-256, and SM2 with SM3 where it is (formats §2).

Ed25519 is cofactorless with S < L and canonical encodings; keys of small order are refused. P-256
signatures are r ‖ s, 64 bytes, with low s. Public keys travel as JWK (RFC 7517, RFC 8037); that of SM2 has kty
EC, crv SM2, and `uid`, the user ID, unless it is the usual one.

libsodium verifies Ed25519 in half the time of OpenSSL and accepts nothing that OpenSSL refuses; what it
refuses, OpenSSL decides (ADR 0010).
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from cryptography.exceptions import InternalError, InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.asymmetric.utils import (
    decode_dss_signature,
    encode_dss_signature,
)
from nacl.bindings import crypto_sign_open
from nacl.exceptions import BadSignatureError

from tallystick.ledger.errors import TallystickError
from tallystick.ledger.passkey import Passkey
from tallystick.ledger.sm import curve as sm_curve
from tallystick.ledger.sm import suite as sm

ED25519 = "ed25519"
P256 = "ecdsa-p256-sha256"
SM2 = sm.SM2
#: What every program has, and a new log admits unless it is told more.
suites = (ED25519, P256)

_field_prime = 2**255 - 19
_order_8 = int.from_bytes(
    bytes.fromhex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"), "little"
)
#: y coordinates of the points whose order divides 8 (RFC 8032 §5.1, curve25519 cofactor 8).
_small_order_y = frozenset({0, 1, _field_prime - 1, _order_8, _field_prime - _order_8})
_control = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_p256_order = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


class KeyRefused(TallystickError):
    code = "key-refused"
    status = 422
    title = "The public key is not acceptable"
    advice = (
        "Use an Ed25519 or P-256 key made by a current library, as a JWK without other members."
    )


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A public key: `raw` is 32 bytes (Ed25519) or x ‖ y, 64 bytes (P-256, SM2).

    `passkey` says where it signs, for a key that lives in a WebAuthn authenticator; with another, or
    without, it is another key, though of the same fingerprint. So it is with `user_id`, which goes into what
    a key of SM2 signs; empty: the usual one.
    """

    suite: str
    raw: bytes
    passkey: Passkey | None = None
    user_id: str = ""

    @staticmethod
    def from_ed25519(raw: bytes) -> PublicKey:
        """Raises `KeyRefused` unless `raw` is a canonical Ed25519 key that has not small order."""
        if len(raw) != 32:
            raise KeyRefused("an Ed25519 key has 32 bytes")
        return PublicKey(ED25519, _safe_ed25519(raw))

    @staticmethod
    def from_jwk(jwk: Mapping[str, str]) -> PublicKey:
        """Raises `KeyRefused` for anything but a well-formed, safe key."""
        shape = (jwk.get("kty"), jwk.get("crv"))
        if shape == ("OKP", "Ed25519") and set(jwk) == {"kty", "crv", "x"}:
            return PublicKey.from_ed25519(_b64url(jwk["x"], 32))
        if shape == ("EC", "P-256") and set(jwk) == {"kty", "crv", "x", "y"}:
            raw = _b64url(jwk["x"], 32) + _b64url(jwk["y"], 32)
            try:
                ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), b"\x04" + raw)
            except ValueError:
                raise KeyRefused("the point is not on P-256") from None
            return PublicKey(P256, raw)
        if shape == ("EC", "SM2") and {"kty", "crv", "x", "y"} == set(jwk) - {"uid"}:
            return _sm2(_b64url(jwk["x"], 32) + _b64url(jwk["y"], 32), jwk.get("uid"))
        raise KeyRefused("kty, crv and members must be those of Ed25519, P-256 or SM2")

    def jwk(self) -> dict[str, str]:
        if self.suite == ED25519:
            return {"kty": "OKP", "crv": "Ed25519", "x": _b64url_text(self.raw)}
        x, y = _b64url_text(self.raw[:32]), _b64url_text(self.raw[32:])
        if self.suite == SM2:
            told = {"uid": self.user_id} if self.user_id else {}
            return {"kty": "EC", "crv": "SM2", "x": x, "y": y, **told}
        return {"kty": "EC", "crv": "P-256", "x": x, "y": y}

    def as_passkey(self, passkey: Passkey) -> PublicKey:
        """This key, as one that signs assertions alone."""
        if self.suite == SM2:
            raise KeyRefused("authenticators hold no keys of SM2")
        return PublicKey(self.suite, self.raw, passkey)

    def plain(self) -> PublicKey:
        """This key without its passkey's circumstances: what checks the signature in an assertion."""
        return PublicKey(self.suite, self.raw)

    def fingerprint(self) -> str:
        """Hex SHA-256 of suite and key: the name under which a key is registered once, for ever."""
        return _fingerprint(self.suite, self.raw)

    def verifies(self, signature: bytes, message: bytes) -> bool:
        """Whether `signature` (64 bytes) is this key's over `message`; never for a passkey.

        What a passkey signs is an assertion about a message: `verify.check_signature`. Raises `SuiteLacking`.
        """
        if len(signature) != 64 or self.passkey is not None:
            return False
        if self.suite == ED25519:
            return _ed25519_verifies(self.raw, signature, message)
        if self.suite == SM2:
            user_id = self.user_id or sm_curve.user_id_default
            return sm.verifies(self.raw, user_id, signature, message)
        try:
            r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
            if not 0 < r < _p256_order or not 0 < s <= _p256_order // 2:
                return False
            der = encode_dss_signature(r, s)
            _p256_key(self.raw).verify(der, message, ec.ECDSA(hashes.SHA256()))
            return True
        except (InvalidSignature, ValueError):
            return False


def _deterministic() -> ec.ECDSA:
    """Without a random number for each signature, as RFC 6979 has it, where OpenSSL can (3.2 and later)."""
    try:
        return ec.ECDSA(hashes.SHA256(), deterministic_signing=True)
    except UnsupportedAlgorithm:
        return ec.ECDSA(hashes.SHA256())


_ecdsa = _deterministic()


class PrivateKey:
    """A private key of any suite, with its public half."""

    def __init__(
        self, key: ed25519.Ed25519PrivateKey | ec.EllipticCurvePrivateKey | sm.Sm2Secret
    ) -> None:
        self._key = key
        if isinstance(key, sm.Sm2Secret):
            self.public = _sm2(key.raw, key.user_id or None)
        elif isinstance(key, ed25519.Ed25519PrivateKey):
            self.public = PublicKey(ED25519, key.public_key().public_bytes_raw())
        else:
            point = key.public_key().public_bytes(
                serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint
            )
            self.public = PublicKey(P256, point[1:])

    @staticmethod
    def generate(suite: str = ED25519, user_id: str = "") -> PrivateKey:
        """Raises `SuiteLacking`. `user_id` is for SM2 alone."""
        if suite == SM2:
            return PrivateKey(sm.Sm2Secret.generate(user_id))
        if suite == ED25519:
            return PrivateKey(ed25519.Ed25519PrivateKey.generate())
        return PrivateKey(ec.generate_private_key(ec.SECP256R1()))

    @staticmethod
    def from_seed(seed: bytes, suite: str = ED25519) -> PrivateKey:
        """A key from 32 bytes; for simulated stores whose keys are derived from a seed."""
        if suite == ED25519:
            return PrivateKey(ed25519.Ed25519PrivateKey.from_private_bytes(seed))
        number = int.from_bytes(hashlib.sha512(seed).digest(), "big")
        if suite == SM2:
            return PrivateKey(sm.Sm2Secret.of_number(number))
        return PrivateKey(ec.derive_private_key(number % (_p256_order - 1) + 1, ec.SECP256R1()))

    @staticmethod
    def from_pem(data: bytes) -> PrivateKey:
        """Raises `KeyRefused`, or `SuiteLacking` for a key of SM2 that cannot be used here."""
        secret = sm.Sm2Secret.from_pem(data)
        if secret is not None:
            return PrivateKey(secret)
        try:
            key = serialization.load_pem_private_key(data, password=None)
        except (ValueError, TypeError, UnsupportedAlgorithm, InternalError):
            # A damaged file may also fail deep within OpenSSL, as an `InternalError`.
            raise KeyRefused("this is no unencrypted PEM private key") from None
        if isinstance(key, ed25519.Ed25519PrivateKey):
            return PrivateKey(key)
        if isinstance(key, ec.EllipticCurvePrivateKey) and isinstance(key.curve, ec.SECP256R1):
            return PrivateKey(key)
        raise KeyRefused("the private key is neither Ed25519 nor P-256 nor SM2")

    def pem(self) -> bytes:
        if isinstance(self._key, sm.Sm2Secret):
            return self._key.pem()
        return self._key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )

    def save(self, path: Path) -> None:
        """Write the PEM so that only its owner may read it; refuses to replace a key."""
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        path.touch(mode=0o600, exist_ok=False)
        path.write_bytes(self.pem())

    def sign(self, message: bytes) -> bytes:
        """64 bytes: Ed25519, or r ‖ s, of P-256 with low s."""
        if isinstance(self._key, sm.Sm2Secret):
            return self._key.sign(message)
        if isinstance(self._key, ed25519.Ed25519PrivateKey):
            return self._key.sign(message)
        r, s = decode_dss_signature(self._key.sign(message, _ecdsa))
        low = min(s, _p256_order - s)
        return r.to_bytes(32, "big") + low.to_bytes(32, "big")


def known_suites() -> tuple[str, ...]:
    """What this program can check."""
    return (*suites, SM2) if sm.is_here() else suites


def _sm2(raw: bytes, user_id: str | None) -> PublicKey:
    """Needs no library. The usual user ID is left out, so that a key has one spelling."""
    if not sm_curve.is_on_curve(raw):
        raise KeyRefused("the point is not on the curve of SM2")
    if user_id is not None:
        size = len(user_id.encode())
        if user_id == sm_curve.user_id_default or not 0 < size <= sm_curve.user_id_bytes_max:
            raise KeyRefused("uid has 1 to 255 bytes, and is left out if it is 1234567812345678")
        if _control.search(user_id):
            raise KeyRefused("uid holds a control character")
    return PublicKey(SM2, raw, None, user_id or "")


@lru_cache(maxsize=8192)
def _fingerprint(suite: str, raw: bytes) -> str:
    return hashlib.sha256(suite.encode() + b"\x00" + raw).hexdigest()


@lru_cache(maxsize=4096)
def _ed25519_key(raw: bytes) -> ed25519.Ed25519PublicKey:
    return ed25519.Ed25519PublicKey.from_public_bytes(raw)


@lru_cache(maxsize=4096)
def _p256_key(raw: bytes) -> ec.EllipticCurvePublicKey:
    return ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), b"\x04" + raw)


def _ed25519_verifies(raw: bytes, signature: bytes, message: bytes) -> bool:
    try:
        crypto_sign_open(signature + message, raw)
        return True
    except BadSignatureError:
        pass
    try:
        _ed25519_key(raw).verify(signature, message)
        return True
    except InvalidSignature:
        return False


def _safe_ed25519(raw: bytes) -> bytes:
    y = int.from_bytes(raw, "little") & (2**255 - 1)
    if y >= _field_prime:
        raise KeyRefused("the Ed25519 key is not canonically encoded")
    if y in _small_order_y:
        raise KeyRefused("the Ed25519 key has small order")
    return raw


def _b64url(text: object, size: int) -> bytes:
    if not isinstance(text, str):
        raise KeyRefused("a coordinate is text")
    try:
        raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except (binascii.Error, ValueError):
        raise KeyRefused("a coordinate is not base64url") from None
    if len(raw) != size or _b64url_text(raw) != text:
        raise KeyRefused(f"a coordinate is not {size} bytes in canonical base64url")
    return raw


def _b64url_text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
