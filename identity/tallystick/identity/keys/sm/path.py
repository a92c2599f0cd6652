"""The path from a certificate of SM2 to a listed CA (RFC 5280 §6.1), the same verdict on every machine.

Checked here, and all of it before any signature:

- every certificate has a key of SM2 and a signature of SM2 with SM3; none of another kind stands between;
- the chain is in order, each the issuer of the one before, up to the CA or to one that the CA issued; by the bytes of
  the names, and by key identifier, serial number and issuer where both sides tell them (§4.2.1.1);
- each is of version 3 and valid at the time, the CA's own too;
- whoever issues is a CA that may sign certificates (§6.1.4 k, n), and has at most so many below it as it says (l, m);
- no critical extension is unknown (§6.1.4 o), and no CA has constraints of names or policies, which nobody here would
  check; policies are any (§6.1.1 c).

Not by OpenSSL's own verifier: which rules that one has differs from version to version, and every auditor must come to
the verdict that the log has. Of libcrypto only the one question is asked whose answer is arithmetic.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

from cryptography import x509
from cryptography.x509.oid import ExtensionOID

from tallystick.identity.keys import certificates
from tallystick.identity.keys.errors import CertificateNotSigned, CertificateRefused
from tallystick.identity.keys.sm import signatures

_known = (ExtensionOID.BASIC_CONSTRAINTS, ExtensionOID.KEY_USAGE)
#: A binding is none of the purposes that have a name, so that none of them rules it out.
_known_of_subject = (*_known, ExtensionOID.EXTENDED_KEY_USAGE)

_unchecked = (x509.NameConstraints, x509.PolicyConstraints)


@dataclass(frozen=True, slots=True)
class Path:
    """From the subject's to the listed CA's own certificate. Who signed is not looked at yet."""

    certificates: tuple[x509.Certificate, ...]

    @property
    def leaf(self) -> x509.Certificate:
        return self.certificates[0]

    def require_signed(self, signature: bytes, message: bytes) -> None:
        """Each by the next, and the message by the first. Raises `CertificateNotSigned` or `SuiteLacking`."""
        for place, (one, issuer) in enumerate(pairwise(self.certificates), 1):
            if not signatures.issued(one, issuer):
                raise CertificateNotSigned(f"certificate {place} is not signed by its issuer's key")
        if not signatures.signed(self.leaf, signature, message):
            raise CertificateNotSigned("the certificate's key did not sign this binding")


def check_anchor(certificate: x509.Certificate) -> None:
    """A CA's own certificate, with key and signature of SM2. Raises `CertificateRefused`."""
    _check_kind([certificate])
    if not _is_ca(certificate):
        raise CertificateRefused("it is no CA's certificate")


def check(chain: Sequence[x509.Certificate], anchor: x509.Certificate, time: str) -> Path:
    """Raises `CertificateRefused`."""
    path = tuple(chain) if chain[-1] == anchor and len(chain) > 1 else (*chain, anchor)
    _check_kind(path)
    if len(path) > certificates.depth_max + 2:
        raise CertificateRefused(f"more than {certificates.depth_max} CAs stand between")
    at = datetime.fromisoformat(time).replace(microsecond=0)
    for place, certificate in enumerate(path, 1):
        if said := _fault(path, place, at):
            subject = certificate.subject.rfc4514_string()[:200]
            raise CertificateRefused(
                f"at {time} it is not valid under this CA: certificate {place} ({subject}) {said}"
            )
    return Path(path)


def _check_kind(path: Sequence[x509.Certificate]) -> None:
    """Raises `CertificateRefused`."""
    for place, one in enumerate(path, 1):
        if signatures.key_of(one) is None or not signatures.one_algorithm(one):
            raise CertificateRefused(
                f"certificate {place} is not of SM2 alone, by key and signature, as all of such a chain are"
            )


def _fault(path: Sequence[x509.Certificate], place: int, at: datetime) -> str:
    """What is wrong with the certificate at this place, the first of which is the subject's; empty: nothing."""
    one = path[place - 1]
    if one.version is not x509.Version.v3:
        return "is not of version 3"
    if not one.not_valid_before_utc <= at <= one.not_valid_after_utc:
        return "is not valid then"
    known = _known_of_subject if place == 1 else _known
    for extension in one.extensions:
        if extension.critical and extension.oid not in known:
            return f"has the critical extension {extension.oid.dotted_string}"
    if place < len(path) and not _is_named_by(path[place], one):
        return "does not name the next one as its issuer"
    return _fault_of_issuer(one, path[1 : place - 1]) if place > 1 else ""


def _fault_of_issuer(one: x509.Certificate, below: Sequence[x509.Certificate]) -> str:
    """`below`: the CAs between it and the subject."""
    if not _is_ca(one):
        return "is no CA's"
    usage = certificates.extension(one, x509.KeyUsage)
    if usage is None or not usage.key_cert_sign:
        return "does not say that its key signs certificates"
    constraints = certificates.extension(one, x509.BasicConstraints)
    length = constraints.path_length if constraints else None
    if length is not None and sum(not _is_self_issued(ca) for ca in below) > length:
        return f"allows {length} CAs below it"
    for kind in _unchecked:
        if certificates.extension(one, kind) is not None:
            return f"has {kind.oid._name}, which are not checked here"
    return ""


def _is_ca(certificate: x509.Certificate) -> bool:
    constraints = certificates.extension(certificate, x509.BasicConstraints)
    return constraints is not None and constraints.ca


def _is_self_issued(certificate: x509.Certificate) -> bool:
    told = signatures.fields(certificate)
    return told.issuer == told.subject


def _is_named_by(issuer: x509.Certificate, one: x509.Certificate) -> bool:
    if signatures.fields(one).issuer != signatures.fields(issuer).subject:
        return False
    told = certificates.extension(one, x509.AuthorityKeyIdentifier)
    if told is None:
        return True
    own = certificates.extension(issuer, x509.SubjectKeyIdentifier)
    if told.key_identifier is not None and own is not None and told.key_identifier != own.digest:
        return False
    serial = told.authority_cert_serial_number
    if serial is not None and serial != issuer.serial_number:
        return False
    names = [n.value for n in told.authority_cert_issuer or () if isinstance(n, x509.DirectoryName)]
    return not names or issuer.issuer in names
