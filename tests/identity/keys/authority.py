"""A certification authority of the tests: a root, an intermediate one, and certificates of organisations."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.x509.oid import NameOID

Private = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey
begin = datetime(2025, 1, 1, tzinfo=UTC)
code_oid = x509.ObjectIdentifier("1.2.156.10260.4.1.4")


@dataclass(frozen=True)
class Issued:
    """A certificate with its private key, and who issued it."""

    certificate: x509.Certificate
    private: Private

    @property
    def text(self) -> str:
        der = self.certificate.public_bytes(serialization.Encoding.DER)
        return base64.b64encode(der).decode()

    @property
    def sha256(self) -> str:
        return self.certificate.fingerprint(hashes.SHA256()).hex()

    def sign(self, message: bytes) -> str:
        if isinstance(self.private, rsa.RSAPrivateKey):
            made = self.private.sign(message, padding.PKCS1v15(), hashes.SHA256())
        else:
            made = self.private.sign(message, ec.ECDSA(hashes.SHA256()))
        return base64.b64encode(made).decode()


def name(common: str, *more: tuple[x509.ObjectIdentifier, str]) -> x509.Name:
    rows = ((NameOID.COMMON_NAME, common), *more)
    return x509.Name([x509.NameAttribute(oid, value) for oid, value in rows])


def issue(
    subject: x509.Name,
    by: Issued | None = None,
    *,
    ca: bool = False,
    private: Private | None = None,
    days: int = 730,
    signing: bool = True,
    code: str = "",
    length: int | None = None,
    certifies: bool = True,
    more: Sequence[tuple[x509.ExtensionType, bool]] = (),
    identifier: x509.AuthorityKeyIdentifier | None = None,
) -> Issued:
    """Self-signed without `by`; valid from 2025-01-01 for `days`. `more`: extensions, and whether each is critical."""
    own = private or ec.generate_private_key(ec.SECP256R1())
    issuer = by.certificate.subject if by else subject
    usage = x509.KeyUsage(
        digital_signature=signing and not ca, content_commitment=False, key_encipherment=not signing,
        data_encipherment=False, key_agreement=False, key_cert_sign=ca and certifies, crl_sign=ca,
        encipher_only=False, decipher_only=False,
    )  # fmt: skip
    signer = by.private if by else own
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(own.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begin)
        .not_valid_after(begin + timedelta(days=days))
        .add_extension(x509.BasicConstraints(ca=ca, path_length=length), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(own.public_key()), critical=False)
        .add_extension(
            identifier or x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()),
            critical=False,
        )
    )
    for extension, critical in more:
        builder = builder.add_extension(extension, critical)
    if code:
        value = b"\x13" + bytes([len(code)]) + code.encode()
        builder = builder.add_extension(x509.UnrecognizedExtension(code_oid, value), critical=False)
    return Issued(builder.sign(signer, hashes.SHA256()), own)


def chain(*issued: Issued) -> Sequence[str]:
    return tuple(one.text for one in issued)
