"""What the signatures of a contract's file are worth: valid, untrusted, invalid, none, or seen and not verified."""

from __future__ import annotations

import io
import zipfile
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import pkcs12
from cryptography.x509.oid import NameOID
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import signers
from tests.app.documents import samples

from tallystick.app.documents.errors import DocumentUnreadable
from tallystick.app.documents.sealing import seal_of

now = "2026-03-05T08:00:00.000Z"


@pytest.fixture(scope="module")
def authority() -> tuple[signers.SimpleSigner, bytes]:
    """A signer with a certificate that is its own root, and that in PEM."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Contract signer")])
    today = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(7)
        .not_valid_before(today - timedelta(days=1))
        .not_valid_after(today + timedelta(days=30))
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(
            x509.KeyUsage(
                digital_signature=True,
                content_commitment=True,
                key_encipherment=False,
                data_encipherment=False,
                key_agreement=False,
                key_cert_sign=True,
                crl_sign=True,
                encipher_only=False,
                decipher_only=False,
            ),
            critical=True,
        )
        .sign(key, hashes.SHA256())
    )
    pem = made.public_bytes(serialization.Encoding.PEM)
    signer = signers.SimpleSigner.load_pkcs12_data(_pkcs12(key, made), (), None)
    assert signer is not None
    return signer, pem


def _pkcs12(key: ec.EllipticCurvePrivateKey, certificate: x509.Certificate) -> bytes:
    return pkcs12.serialize_key_and_certificates(
        b"signer", key, certificate, None, serialization.NoEncryption()
    )


@pytest.fixture(scope="module")
def signed(authority: tuple[signers.SimpleSigner, bytes]) -> bytes:
    writer = IncrementalPdfFileWriter(io.BytesIO(samples.with_attachment("terms.txt", b"terms")))
    out = signers.sign_pdf(writer, signers.PdfSignatureMetadata(field_name="Seal"), authority[0])
    return bytes(out.getvalue())


def test_a_signature_is_valid_only_for_who_trusts_its_root(
    signed: bytes, authority: tuple[signers.SimpleSigner, bytes]
) -> None:
    found = seal_of(signed, now, [authority[1]])
    assert (found.verdict, found.signatures, found.whole, found.checked_at) == (
        "valid",
        1,
        True,
        now,
    )
    assert len(found.certificates) == 1
    assert seal_of(signed, now).verdict == "untrusted"


def test_a_changed_file_is_invalid_and_a_plain_one_has_none(
    signed: bytes, authority: tuple[signers.SimpleSigner, bytes]
) -> None:
    changed = signed[:11] + b"X" + signed[12:]
    assert changed != signed
    assert seal_of(changed, now, [authority[1]]).verdict == "invalid"
    assert seal_of(samples.with_attachment("a", b"b"), now).verdict == "none"


def archive(*names: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as box:
        for name in names:
            box.writestr(name, "<x/>")
    return out.getvalue()


def test_seals_of_an_ofd_are_seen_and_not_verified() -> None:
    sealed = archive("OFD.xml", "Doc_0/Signs/Sign_0/Signature.xml")
    assert seal_of(sealed, now).verdict == "seen-not-verified"
    assert seal_of(archive("OFD.xml"), now).verdict == "none"


@pytest.mark.parametrize(
    "data", [b"", b"%PDF-1.7", b"PK\x03\x04 broken", archive("a.txt"), b"GIF89a"]
)
def test_what_is_neither_is_refused(data: bytes) -> None:
    with pytest.raises(DocumentUnreadable):
        seal_of(data, now)
    with pytest.raises(DocumentUnreadable):
        seal_of(samples.with_attachment("a", b"b"), now, [b"no certificate"])
