"""A factory that gives its devices certificates (IEEE 802.1AR), for tests."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.x509.oid import NameOID

from tallystick.identity import devices

Key = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey
since = datetime(2025, 1, 1, tzinfo=UTC)
#: What an IDevID has that is valid as long as its device (IEEE 802.1AR §8.7).
for_ever = datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)


def _key() -> Key:
    return ec.generate_private_key(ec.SECP256R1())


def _name(name: str, serial: str | None = None) -> x509.Name:
    told = [x509.NameAttribute(NameOID.COMMON_NAME, name)]
    if serial is not None:
        told.append(x509.NameAttribute(NameOID.SERIAL_NUMBER, serial))
    return x509.Name(told)


@dataclass
class Factory:
    """A root, and one authority under it."""

    name: str = "Works"
    root_key: Key = field(default_factory=_key)
    key: Key = field(default_factory=_key)

    def __post_init__(self) -> None:
        root = _name(f"{self.name} root")
        self.root = self._made(root, root, self.root_key, self.root_key, depth=1)
        self.authority = self._made(
            _name(f"{self.name} line"), root, self.key, self.root_key, depth=0
        )

    @property
    def ca(self) -> str:
        return devices.factory.digest(self.root)

    def device(
        self,
        serial: str | None = "SN-4711",
        key: Key | None = None,
        until: datetime = for_ever,
    ) -> Made:
        own = key or _key()
        subject = _name("IDevID", serial)
        leaf = self._made(subject, self.authority.subject, own, self.key, until=until)
        return Made(own, [leaf, self.authority, self.root])

    def _made(
        self,
        subject: x509.Name,
        issuer: x509.Name,
        key: Key,
        by: Key,
        depth: int | None = None,
        until: datetime = for_ever,
    ) -> x509.Certificate:
        ca = depth is not None
        usage = x509.KeyUsage(
            digital_signature=not ca, key_cert_sign=ca, crl_sign=ca, content_commitment=False,
            key_encipherment=False, data_encipherment=False, key_agreement=False,
            encipher_only=False, decipher_only=False,
        )  # fmt: skip
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(issuer)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(since)
            .not_valid_after(until)
            .add_extension(x509.BasicConstraints(ca, depth), critical=True)
            .add_extension(usage, critical=True)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(by.public_key()), critical=False
            )
            .add_extension(
                x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False
            )
            .sign(by, hashes.SHA256())
        )


@dataclass
class Made:
    """A device as it leaves the factory: its key, and the chain to the root."""

    key: Key
    chain: list[x509.Certificate]

    def proof(self, jwk: Mapping[str, str]) -> devices.factory.Proof:
        message = devices.factory.statement(jwk)
        if isinstance(self.key, rsa.RSAPrivateKey):
            signature = self.key.sign(message, padding.PKCS1v15(), hashes.SHA256())
        else:
            signature = self.key.sign(message, ec.ECDSA(hashes.SHA256()))
        return devices.factory.make(self.chain, signature)
