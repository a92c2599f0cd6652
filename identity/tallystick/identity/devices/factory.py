"""Factory identities of devices: IDevID certificates of IEEE 802.1AR, verified offline and without a clock.

What comes along as an attachment is JSON: {"chain": [base64 DER, the device's first, the factory's root last],
"signature": base64}. The signature is the factory key's over `statement`, which names the key that is enrolled: a
copied certificate proves nothing. The chain is verified (RFC 5280 §6.1, by `cryptography`) as of the earliest time
at which all of it was valid, so that every replica answers alike; whether it is valid *today* is asked by whoever
approves (`valid_at`).
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.x509 import verification
from cryptography.x509.oid import NameOID
from pydantic import Field, ValidationError

from tallystick.ledger import Body, PublicKey, TallystickError, keys

media_type = "application/vnd.tallystick.idevid+json"
certificates_max = 5
certificate_bytes_max = 8192
signature_bytes_max = 1024
proof_bytes_max = 65_536
_context = b"tallystick/device-factory/v1\n"
#: What `cryptography` raises at certificates that it cannot read, most of it when a field is asked for.
_unreadable = (
    ValueError,
    TypeError,
    x509.InvalidVersion,
    x509.DuplicateExtension,
    x509.UnsupportedGeneralNameType,
    UnsupportedAlgorithm,
)


class FactoryRefused(TallystickError):
    code = "factory-identity-refused"
    status = 422
    title = "The factory certificate does not prove this device"
    advice = (
        "Send the certificate chain from the device's IDevID to the factory's root, and let the factory key "
        "sign for the key that is enrolled."
    )


class Proof(Body):
    """The attachment, as JSON."""

    chain: Annotated[
        tuple[Annotated[str, Field(max_length=4 * certificate_bytes_max)], ...],
        Field(min_length=2, max_length=certificates_max),
    ]
    signature: Annotated[str, Field(min_length=4, max_length=2 * signature_bytes_max)]


@dataclass(frozen=True, slots=True)
class Proven:
    """What a proof shows: digests for the entry, and for whom it approves the names in the certificates."""

    ca: str
    certificate: str
    serial: str
    subject: str
    issuer: str
    not_before: datetime
    not_after: datetime


def statement(jwk: Mapping[str, str]) -> bytes:
    """What the factory key signs: that this key is the device's. Raises `KeyRefused`."""
    return _context + PublicKey.from_jwk(jwk).fingerprint().encode()


def examine(data: bytes, jwk: Mapping[str, str]) -> Proven:
    """What the attachment proves of the device with this key; raises `FactoryRefused`."""
    proof = _read(data)
    try:
        return _shown(proof, jwk)
    except _unreadable as error:
        raise FactoryRefused(f"a certificate cannot be understood: {error}") from None


def _shown(proof: Proof, jwk: Mapping[str, str]) -> Proven:
    certificates = [_certificate(text) for text in proof.chain]
    leaf, root = certificates[0], certificates[-1]
    _verify_chain(certificates)
    _verify_signature(leaf, _base64(proof.signature), jwk)
    serials = leaf.subject.get_attributes_for_oid(NameOID.SERIAL_NUMBER)
    if len(serials) != 1:
        raise FactoryRefused("the certificate's subject has no serialNumber (IEEE 802.1AR §8.6)")
    ca = digest(root)
    told = hashlib.sha256(ca.encode() + b"\x00" + str(serials[0].value).encode()).hexdigest()
    return Proven(
        ca,
        digest(leaf),
        told,
        leaf.subject.rfc4514_string(),
        leaf.issuer.rfc4514_string(),
        max(one.not_valid_before_utc for one in certificates),
        min(one.not_valid_after_utc for one in certificates),
    )


def valid_at(proven: Proven, time_ms: int) -> bool:
    """Whether all certificates are valid at this time."""
    return proven.not_before <= datetime.fromtimestamp(time_ms / 1000, UTC) <= proven.not_after


def digest(certificate: x509.Certificate) -> str:
    """Hex SHA-256 of the DER."""
    return certificate.fingerprint(hashes.SHA256()).hex()


def read_pem(data: bytes) -> list[x509.Certificate]:
    """Certificates of a PEM file, in its order; raises `FactoryRefused`."""
    try:
        return x509.load_pem_x509_certificates(data)
    except _unreadable as error:
        raise FactoryRefused(f"no certificates in PEM: {error}") from None


def make(chain: list[x509.Certificate], signature: bytes) -> Proof:
    """The proof of a device; `signature` is its factory key's over `statement`."""
    encoded = [
        base64.b64encode(one.public_bytes(serialization.Encoding.DER)).decode() for one in chain
    ]
    return Proof(chain=tuple(encoded), signature=base64.b64encode(signature).decode())


def _read(data: bytes) -> Proof:
    if len(data) > proof_bytes_max:
        raise FactoryRefused(f"at most {proof_bytes_max} bytes")
    try:
        return Proof.model_validate_json(data)
    except ValidationError:
        raise FactoryRefused("it has the members chain and signature") from None


def _base64(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except ValueError:
        raise FactoryRefused("this is no base64") from None


def _certificate(text: str) -> x509.Certificate:
    found = x509.load_der_x509_certificate(_base64(text))
    found.extensions  # noqa: B018 - parsed when asked for; what cannot be parsed is refused here
    return found


def _verify_chain(certificates: list[x509.Certificate]) -> None:
    leaf, *between, root = certificates
    try:
        root.verify_directly_issued_by(root)
    except (InvalidSignature, *_unreadable):
        raise FactoryRefused("the last certificate is no root: it did not sign itself") from None
    anything = verification.ExtensionPolicy.permit_all()
    builder = (
        verification.PolicyBuilder()
        .store(verification.Store([root]))
        .time(max(one.not_valid_before_utc for one in certificates))
        .max_chain_depth(certificates_max)
        .extension_policies(
            ca_policy=verification.ExtensionPolicy.webpki_defaults_ca(), ee_policy=anything
        )
    )
    try:
        builder.build_client_verifier().verify(leaf, between)
    except verification.VerificationError as error:
        raise FactoryRefused(f"the chain does not verify: {error}") from None


def _verify_signature(leaf: x509.Certificate, signature: bytes, jwk: Mapping[str, str]) -> None:
    try:
        message = statement(jwk)
        key = leaf.public_key()
        if isinstance(key, ed25519.Ed25519PublicKey):
            key.verify(signature, message)
        elif isinstance(key, ec.EllipticCurvePublicKey):
            key.verify(signature, message, ec.ECDSA(hashes.SHA256()))
        elif isinstance(key, rsa.RSAPublicKey):
            key.verify(signature, message, padding.PKCS1v15(), hashes.SHA256())
        else:
            raise FactoryRefused(f"no signature by a {type(key).__name__} is understood")
    except keys.KeyRefused as error:
        raise FactoryRefused(error.detail) from None
    except (InvalidSignature, ValueError):
        raise FactoryRefused("the factory key did not sign for the key that is enrolled") from None
