"""What the electronic signatures of a contract's file are worth, looked at once and kept as evidence of that time.

PDF signatures are verified by pyHanko against the authorities that whoever asks trusts. Nothing is fetched: no
revocation list, no time stamp server; the verdict says what the file alone shows. OFD (GB/T 33190) seals are seen and
not verified, since no kept library verifies them.
"""

from __future__ import annotations

import hashlib
import io
import struct
import zipfile
import zlib
from collections.abc import Sequence
from typing import Any

from pyhanko.keys import load_certs_from_pemder_data
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.general import SigningError
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko.sign.validation.errors import SignatureValidationError
from pyhanko_certvalidator import ValidationContext
from pyhanko_certvalidator.errors import PathError

import tallystick.finance as finance
from tallystick.app.documents.confined import Overrun, confined
from tallystick.app.documents.errors import DocumentUnreadable

checker = "pyhanko"
signatures_max = 20
ofd_members_max = 10_000
_broken = (
    PdfError, ArithmeticError, AttributeError, LookupError, TypeError, ValueError, RecursionError, OSError,
    AssertionError, NotImplementedError, struct.error, zlib.error,
)  # fmt: skip
_failed = (SignatureValidationError, SigningError, PathError, *_broken)


def seal_of(data: bytes, now: str, trusted: Sequence[bytes] = ()) -> finance.Seal:
    """The verdict on a PDF's or OFD's signatures at `now`; raises `DocumentUnreadable` for anything else."""
    if data.startswith(b"%PDF-"):
        try:
            return confined(_pdf, data, now, tuple(trusted))
        except Overrun as error:
            raise DocumentUnreadable(f"PDF: {error}") from None
    if data.startswith(b"PK\x03\x04"):
        return _ofd(data, now)
    raise DocumentUnreadable("neither a PDF nor an OFD")


def _pdf(data: bytes, now: str, trusted: Sequence[bytes]) -> finance.Seal:
    try:
        roots = [one for pem in trusted for one in load_certs_from_pemder_data(pem)]
    except (ValueError, TypeError) as error:
        raise DocumentUnreadable(f"a trusted certificate: {error}") from None
    try:
        signatures = PdfFileReader(io.BytesIO(data), strict=False).embedded_signatures
    except _broken as error:
        raise DocumentUnreadable(f"PDF: {type(error).__name__}") from None
    if not signatures:
        return finance.Seal(verdict="none", checked_at=now, checker=checker)
    context = ValidationContext(trust_roots=roots, allow_fetching=False)
    verdicts, certificates, whole = set[str](), list[str](), False
    for signature in signatures[:signatures_max]:
        verdict, covers, certificate = _one(signature, context)
        verdicts.add(verdict)
        whole = whole or covers
        certificates += [certificate] if certificate else []
    worst: Any = next(one for one in ("invalid", "untrusted", "valid") if one in verdicts)
    return finance.Seal(
        verdict=worst if len(signatures) <= signatures_max else "invalid",
        checked_at=now,
        checker=checker,
        signatures=min(len(signatures), 100),
        whole=whole,
        certificates=tuple(dict.fromkeys(certificates)),
    )


def _one(signature: Any, context: ValidationContext) -> tuple[str, bool, str]:
    """(verdict, whether it covers the whole file, digest of the signer's certificate)."""
    try:
        status = validate_pdf_signature(signature, context)
        digest = hashlib.sha256(status.signing_cert.dump()).hexdigest()
        whole = status.coverage is not None and status.coverage.name == "ENTIRE_FILE"
        if not (status.intact and status.valid):
            return "invalid", whole, digest
        return ("valid" if status.bottom_line else "untrusted"), whole, digest
    except _failed:
        return "invalid", False, ""


def _ofd(data: bytes, now: str) -> finance.Seal:
    """Seals of an OFD stand in `Signs/…/Signature.xml`."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as box:
            names = box.namelist()[:ofd_members_max]
    except (zipfile.BadZipFile, ValueError, OSError) as error:
        raise DocumentUnreadable(f"OFD: {type(error).__name__}") from None
    if "OFD.xml" not in names:
        raise DocumentUnreadable("the archive is no OFD: it has no OFD.xml")
    seals = sum(name.lower().endswith("signature.xml") for name in names)
    verdict: Any = "seen-not-verified" if seals else "none"
    return finance.Seal(verdict=verdict, checked_at=now, checker="ofd", signatures=min(seals, 100))
