"""Keys and signatures of certificates of SM2 (GM/T 0015, GM/T 0009, GM/T 0006).

A key is an uncompressed point under id-ecPublicKey with the curve 1.2.156.10197.1.301; a signature is SM2-with-SM3,
1.2.156.10197.1.501, with or without NULL as its parameters, the same in and beside what is signed. Its value is DER of
r and s (RFC 3279 §2.2.3), and its user ID 1234567812345678: a certificate names none.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding

from tallystick.identity.keys.errors import CertificateRefused
from tallystick.identity.keys.sm import der
from tallystick.ledger import PublicKey, keys, sm3

algorithm = x509.ObjectIdentifier("1.2.156.10197.1.501")
_algorithms = (
    bytes.fromhex("300a06082a811ccf55018375"),
    bytes.fromhex("300c06082a811ccf550183750500"),
)
_key_algorithm = bytes.fromhex("301306072a8648ce3d020106082a811ccf5501822d")
#: A BIT STRING of 65 bytes, the first of which says that the point is not compressed.
_point_head = bytes.fromhex("03420004")
_number_max = 1 << 256


@dataclass(frozen=True, slots=True)
class Fields:
    """Of a certificate, in the bytes that were signed. `key`: the SubjectPublicKeyInfo."""

    issuer: bytes
    subject: bytes
    key: bytes


def fields(certificate: x509.Certificate) -> Fields:
    """RFC 5280 §4.1: serial number, algorithm, issuer, validity, subject and key, perhaps behind a version."""
    issuer, _validity, subject, key = _from_algorithm(certificate.tbs_certificate_bytes)[1:5]
    return Fields(issuer, subject, key)


def is_sm2(certificate: x509.Certificate) -> bool:
    """Whether key or signature of it are of SM2."""
    return _has_key(certificate) or certificate.signature_algorithm_oid == algorithm


def key_of(certificate: x509.Certificate) -> PublicKey | None:
    """None for a key of another kind. Raises `CertificateRefused` for what is no point of the curve."""
    if not _has_key(certificate):
        return None
    _, bits = der.parts(fields(certificate).key)
    raw = bits[len(_point_head) :]
    if not bits.startswith(_point_head) or len(raw) != 64:
        raise CertificateRefused("its key of SM2 is not an uncompressed point")
    x, y = (base64.urlsafe_b64encode(half).decode().rstrip("=") for half in (raw[:32], raw[32:]))
    try:
        return PublicKey.from_jwk({"kty": "EC", "crv": "SM2", "x": x, "y": y})
    except keys.KeyRefused as error:
        raise CertificateRefused(f"its key cannot be used: {error.detail}") from None


def one_algorithm(signed: x509.Certificate | x509.CertificateRevocationList) -> bool:
    """Whether SM2-with-SM3, and nothing else, is named in what is signed and beside it (RFC 5280 §4.1.1.2)."""
    told, beside, _ = der.parts(signed.public_bytes(Encoding.DER))
    return beside in _algorithms and _from_algorithm(told)[0] == beside


def issued(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    """Whether `issuer` is named in it and signed it, with SM2. Raises `SuiteLacking`."""
    if fields(certificate).issuer != fields(issuer).subject or not one_algorithm(certificate):
        return False
    return signed(issuer, certificate.signature, certificate.tbs_certificate_bytes)


def signed(by: x509.Certificate, signature: bytes, message: bytes) -> bool:
    """Whether its key signed, if it is of SM2. Raises `SuiteLacking`, or `CertificateRefused` for no key."""
    key = key_of(by)
    if key is None:
        return False
    try:
        r, s = decode_dss_signature(signature)
    except ValueError:
        return False
    if not (0 < r < _number_max and 0 < s < _number_max):
        return False
    return key.verifies(r.to_bytes(32, "big") + s.to_bytes(32, "big"), message)


def named_by_sm3(issuer: x509.Certificate) -> tuple[bytes, bytes]:
    """Name and key of an issuer, as a CertID over SM3 has them (RFC 6960 §4.1.1). Raises `SuiteLacking`."""
    told = fields(issuer)
    _, bits = der.parts(told.key)
    return sm3(told.subject), sm3(bits.removeprefix(_point_head[:3]))


def _has_key(certificate: x509.Certificate) -> bool:
    named, _ = der.parts(fields(certificate).key)
    return named == _key_algorithm


def _from_algorithm(signed: bytes) -> list[bytes]:
    """What is signed, from its first SEQUENCE on, the algorithm; before that stand numbers."""
    found = der.parts(signed)
    return found[[one[:1] for one in found].index(b"\x30") :]
