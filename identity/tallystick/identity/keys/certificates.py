"""Certificates of organisations (RFC 5280), verified under one trust anchor as of a ledger time. Pure: no clock.

The number of the organisation is looked for where CAs put it: organizationIdentifier (ETSI EN 319 412-1, with or
without its prefix `NTRCN-`), serialNumber, and the extension of GB/T 20518 for the code of an organisation. The
body of an entry holds no personal data, so a subject that names a person is refused.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.x509 import verification
from cryptography.x509.oid import NameOID

from tallystick.identity.keys.errors import CertificateRefused

rsa_bits_min = 2048
depth_max = 3
organisation_code = x509.ObjectIdentifier("1.2.156.10260.4.1.4")
_numbers = (NameOID.ORGANIZATION_IDENTIFIER, NameOID.SERIAL_NUMBER)
_personal = (
    NameOID.GIVEN_NAME, NameOID.SURNAME, NameOID.PSEUDONYM, NameOID.EMAIL_ADDRESS, NameOID.TITLE,
)  # fmt: skip
#: ETSI EN 319 412-1 §5.1.4: kind of identity, country, hyphen.
_scheme_prefix = re.compile(r"^(?:VAT|NTR|PSD|LEI|[A-Z]{2}:)[A-Z]{2}-")
_der_string = re.compile(rb"^[\x0c\x13\x16][\x01-\x7f]")
#: What `cryptography` raises at what it cannot read, most of it when a field is asked for.
unreadable = (
    ValueError,
    TypeError,
    x509.DuplicateExtension,
    x509.InvalidVersion,
    x509.UnsupportedGeneralNameType,
    UnsupportedAlgorithm,
)
E = TypeVar("E", bound=x509.ExtensionType)
_curves = (ec.SECP256R1, ec.SECP384R1, ec.SECP521R1)


@dataclass(frozen=True, slots=True)
class Bound:
    """What a certificate says of the organisation."""

    numbers: frozenset[str]
    issuer: str
    serial: str
    not_before: str
    not_after: str
    sha256: str


def read(text: str) -> x509.Certificate:
    """One whose names, times and extensions can be read. Raises `CertificateRefused`."""
    try:
        certificate = x509.load_der_x509_certificate(base64.b64decode(text, validate=True))
        for one in (certificate.subject, certificate.issuer):
            one.rfc4514_string()
        _ = (
            certificate.extensions,
            certificate.not_valid_before_utc,
            certificate.not_valid_after_utc,
        )
    except unreadable as error:
        raise CertificateRefused(f"this is no certificate: {error}") from None
    return certificate


def check_anchor(certificate: x509.Certificate) -> None:
    """A CA's own certificate, with a key that the verifier can use. Raises `CertificateRefused`."""
    public_key(certificate)
    constraints = extension(certificate, x509.BasicConstraints)
    if constraints is None or not constraints.ca:
        raise CertificateRefused("it is no CA's certificate")


def verify(
    chain: Sequence[x509.Certificate],
    anchor: x509.Certificate,
    time: str,
    *,
    by_second: bool = False,
) -> None:
    """Whether an anchor vouches for the first certificate at this time. Raises `CertificateRefused`.

    `by_second`: the one behind it in the chain is its issuer on the way to the anchor, for something rests on that.
    """
    leaf, *more = chain
    public_key(leaf)
    policy = (
        verification.PolicyBuilder()
        .store(verification.Store([anchor]))
        .time(datetime.fromisoformat(time).replace(tzinfo=None))
        .max_chain_depth(depth_max)
        .extension_policies(
            ca_policy=verification.ExtensionPolicy.webpki_defaults_ca(),
            ee_policy=verification.ExtensionPolicy.permit_all(),
        )
    )
    try:
        path = policy.build_client_verifier().verify(leaf, more).chain
    except (verification.VerificationError, ValueError, UnsupportedAlgorithm) as error:
        said = str(error).partition("\n")[0]
        raise CertificateRefused(f"at {time} it is not valid under this CA: {said}") from None
    if by_second and more[:1] != path[1:2]:
        raise CertificateRefused(
            "the second certificate of the chain is not its issuer under this CA"
        )


