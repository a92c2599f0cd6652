"""Which entries a paper rests on, and whether their signatures verify: gathered for one reader, then written."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, cast

import tallystick.finance as finance
from tallystick.app.access import Reading
from tallystick.app.pages import links
from tallystick.app.pages.evidence import examine
from tallystick.app.pages.records import firm_names
from tallystick.app.papers.drawing import Typeface, draw
from tallystick.finance import CertificateView, papers
from tallystick.ledger import View
from tallystick.scanners import system_font

Row = Mapping[str, Any]
#: A settlement names at most so many payments; more were made in more papers than anybody reads.
entries_max = 200


@dataclass(frozen=True, slots=True)
class Available:
    """A paper that can be had: `hop` is the entry of the assignment it is about."""

    kind: papers.PaperKind
    hop: int | None = None


def available(view: CertificateView) -> tuple[Available, ...]:
    """The papers of a certificate as its reader sees it."""
    if view.head["status"] in ("refused", "lapsed"):
        return ()
    # The undertaking names original holder and invoice, which are not for later holders (`visibility`).
    found = [Available("undertaking")] if "holder" in view.head else []
    own = {row["index"] for row in (*view.transfers, *view.financings)}
    for index in sorted(own | view.noticed.keys()):
        found += [Available("assignment", index)] if index in own else []
        found.append(Available("notice", index))
    if view.head["status"] == "settled" and "holder" in view.head:
        found.append(Available("settlement"))
    return tuple(found)


def made(
    reading: Reading,
    name: str,
    kind: papers.PaperKind,
    language: papers.Language,
    base_url: str,
    hop: int | None = None,
) -> bytes:
    """The PDF. Raises `NotReadable`, `PaperMissing`, `PaperFontMissing` or `PaperNotSealed`."""
    font = system_font()
    if font is None:
        raise papers.PaperFontMissing("Noto Sans CJK, Source Han Sans or another one")
    paper = papers.write(facts(reading, name, kind, language, base_url, hop), language)
    return draw(paper, Typeface(font.path, font.number))


def facts(
    reading: Reading,
    name: str,
    kind: papers.PaperKind,
    language: papers.Language,
    base_url: str,
    hop: int | None = None,
) -> papers.Facts:
    """Everything that the paper says, for who may read the certificate."""
    view = finance.views.certificate(reading, name)
    if kind in ("undertaking", "settlement") and "holder" not in view.head:
        raise papers.PaperMissing(f"{name}: it names original holder and invoice")
    moved = None if kind not in ("assignment", "notice") else _hop(reading, view, kind, hop)
    acts = list(_acts(reading.view, view, kind, moved))
    checkpoint = reading.snapshot.checkpoint()
    if checkpoint is None or any(index >= checkpoint[0] for _, index, _ in acts):
        raise papers.PaperNotSealed(name)
    rows = [signed(reading, act, index) for act, index, _ in acts]
    head, origin = view.head, checkpoint[1].split("\n", 1)[0]
    waiver = None if "waiver" not in head else finance.policies.waiver(reading.view, head["waiver"])
    name_of = firm_names(reading.view, language)
    handles = {head["issuer"], head.get("holder", head["issuer"]), head["paying_bank"]}
    handles |= {row["holder"] for row in view.payouts}
    handles |= set() if moved is None else {moved.giver, moved.taker}
    return papers.Facts(
        kind=kind,
        certificate=name,
        head=head,
        names={handle: name_of(handle) for handle in handles},
        entries=tuple(rows),
        signing=tuple(index for _, index, seals in acts if seals),
        origin=origin,
        size=checkpoint[0],
        root=reading.snapshot.root_at(checkpoint[0]).hex(),
        lookup=base_url.rstrip("/") + links.entry_url(head["index"]),
        pays_on=view.payment.on,
        hop=moved,
        payouts=_paid(view) if kind == "settlement" else (),
        waiver=waiver,
        simulated=origin.endswith("/simulated"),
    )


def _paid(certificate: CertificateView) -> tuple[Row, ...]:
    """Payments that did not come back."""
    return tuple(row for row in certificate.payouts if "returned" not in row)


def _acts(
    view: View, certificate: CertificateView, kind: papers.PaperKind, hop: papers.Hop | None
) -> Iterator[tuple[str, int, bool]]:
    """(act, entry, whether it is of whoever would seal this paper), in the order of the log."""
    whole = cast(Row, view.get("certificate", certificate.name))
    found = list(issue_acts(view, whole, kind == "undertaking"))
    if kind == "settlement":
        paid = {row["index"] for row in _paid(certificate)}
        if len(paid) > entries_max:
            raise papers.PaperMissing(f"{len(paid)} payments")
        found += [("paid", index, True) for index in paid]
    if hop is not None:
        found += list(_assigning(certificate, kind, hop, view))
    yield from sorted(set(found), key=lambda act: act[1])


def issue_acts(view: View, head: Row, seals: bool) -> Iterator[tuple[str, int, bool]]:
    if "policy" in head:
        policy = cast(Row, view.get("standing-policy", head["policy"]))
        yield "policy-proposed", policy["proposed"], seals
        yield "policy-approved", policy["index"], seals
        yield "policy-confirmed", head["index"], seals
    else:
        proposal = cast(Row, view.get("proposal", head["proposal"]))
        yield "proposed", proposal["index"], seals
        yield "approved", head["index"], seals
    if "waiver" in head:
        waiver = finance.policies.waiver(view, head["waiver"])
        if waiver is not None:
            yield "waiver", waiver["index"], False
    if head.get("erp", {}).get("status") == "confirmed":
        yield "erp", head["erp"]["index"], False
    if "accepted" in head:
        yield "accepted", head["accepted"], False


def _assigning(
    certificate: CertificateView, kind: papers.PaperKind, hop: papers.Hop, view: View
) -> Iterator[tuple[str, int, bool]]:
    """A notice that was given is sealed by who gave it, an agreement by who offered."""
    given = hop.noticed if kind == "notice" else None
    for row in certificate.transfers:
        if row["index"] == hop.index:
            offer = cast(Row, view.get("offer", row["offer"]))
            yield "offered", offer["index"], given is None
    if hop.financing is not None:
        for act, index, seals in _quoted(view, certificate.name, hop):
            yield act, index, seals and given is None
    sold = hop.financing is not None or (given is not None and given["moved"] == "financing")
    yield ("disbursed" if sold else "transferred"), hop.index, False
    if given is not None:
        yield "noticed", given["index"], True
    if hop.acknowledged is not None:
        yield "acknowledged", hop.acknowledged["index"], False


def _quoted(view: View, name: str, hop: papers.Hop) -> Iterator[tuple[str, int, bool]]:
    """The holder's acceptance of the bank's quote."""
    for part, row in view.group("financing", name).items():
        quote = cast(Row, view.get("quote", part) or {})
        if row["index"] == hop.index and "accepted" in quote:
            yield "quote-accepted", quote["accepted"], True


def _hop(
    reading: Reading, view: CertificateView, kind: papers.PaperKind, index: int | None
) -> papers.Hop:
    """Raises `PaperMissing`, also for a hop that this reader does not see. The debtor sees its notice alone."""
    if index is None:
        raise papers.PaperMissing("no entry of an assignment is named")
    noted = finance.policies.acknowledgements(reading, view.name).get(index)
    given = view.noticed.get(index)
    for row in view.transfers:
        if row["index"] == index:
            offered = reading.snapshot.row(_offered(reading.view, row)).time
            return papers.Hop(
                index, row["from"], row["to"], row["amount"], row["time"], offered,
                _ground(reading.view, row), None, noted, given,
            )  # fmt: skip
    for row in view.financings:
        if row["index"] == index:
            return papers.Hop(
                index, row["seller"], row["bank"], row["amount"], row["time"], "", "", row, noted,
                given,
            )  # fmt: skip
    if given is not None and kind == "notice":
        return papers.Hop(
            index, given["from"], given["to"], given["amount"], given["moved_time"], "", "", None,
            noted, given,
        )  # fmt: skip
    raise papers.PaperMissing(f"entry {index} moved nothing of {view.name}")


def _ground(view: View, row: Row) -> str:
    """On what the hop rests: documents by name, or the digest of the agreement of a sale."""
    offer = cast(Row, view.get("offer", row["offer"]))
    if "sale" in offer:
        return str(offer["sale"]["agreement"])
    return ", ".join(one["name"] for one in offer["evidence"])


def _offered(view: View, row: Row) -> int:
    return int(cast(Row, view.get("offer", row["offer"]))["index"])


def signed(reading: Reading, act: str, index: int) -> papers.Signed:
    evidence = examine(reading.snapshot, index)
    row = evidence.row
    verified = evidence.sound and evidence.included
    return papers.Signed(act, index, row.time, row.author, evidence.leaf_hash, verified)
