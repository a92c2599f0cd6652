"""A bank's record that comes along with the entry that it is evidence of."""

from __future__ import annotations

import hashlib
import secrets
from pathlib import Path
from typing import Annotated, Any

import typer

import tallystick.finance as finance
from tallystick.app.files import document_bytes_max, read_bytes, sha256_of
from tallystick.ledger import Attachment, reference_to

EvidenceFile = Annotated[
    Path,
    typer.Option(
        "--evidence",
        metavar="FILE",
        help="The bank's record: a camt.054, or its receipt (电子回单) as PDF or OFD. It comes along, "
        "for the two sides of the payment alone.",
    ),
]
MaybeEvidenceFile = Annotated[
    Path | None,
    typer.Option("--evidence", metavar="FILE", help="The bank's record, which comes along."),
]
Amount = Annotated[
    str, typer.Argument(metavar="AMOUNT", help="In units of the currency: 7,210.00.")
]
Currency = Annotated[str, typer.Option(help="ISO 4217 code.")]
DigestOnly = Annotated[
    bool, typer.Option("--digest-only", help="Only the SHA-256 of the record is said.")
]


def recorded(data: bytes) -> Attachment:
    """A restricted attachment. Raises `RecordWrong` for what is no record of a bank."""
    kind = finance.bank_records.type_of(data)
    return Attachment(kind, data, secrets.token_bytes(32), "restricted")


def evidenced(
    file: Path | None, digest_only: bool
) -> tuple[dict[str, Any], tuple[Attachment, ...]]:
    """Fields of the body, and what is sent along; nothing of no file. Raises `FileUnreadable` or `RecordWrong`."""
    if file is None:
        return {}, ()
    if digest_only:
        return {"evidence": sha256_of(file)}, ()
    data = read_bytes(file, document_bytes_max)
    kept = recorded(data)
    told = {"evidence": hashlib.sha256(data).hexdigest(), "record": reference_to(kept)}
    return told, (kept,)