def subject(leaf: x509.Certificate) -> Bound:
    """What one that binds says of its organisation. Raises `CertificateRefused`."""
    _check_subject(leaf)
    return _bound(leaf)


def signed(leaf: x509.Certificate, signature: str, message: bytes) -> bool:
    """Whether the certificate's key signed, as UKeys do, with SHA-256."""
    return verifies(leaf, base64.b64decode(signature), message, hashes.SHA256())


def verifies(
    certificate: x509.Certificate, signature: bytes, message: bytes, algorithm: hashes.HashAlgorithm
) -> bool:
    """Whether its key signed: RSA PKCS #1 v1.5 or ECDSA in DER. Raises `CertificateRefused`."""
    public = public_key(certificate)
    try:
        if isinstance(public, rsa.RSAPublicKey):
            public.verify(signature, message, padding.PKCS1v15(), algorithm)
        else:
            public.verify(signature, message, ec.ECDSA(algorithm))
    except InvalidSignature:
        return False
    return True


def public_key(certificate: x509.Certificate) -> rsa.RSAPublicKey | ec.EllipticCurvePublicKey:
    """One that can be verified by and is strong enough. Raises `CertificateRefused`."""
    try:
        public = certificate.public_key()
    except (ValueError, UnsupportedAlgorithm) as error:
        raise CertificateRefused(f"its key cannot be used: {error}") from None
    if isinstance(public, rsa.RSAPublicKey) and public.key_size >= rsa_bits_min:
        return public
    if isinstance(public, ec.EllipticCurvePublicKey) and isinstance(public.curve, _curves):
        return public
    raise CertificateRefused(
        "its key is neither RSA of 2048 bits or more, nor P-256, P-384 or P-521"
    )


def _check_subject(leaf: x509.Certificate) -> None:
    for oid in _personal:
        if leaf.subject.get_attributes_for_oid(oid):
            raise CertificateRefused("its subject names a person, which no entry may")
    constraints, usage = extension(leaf, x509.BasicConstraints), extension(leaf, x509.KeyUsage)
    if constraints is not None and constraints.ca:
        raise CertificateRefused("it is a CA's own certificate")
    if usage is None or not (usage.digital_signature or usage.content_commitment):
        raise CertificateRefused("it does not say that its key is for signing")


def extension(certificate: x509.Certificate, kind: type[E]) -> E | None:
    """None if it has none. Raises `CertificateRefused`."""
    try:
        return certificate.extensions.get_extension_for_class(kind).value
    except x509.ExtensionNotFound:
        return None
    except unreadable as error:
        raise CertificateRefused(f"its extensions cannot be read: {error}") from None


def _bound(leaf: x509.Certificate) -> Bound:
    return Bound(
        frozenset(_numbers_of(leaf)),
        leaf.issuer.rfc4514_string()[:400],
        f"{leaf.serial_number:x}",
        instant(leaf.not_valid_before_utc),
        instant(leaf.not_valid_after_utc),
        leaf.fingerprint(hashes.SHA256()).hex(),
    )


def _numbers_of(leaf: x509.Certificate) -> Iterator[str]:
    for oid in _numbers:
        for one in leaf.subject.get_attributes_for_oid(oid):
            yield _scheme_prefix.sub("", str(one.value))
    for extension in leaf.extensions:
        value = extension.value
        if extension.oid == organisation_code and isinstance(value, x509.UnrecognizedExtension):
            yield from _string(value.value)


def _string(der: bytes) -> Iterator[str]:
    """A short UTF8String, PrintableString or IA5String."""
    if _der_string.match(der) and der[1] == len(der) - 2:
        yield der[2:].decode("ascii", "replace")


def instant(moment: datetime) -> str:
    """As entries write it; certificates and answers count seconds."""
    return f"{moment.replace(tzinfo=None, microsecond=0).isoformat()}.000Z"
