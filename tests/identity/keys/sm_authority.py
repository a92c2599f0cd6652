"""The certification authority of the tests with keys of SM2.

Each certificate and answer is made on P-256 first, and then written anew: with another key in it, another algorithm,
and signed by SM2. Nobody's library issues certificates of SM2 to Python; `test_sm_openssl` has those of OpenSSL.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from tests.identity.keys import answering, authority
from tests.identity.keys.answering import Says
from tests.identity.keys.authority import Issued

from tallystick.identity.keys.sm import der
from tallystick.ledger import PrivateKey
from tallystick.ledger.sm.suite import Sm2Secret

named = bytes.fromhex("300a06082a811ccf55018375")
named_with_null = bytes.fromhex("300c06082a811ccf550183750500")
_key_head = bytes.fromhex("3059301306072a8648ce3d020106082a811ccf5501822d034200")


@dataclass(frozen=True)
class SmIssued:
    """A certificate of SM2 with its private key, and that of P-256 after which it was made."""

    certificate: x509.Certificate
    secret: Sm2Secret
    twin: Issued

    @property
    def der(self) -> bytes:
        return self.certificate.public_bytes(Encoding.DER)

    @property
    def text(self) -> str:
        return base64.b64encode(self.der).decode()

    @property
    def sha256(self) -> str:
        return self.certificate.fingerprint(hashes.SHA256()).hex()

    @property
    def point(self) -> bytes:
        return b"\x04" + self.secret.raw

    def sign(self, message: bytes) -> str:
        return base64.b64encode(signature(self.secret, message)).decode()


def issue(subject: x509.Name, by: SmIssued | None = None, **told: Any) -> SmIssued:
    """As `authority.issue`."""
    return made(authority.issue(subject, by.twin if by else None, **told), by)


def made(
    twin: Issued,
    by: SmIssued | None = None,
    *,
    algorithm: bytes = named,
    beside: bytes = b"",
    signer: Sm2Secret | None = None,
    key: bytes = b"",
    version: int = 3,
) -> SmIssued:
    """This certificate as one of SM2. `beside`: what stands beside what is signed; `key`: another SubjectPublicKeyInfo.

    Of `version` 1 it has no extensions.
    """
    secret = Sm2Secret.generate()
    tbs, _, _ = der.parts(twin.certificate.public_bytes(Encoding.DER))
    fields = der.parts(tbs)
    fields[_algorithm_at(fields)] = algorithm
    fields[_algorithm_at(fields) + 4] = key or _key_head + b"\x04" + secret.raw
    if version == 1:
        fields = fields[1:-1]
    by_secret = signer or (by.secret if by else secret)
    data = _signed(sequence(*fields), by_secret, beside or algorithm)
    return SmIssued(x509.load_der_x509_certificate(data), secret, twin)


def with_signature(one: SmIssued, bits: bytes) -> SmIssued:
    """The same with another signature."""
    tbs, algorithm, _ = der.parts(one.der)
    data = sequence(tbs, algorithm, element(0x03, b"\x00" + bits))
    return replace(one, certificate=x509.load_der_x509_certificate(data))


def with_id(secret: Sm2Secret, user_id: str) -> Sm2Secret:
    """The same key with another user ID."""
    found = PrivateKey(secret).pem()
    again = Sm2Secret.from_pem(f"SM2-User-ID: {user_id}\n".encode() + found)
    assert again is not None
    return again


def signature(secret: Sm2Secret, message: bytes) -> bytes:
    """In DER."""
    raw = secret.sign(message)
    return encode_dss_signature(int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big"))


def response(
    leaf: SmIssued, issuer: SmIssued, signer: SmIssued | None = None, **told: Any
) -> bytes:
    """An OCSP response as `Says` has it."""
    says = Says(leaf.twin, issuer.twin, signer.twin if signer else None, **told)
    status, body = der.parts(says.der())
    ((kind, octets),) = (der.parts(one) for one in _inside(body))
    tbs, *_ = der.parts(_content(octets))
    tbs = tbs.replace(_digest(says.digest, _point(issuer.twin)), _digest(says.digest, issuer.point))
    certificates = [element(0xA0, sequence(signer.der))] if signer else []
    basic = _signed(tbs, (signer or issuer).secret, named, *certificates)
    return sequence(status, element(0xA0, sequence(kind, element(0x04, basic))))


def crl(
    by: SmIssued, *revoked: SmIssued, algorithm: bytes = named, beside: bytes = named, **told: Any
) -> bytes:
    """As `answering.crl`, in DER."""
    tbs, _, _ = der.parts(answering.crl(by.twin, *(one.twin for one in revoked), **told))
    fields = der.parts(tbs)
    fields[_algorithm_at(fields)] = algorithm
    return _signed(sequence(*fields), by.secret, beside)


def delegated(by: SmIssued, days: int = 36_500) -> SmIssued:
    return made(answering.delegated(by.twin, days), by)


def chain(*issued: SmIssued | Issued) -> Sequence[str]:
    return tuple(one.text for one in issued)


def sequence(*parts: bytes) -> bytes:
    return element(0x30, *parts)


def element(tag: int, *parts: bytes) -> bytes:
    content = b"".join(parts)
    size = len(content)
    if size < 0x80:
        return bytes([tag, size]) + content
    long = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(long)]) + long + content


def _signed(tbs: bytes, secret: Sm2Secret, algorithm: bytes, *more: bytes) -> bytes:
    bits = element(0x03, b"\x00" + signature(secret, tbs))
    return sequence(tbs, algorithm, bits, *more)


def _algorithm_at(fields: Sequence[bytes]) -> int:
    return [one[:1] for one in fields].index(b"\x30")


def _content(one: bytes) -> bytes:
    head = 2 + (one[1] & 0x7F if one[1] >= 0x80 else 0)
    return one[head:]


def _inside(one: bytes) -> list[bytes]:
    """What a constructed element of any tag holds."""
    return der.parts(b"\x30" + one[1:])


def _point(one: Issued) -> bytes:
    return one.private.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def _digest(digest: type[hashes.HashAlgorithm], data: bytes) -> bytes:
    done = hashes.Hash(digest())
    done.update(data)
    return done.finalize()
