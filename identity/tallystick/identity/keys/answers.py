"""What a CA answered about a certificate, looked at once, when the entry comes in.

An OCSP response (RFC 6960 §3.2) or a CRL (RFC 5280 §6.3) counts if the issuer of the certificate signed it, or for OCSP
a responder whose certificate the same issuer signed for that purpose (RFC 6960 §4.2.2.2); if it is about this
certificate and says that it is not revoked; and if its `thisUpdate`, at which the CA knew this, is the time that the
entry states. Not looked at: whether the responder's own certificate was revoked.

Rules never depend on it (formats §2). That the issuer stands under a listed CA, and how old an answer may be, is
decided by the rule.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.x509 import ocsp
from cryptography.x509.oid import ExtendedKeyUsageOID

from tallystick.identity.keys import certificates, sm
from tallystick.identity.keys.bodies import BindKey
from tallystick.identity.keys.errors import (
    AnswerNotSigned,
    AnswerOfAnother,
    AnswerTimeWrong,
    AnswerUnreadable,
    CertificateRevoked,
)

answer_bytes_max = 4 << 20
_hashes = (hashes.SHA256, hashes.SHA384, hashes.SHA512)


@dataclass(frozen=True, slots=True)
class CaAnswer:
    """Of which kind an answer is, and its `thisUpdate`; the newest, where a response has several."""

    kind: Literal["ocsp", "crl"]
    time: str


def admit(body: BindKey, attached: Mapping[str, bytes]) -> None:
    """Raises the errors `Answer…`, `CertificateRevoked`, and `CertificateRefused` for a chain or key that is none."""
    status = body.status
    if status is None:
        return
    data = attached[status.answer.hash]
    leaf, issuer = _issued(body)
    try:
        if status.kind == "ocsp":
            time = _check_response(read_ocsp(data), leaf, issuer)
        else:
            time = _check_list(read_crl(data), leaf, issuer)
    except certificates.unreadable as error:
        raise AnswerUnreadable(f"a field of it cannot be understood: {error}") from None
    if time != status.time:
        raise AnswerTimeWrong(f"it is of {time}, and the entry says {status.time}")


def read_ca_answer(data: bytes) -> CaAnswer:
    """What an answer says of itself; nothing is verified. Raises `AnswerUnreadable`."""
    try:
        times = [one.this_update_utc for one in read_ocsp(data).responses]
        return CaAnswer("ocsp", certificates.instant(max(times)))
    except (AnswerUnreadable, *certificates.unreadable):
        return CaAnswer("crl", certificates.instant(read_crl(data).last_update_utc))


def read_ocsp(data: bytes) -> ocsp.OCSPResponse:
    """A response in DER that answers. Raises `AnswerUnreadable`."""
    _check_size(data)
    try:
        response = ocsp.load_der_ocsp_response(data)
    except certificates.unreadable as error:
        raise AnswerUnreadable(f"it is no OCSP response in DER: {error}") from None
    if response.response_status is not ocsp.OCSPResponseStatus.SUCCESSFUL:
        raise AnswerUnreadable(f"the responder gave no answer: {response.response_status.name}")
    return response


def read_crl(data: bytes) -> x509.CertificateRevocationList:
    """A list in DER or PEM. Raises `AnswerUnreadable`."""
    _check_size(data)
    in_pem = data.lstrip().startswith(b"-----BEGIN")
    try:
        return x509.load_pem_x509_crl(data) if in_pem else x509.load_der_x509_crl(data)
    except certificates.unreadable as error:
        raise AnswerUnreadable(f"it is no CRL in DER or PEM: {error}") from None


def _check_size(data: bytes) -> None:
    if len(data) > answer_bytes_max:
        raise AnswerUnreadable(f"it has {len(data)} bytes, more than {answer_bytes_max}")


def _issued(body: BindKey) -> tuple[x509.Certificate, x509.Certificate]:
    """The certificate, and the one behind it in the chain, which issued it."""
    if len(body.chain) == 1:
        raise AnswerNotSigned("its issuer's certificate is not in the chain, behind its own")
    leaf, issuer = (certificates.read(one) for one in body.chain[:2])
    if not _issued_by(leaf, issuer):
        raise AnswerNotSigned("the second certificate of the chain did not issue the first")
    return leaf, issuer


def _check_response(
    response: ocsp.OCSPResponse, leaf: x509.Certificate, issuer: x509.Certificate
) -> str:
    """Its time. Only the answer about this certificate is looked at, of several."""
    _check_extensions(response.extensions)
    _check_kind(response.signature_algorithm_oid, issuer)
    _check_responder(response, issuer)
    about = [one for one in response.responses if _is_about(one, leaf, issuer)]
    if len(about) != 1:
        raise AnswerOfAnother(f"{len(about)} of its answers are about this certificate")
    (one,) = about
    if one.certificate_status is not ocsp.OCSPCertStatus.GOOD:
        raise CertificateRevoked(f"the responder says {one.certificate_status.name.lower()}")
    return _time(one.this_update_utc, one.next_update_utc)


def _check_kind(signed_with: x509.ObjectIdentifier, issuer: x509.Certificate) -> None:
    if (signed_with == sm.algorithm) != sm.is_sm2(issuer):
        raise AnswerNotSigned("of the certificate's issuer and the answer one alone is of SM2")


def _is_about(
    one: ocsp.OCSPSingleResponse, leaf: x509.Certificate, issuer: x509.Certificate
) -> bool:
    said = (one.serial_number, one.issuer_name_hash, one.issuer_key_hash)
    try:
        digest = one.hash_algorithm
    except UnsupportedAlgorithm:
        # That of SM3 among them.
        if not sm.is_sm2(issuer):
            raise
        return said == (leaf.serial_number, *sm.named_by_sm3(issuer))
    asked = ocsp.OCSPRequestBuilder().add_certificate(leaf, issuer, digest).build()
    return said == (asked.serial_number, asked.issuer_name_hash, asked.issuer_key_hash)


def _check_responder(response: ocsp.OCSPResponse, issuer: x509.Certificate) -> None:
    if _signed_by(issuer, response):
        return
    for one in response.certificates:
        if _signed_by(one, response):
            _check_delegated(one, issuer, response.produced_at_utc)
            return
    raise AnswerNotSigned(
        "neither the certificate's issuer nor a responder that it names signed it"
    )


def _check_delegated(one: x509.Certificate, issuer: x509.Certificate, at: datetime) -> None:
    if not _issued_by(one, issuer):
        raise AnswerNotSigned("the responder's certificate is of another issuer")
    usage = certificates.extension(one, x509.ExtendedKeyUsage)
    if usage is None or ExtendedKeyUsageOID.OCSP_SIGNING not in usage:
        raise AnswerNotSigned("the responder's certificate is not for signing OCSP responses")
    if not one.not_valid_before_utc <= at <= one.not_valid_after_utc:
        raise AnswerNotSigned("the responder's certificate was not valid when it answered")


def _signed_by(one: x509.Certificate, response: ocsp.OCSPResponse) -> bool:
    if response.signature_algorithm_oid == sm.algorithm:
        return sm.signed(one, response.signature, response.tbs_response_bytes)
    if not isinstance(response.signature_hash_algorithm, _hashes):
        raise AnswerNotSigned("it is not signed over SHA-256, SHA-384 or SHA-512")
    return certificates.verifies(
        one, response.signature, response.tbs_response_bytes, response.signature_hash_algorithm
    )


def _check_list(
    listed: x509.CertificateRevocationList, leaf: x509.Certificate, issuer: x509.Certificate
) -> str:
    """Its time. Whole lists of the issuer itself, for all reasons, that cover this certificate."""
    if listed.issuer != issuer.subject:
        raise AnswerOfAnother(f"it is a list of {listed.issuer.rfc4514_string()[:200]}")
    _check_kind(listed.signature_algorithm_oid, issuer)
    usage = certificates.extension(issuer, x509.KeyUsage)
    if usage is not None and not usage.crl_sign:
        raise AnswerNotSigned("the issuer's key is not for signing CRLs")
    if not _is_signed(listed, issuer):
        raise AnswerNotSigned("the certificate's issuer did not sign it")
    _check_extensions(listed.extensions)
    _check_scope(listed, leaf)
    if listed.get_revoked_certificate_by_serial_number(leaf.serial_number) is not None:
        raise CertificateRevoked("the list has its serial number")
    return _time(listed.last_update_utc, listed.next_update_utc)


def _is_signed(listed: x509.CertificateRevocationList, issuer: x509.Certificate) -> bool:
    if listed.signature_algorithm_oid == sm.algorithm:
        told = sm.one_algorithm(listed)
        return told and sm.signed(issuer, listed.signature, listed.tbs_certlist_bytes)
    if not isinstance(listed.signature_hash_algorithm, _hashes):
        raise AnswerNotSigned("it is not signed over SHA-256, SHA-384 or SHA-512")
    return listed.is_signature_valid(certificates.public_key(issuer))


def _check_scope(listed: x509.CertificateRevocationList, leaf: x509.Certificate) -> None:
    for extension in listed.extensions:
        scope = extension.value
        if isinstance(scope, x509.DeltaCRLIndicator):
            raise AnswerOfAnother("it is a delta CRL, which says only what changed")
        if not isinstance(scope, x509.IssuingDistributionPoint):
            continue
        partial = (
            scope.indirect_crl, scope.only_contains_ca_certs, scope.only_contains_attribute_certs,
            scope.only_some_reasons, scope.relative_name,
        )  # fmt: skip
        if any(partial) or (scope.full_name and not set(scope.full_name) & _points(leaf)):
            raise AnswerOfAnother("the list says that it does not cover this certificate")


def _points(leaf: x509.Certificate) -> set[x509.GeneralName]:
    """Where the certificate says that its lists are found."""
    points = certificates.extension(leaf, x509.CRLDistributionPoints) or ()
    return {one for point in points for one in point.full_name or ()}


def _time(since: datetime, until: datetime | None) -> str:
    if until is not None and until < since:
        raise AnswerTimeWrong("the next one is announced for before it")
    return certificates.instant(since)


def _check_extensions(found: x509.Extensions) -> None:
    """RFC 5280 §5.2: who does not know a critical extension must not use the answer."""
    for one in found:
        if one.critical and isinstance(one.value, x509.UnrecognizedExtension):
            raise AnswerUnreadable(f"it has the critical extension {one.oid.dotted_string}")


def _issued_by(one: x509.Certificate, issuer: x509.Certificate) -> bool:
    if sm.is_sm2(issuer):
        return sm.issued(one, issuer)
    try:
        one.verify_directly_issued_by(issuer)
    except (InvalidSignature, *certificates.unreadable):
        return False
    return True
