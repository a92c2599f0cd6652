"""The pack of a claim: everything that the insurer asks for, in one ZIP, as the insured may read it.

README.txt       what is in it, and how the proofs are verified
claim.json       notice, claim, decision, payment
cover.json       terms, declarations, what is insured
holdings.json    the certificate as the insured sees it: holdings, financings, claims, payments
delivery.json    the receipts on which its units rest, where the insured sees them
arrears.json     since when the debtor is late, and what it owes for it
papers/*.pdf     undertaking, assignment, notice of assignment: those that the insured can have
evidence.tally   the promise and all these entries with their proofs, which `tallystick verify` checks offline
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator, Mapping
from typing import Any, cast

from pydantic import BaseModel

import tallystick.finance as finance
from tallystick.app.access import Reading
from tallystick.app.bundles.make import of_claim
from tallystick.app.leaving import bundled
from tallystick.app.papers import gather
from tallystick.app.settings import Settings
from tallystick.finance import papers
from tallystick.ledger import (
    NotReadable,
    Reader,
    Snapshot,
    auditor_reader,
    canonical,
    log_verifier,
)

Row = Mapping[str, Any]
bundle_file = "evidence.tally"
#: The first instant that a ZIP can name: the same claim gives the same bytes.
_date = (1980, 1, 1, 0, 0, 0)
_readme = """Claim {claim}
Certificate {certificate}
Log {origin}

{files}

The JSON files and papers say what {bundle} proves. Verify it without this node, with the log's key as its operator
published it:

    tallystick verify {bundle} --log-key {key}
"""


def reader_of(snapshot: Snapshot, settings: Settings, name: str) -> Reader:
    """The insured of a claim, who takes the pack to its insurer. Raises `NotReadable`."""
    row = finance.views.insurance_claim(Reading(snapshot, auditor_reader), name).row
    return bundled(snapshot, settings, Reader.party(row["insured"]), row["insurer"], "")


def packed(reading: Reading, name: str, language: papers.Language, base_url: str) -> bytes:
    """The ZIP's bytes. Raises `NotReadable`, and what papers and bundles refuse."""
    found = finance.views.insurance_claim(reading, name)
    certificate = str(found.row["certificate"])
    cover = finance.views.cover(reading, found.row["cover"])
    view = finance.views.certificate(reading, certificate)
    backing = _backing(reading, certificate)
    arrears = cast("dict[str, Any]", reading.view.get("arrears", certificate) or {})
    files = {
        "claim.json": _encoded(finance.NoticeModel.of(found)),
        "cover.json": _encoded(finance.CoverModel.of(cover)),
        "holdings.json": _encoded(finance.CertificateModel.of(view)),
        "delivery.json": _encoded(finance.LineageModel.of(certificate, backing)),
        "arrears.json": canonical.encode(arrears),
    }
    for one in gather.available(view):
        about = "" if one.hop is None else f"-{one.hop}"
        data = gather.made(reading, certificate, one.kind, language, base_url, one.hop)
        files[f"papers/{one.kind}{about}.pdf"] = data
    indexes = {*_of_cover(cover, certificate), *_of_claim(reading, found), *_of_payments(view)}
    indexes |= {*_of_issue(reading, certificate)}
    indexes |= {receipt.index for row in backing for receipt in row.receipts}
    files[bundle_file] = of_claim(reading.snapshot, reading.reader, certificate, indexes)
    files["README.txt"] = _explained(reading.snapshot, name, certificate, files).encode()
    return _zipped(files)


def _backing(reading: Reading, certificate: str) -> tuple[finance.Backing, ...]:
    """The deliveries behind its units; nothing for a holder who sees none of the trade."""
    try:
        return finance.views.lineage(reading, certificate)
    except NotReadable:
        return ()


def _of_issue(reading: Reading, certificate: str) -> Iterator[int]:
    head = cast(Row, reading.view.get("certificate", certificate))
    yield head["index"]
    if "proposal" in head:
        yield cast(Row, reading.view.get("proposal", head["proposal"]))["index"]


def _of_cover(cover: finance.views.CoverView, certificate: str) -> Iterator[int]:
    yield from (cover.row[step] for step in ("index", "offered", "answered"))
    for one in cover.declarations.values():
        if one["certificate"] == certificate:
            yield one["index"]


def _of_claim(reading: Reading, found: finance.views.NoticeView) -> Iterator[int]:
    """Notice, claim, and the decision by two persons."""
    yield found.row["index"]
    claim = found.claim or {}
    yield from (claim[step] for step in ("index", "decided", "settled") if step in claim)
    if "decision" in claim:
        asked = cast(Row, reading.view.get("decision-proposal", claim["decision"]))
        yield asked["index"]


def _of_payments(view: finance.CertificateView) -> Iterator[int]:
    yield from (row["index"] for row in view.payouts)
    yield from (row["index"] for row in view.financings)


def _encoded(model: BaseModel) -> bytes:
    return canonical.encode(model.model_dump(mode="json"))


def _explained(snapshot: Snapshot, name: str, certificate: str, files: Mapping[str, bytes]) -> str:
    genesis: Any = snapshot.view.get("log", "genesis")
    return _readme.format(
        claim=name,
        certificate=certificate,
        origin=genesis["origin"],
        files="\n".join(sorted(files)),
        bundle=bundle_file,
        key=log_verifier(snapshot.view).encode(),
    )


def _zipped(files: Mapping[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(files):
            archive.writestr(zipfile.ZipInfo(name, _date), files[name], zipfile.ZIP_DEFLATED)
    return out.getvalue()
