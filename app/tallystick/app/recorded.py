"""A bank's record that comes along with the entry that it is evidence of."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

import tallystick.finance as finance
from tallystick.app.bank_files.camt import read_notification
from tallystick.app.files import document_bytes_max, read_bytes, sha256_of
from tallystick.app.people.saying import Person, formed, say_index
from tallystick.ledger import Attachment, Body, TallystickError, reference_to

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
Lines = Annotated[
    list[str] | None,
    typer.Option(
        "--line",
        metavar="1.2.1",
        help="Of a camt.054 with several payments: which is meant (notification, entry, transaction). Only it comes along.",
    ),
]
DigestOnly = Annotated[
    bool, typer.Option("--digest-only", help="Only the SHA-256 of the record is said.")
]


def recorded(data: bytes) -> Attachment:
    """A restricted attachment. Raises `RecordWrong` for what is no record of a bank."""
    kind = finance.bank_records.type_of(data)
    return Attachment(kind, data, secrets.token_bytes(32), "restricted")


class LineNeeded(TallystickError):
    code = "line-needed"
    status = 400
    title = "This notification has payments of others, or not the one that is meant"
    advice = "Name the payment by --line, as `tallystick maturity read-notification` numbers it."


def evidenced(
    file: Path | None, digest_only: bool, lines: list[str] | None = None
) -> tuple[dict[str, Any], tuple[Attachment, ...]]:
    """Fields of the body, and what is sent along; nothing of no file. Of a camt.054 the lines that are meant alone.

    Raises `FileUnreadable`, `RecordWrong`, `NotificationUnreadable` or `LineNeeded`.
    """
    if file is None:
        return {}, ()
    if digest_only and not lines:
        return {"evidence": sha256_of(file)}, ()
    data = read_bytes(file, document_bytes_max)
    if finance.bank_records.type_of(data) == finance.bank_records.camt:
        data = _cut(data, lines or [])
    if digest_only:
        return {"evidence": hashlib.sha256(data).hexdigest()}, ()
    kept = recorded(data)
    told = {"evidence": hashlib.sha256(data).hexdigest(), "record": reference_to(kept)}
    return told, (kept,)


def say_evidenced(
    entry_type: str,
    body: type[Body],
    told: Mapping[str, Any],
    by: Person,
    record: tuple[Path | None, bool, list[str] | None],
) -> None:
    """Say it with the bank's record, and print where it stands. record: the arguments of `evidenced`."""
    said, kept = evidenced(*record)
    say_index(entry_type, formed(body, {**told, **said}), by, kept)


def _cut(data: bytes, lines: list[str]) -> bytes:
    """The lines that are meant; the file as it is, where it is one payment."""
    notification = read_notification(data)
    places = [one.place for one in notification.payments]
    if not lines and len(places) == 1:
        return data
    if not lines or not set(lines) <= set(places):
        raise LineNeeded(f"{len(places)} payments, of which {', '.join(lines) or 'none is named'}")
    return notification.source.excerpt(lines)
