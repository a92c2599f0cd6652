"""What the CA of the tests answers about its certificates: OCSP responses and CRLs, honest and false."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp
from cryptography.x509.oid import ExtendedKeyUsageOID
from tests.identity.keys.authority import Issued, begin, name

answered = datetime(2026, 2, 27, 8, tzinfo=UTC)
week = timedelta(days=7)
unknown = x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3.4"), b"\x05\x00")
Status = ocsp.OCSPCertStatus


def responder(by: Issued, *usages: x509.ObjectIdentifier, days: int = 36_500) -> Issued:
    """Whose certificate `by` signed for these usages."""
    own = ec.generate_private_key(ec.SECP256R1())
    builder = (
        x509.CertificateBuilder()
        .subject_name(name("OCSP"))
        .issuer_name(by.certificate.subject)
        .public_key(own.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begin)
        .not_valid_after(begin + timedelta(days=days))
    )
    if usages:
        builder = builder.add_extension(x509.ExtendedKeyUsage(usages), critical=False)
    return Issued(builder.sign(by.private, hashes.SHA256()), own)


def delegated(by: Issued, days: int = 36_500) -> Issued:
    return responder(by, ExtendedKeyUsageOID.OCSP_SIGNING, days=days)


@dataclass(frozen=True)
class Says:
    """A response about `leaf`, which `issuer` issued, by `signer` or by the issuer itself."""

    leaf: Issued
    issuer: Issued
    signer: Issued | None = None
    status: Status = Status.GOOD
    this_update: datetime = answered
    next_update: datetime | None = answered + week
    #: It names the issuer, for most responders by SHA-1.
    digest: type[hashes.HashAlgorithm] = hashes.SHA1
    signed: type[hashes.HashAlgorithm] = hashes.SHA256
    with_certificate: bool = True
    extension: x509.ExtensionType | None = None

    def der(self) -> bytes:
        by = self.signer or self.issuer
        revoked = self.status is Status.REVOKED
        builder = (
            ocsp.OCSPResponseBuilder()
            .add_response(
                self.leaf.certificate,
                self.issuer.certificate,
                self.digest(),
                self.status,
                self.this_update,
                self.next_update,
                self.this_update if revoked else None,
                x509.ReasonFlags.key_compromise if revoked else None,
            )
            .responder_id(ocsp.OCSPResponderEncoding.HASH, by.certificate)
        )
        if self.with_certificate and self.signer:
            builder = builder.certificates([self.signer.certificate])
        if self.extension:
            builder = builder.add_extension(self.extension, critical=True)
        return builder.sign(by.private, self.signed()).public_bytes(Encoding.DER)


def refused_to_answer() -> bytes:
    status = ocsp.OCSPResponseStatus.TRY_LATER
    return ocsp.OCSPResponseBuilder.build_unsuccessful(status).public_bytes(Encoding.DER)


def crl(
    by: Issued,
    *revoked: Issued,
    at: datetime = answered,
    until: datetime = answered + week,
    extension: x509.ExtensionType | None = None,
    subject: x509.Name | None = None,
    signed: type[hashes.HashAlgorithm] = hashes.SHA256,
    form: Encoding = Encoding.DER,
) -> bytes:
    builder = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(subject or by.certificate.subject)
        .last_update(at)
        .next_update(until)
    )
    for one in revoked:
        row = x509.RevokedCertificateBuilder().serial_number(one.certificate.serial_number)
        builder = builder.add_revoked_certificate(row.revocation_date(at).build())
    if extension is not None:
        builder = builder.add_extension(extension, critical=True)
    return builder.sign(by.private, signed()).public_bytes(form)


def scope(**told: object) -> x509.IssuingDistributionPoint:
    nothing: dict[str, object] = {
        "full_name": None, "relative_name": None, "only_contains_user_certs": False,
        "only_contains_ca_certs": False, "only_some_reasons": None, "indirect_crl": False,
        "only_contains_attribute_certs": False,
    }  # fmt: skip
    return x509.IssuingDistributionPoint(**{**nothing, **told})  # type: ignore[arg-type]
