"""Pages of certificates, for those who take part in them; anybody else learns not even that one exists."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, cast

from fastapi import APIRouter, Depends, Path, Query, Request, Response

import tallystick.finance as finance
from tallystick.app.access import Reading
from tallystick.app.login import disposes, member_of
from tallystick.app.pages import flow, holdings
from tallystick.app.pages.banks import banks
from tallystick.app.pages.language import Language, choose
from tallystick.app.pages.records import firm_names, title
from tallystick.app.pages.render import Pages
from tallystick.app.papers import gather
from tallystick.finance import Backing, CertificateView
from tallystick.identity import resolve
from tallystick.ledger import TallystickError, Thing, View

rows_per_page = 25
transfers_per_page = 100
#: On the page; the others are had by their address.
papers_max = 200
quotes_max = 20

_Page = Annotated[int, Query(ge=1, le=100_000)]


@dataclass(frozen=True, slots=True)
class Line:
    """A certificate in a list: `held` is what the reader's organisation holds of it now."""

    name: str
    head: Any
    held: int
    issued: bool


@dataclass(frozen=True, slots=True)
class Slice:
    """Some rows of many, by page number."""

    rows: Sequence[Any]
    page: int
    pages: int
    total: int


def add(routes: APIRouter, pages: Pages, reader: Callable[..., Any]) -> None:
    @routes.get("/certificates")
    def listed(
        request: Request,
        reading: Reading = Depends(reader),
        after: Annotated[str | None, Query(max_length=700)] = None,
    ) -> Response:
        names, mark = _names(reading, after)
        return pages.page(
            request,
            "certificates.html",
            lines=[_line(reading, name) for name in names],
            after=mark,
            entitled=_has_lists(reading),
            own=reading.reader.lists_of() is not None,
            firm=firm_names(reading.view, choose(request)),
        )

    @routes.get("/certificates/{name:path}")
    def one(
        request: Request,
        name: Annotated[str, Path(max_length=400)],
        reading: Reading = Depends(reader),
        page: _Page = 1,
        amount: Annotated[str, Query(max_length=20)] = "",
    ) -> Response:
        view = finance.views.certificate(reading, name)
        found, language = holdings.shares(view), choose(request)
        return pages.page(
            request,
            "certificate.html",
            certificate=view,
            head=view.head,
            shares=found,
            pieces=holdings.pieces(view.holdings, view.head["face"], found),
            flow=draw(view),
            traded=sum(row["amount"] for row in view.transfers),
            firms=len(_firms(view)),
            transfers=cut(view.transfers, page, transfers_per_page),
            backing=_backing(reading, name),
            acts=acts(reading.view, view),
            acting=disposes(request),
            barred=finance.views.assignment_barred(reading, name),
            sells=_buyers(request, reading.view, view),
            **_payments(request, reading, name),
            papers=gather.available(view)[:papers_max],
            moved=_moved(view),
            noted=finance.policies.acknowledgements(reading, name),
            clock=finance.policies.clock(reading, name),
            waiver=_waiver(reading.view, view),
            described=_described(reading, name, language),
            credited=_credited(reading, name),
            asked=amount,
            **_preview(reading, view, amount),
            exponent=finance.exponent,
            whole=sum(view.holders.values()) == view.head["face"],
            provable=_reads_all(reading, name),
            firm=firm_names(reading.view, language),
            name_of=lambda handle: title(resolve(reading.view, handle), language),
        )


def _buyers(request: Request, view: View, certificate: CertificateView) -> tuple[str, ...]:
    """Funders to whom whoever looks may sell what it holds: none for who is no funder, or holds nothing."""
    member = member_of(request)
    if member is None or "bank" not in member.capacities or not disposes(request):
        return ()
    if all(one.holder != member.organisation for one in certificate.holdings):
        return ()
    return tuple(one for one in banks(view) if one != member.organisation)


def _waiver(view: View, certificate: CertificateView) -> Any:
    """The text in which the issuer waives defences, as it was signed; None where there is none."""
    name = certificate.head.get("waiver")
    return None if name is None else finance.policies.waiver(view, name)


def _described(reading: Reading, name: str, language: Language) -> list[str]:
    """What the reader's bank enters in the public register for each financing of its own that is not paid out yet."""
    found = reading.view.find("quote-of-certificate", name, limit=quotes_max)
    mine = (one.name for one in found if reading.reader.takes_part(one.value["bank"]))
    return [finance.described(reading, quote, language) for quote in mine]


def _payments(request: Request, reading: Reading, name: str) -> dict[str, Any]:
    """What waits for the word of whoever is logged in."""
    member = member_of(request)
    if member is None:
        return {"payments": (), "owing": None, "ordinary": None}
    mine = member.organisation
    return {
        "payments": tuple(finance.views.payments_on(reading, name, mine)),
        "owing": finance.views.maturity_on(reading, name, mine),
        "ordinary": _ordinary(reading, name),
    }


def _ordinary(reading: Reading, name: str) -> finance.views.OrdinaryView | None:
    """Of the invoice behind it, for its buyer and seller."""
    invoice = finance.views.readable_certificate(reading, name).get("invoice")
    try:
        return invoice and finance.views.ordinary_payments_on(reading, invoice)
    except finance.NotReadable:
        return None


def _credited(reading: Reading, name: str) -> list[str]:
    """The quotes of which the reader's bank can have a credit file: accepted, or paid out."""
    locking = reading.view.find("quote-of-certificate", name, limit=quotes_max)
    rows: dict[str, Any] = {one.name: one.value for one in locking}
    rows |= reading.view.group("financing", name)
    issuer = finance.views.readable_certificate(reading, name)["issuer"]
    mine = (quote for quote, row in rows.items() if reading.reader.takes_part(row["bank"]))
    return sorted(quote for quote in mine if rows[quote]["bank"] != issuer)[:papers_max]


def _reads_all(reading: Reading, name: str) -> bool:
    """Whether the reader may read what every party may: only then the whole proof can be made for it."""
    thing = Thing("certificates", name)
    parties = reading.view.group("certificate-party", name)
    return all(reading.reader.may_read("parties", (party,), thing=thing) for party in parties)


def _preview(reading: Reading, view: CertificateView, amount: str) -> dict[str, Any]:
    """What a part would cost of the reader's own splits; or why it is refused."""
    if not amount.strip():
        return {"preview": None, "refused": ""}
    try:
        minor = finance.parse_amount(amount, view.head["currency"])
        return {"preview": finance.views.preview(reading, view.name, minor), "refused": ""}
    except TallystickError as error:
        return {"preview": None, "refused": error.title}


def _moved(view: CertificateView) -> dict[int, flow.Passing]:
    """What the reader may tell the debtor of: each assignment by its entry."""
    sold = {r["index"]: flow.Passing(r["seller"], r["bank"], r["amount"]) for r in view.financings}
    return sold | {
        r["index"]: flow.Passing(r["from"], r["to"], r["amount"]) for r in view.transfers
    }


def draw(view: CertificateView) -> flow.Flow | None:
    moved = [flow.Passing(row["from"], row["to"], row["amount"]) for row in view.transfers]
    sold = [flow.Passing(r["seller"], r["bank"], r["amount"], True) for r in view.financings]
    if "holder" not in view.head or sum(view.holders.values()) != view.head["face"]:
        return None  # the drawing is of the whole; hops of one's own stand in the table
    return flow.draw(view.head["holder"], view.head["face"], [*moved, *sold])


def acts(view: View, certificate: CertificateView) -> list[tuple[str, str, int]]:
    """(what, when, entry) of the acts that made the certificate."""
    head = certificate.head
    proposal = cast(Any, view.get("proposal", head.get("proposal", "")))
    found = [("issued-by-policy" if "policy" in head else "issued", head["time"], head["index"])]
    if proposal is not None:
        found.insert(0, ("proposed", "", proposal["index"]))
    if "accepted" in head:
        found.append(("accepted", head["accepted_time"], head["accepted"]))
    if "refused" in head:
        found.append(("refused", head["ended_time"], head["refused"]))
    return found


def cut(rows: Sequence[Any], page: int, size: int) -> Slice:
    """One page of rows; a page beyond the last is the last."""
    count = max(1, -(-len(rows) // size))
    page = min(page, count)
    return Slice(rows[(page - 1) * size : page * size], page, count, len(rows))


def _firms(view: CertificateView) -> set[str]:
    """The firms through whose hands it went, as far as the reader sees them."""
    told = {side for row in view.transfers for side in (row["from"], row["to"])}
    return told | {view.head["holder"]} if "holder" in view.head else told


def _backing(reading: Reading, name: str) -> tuple[Backing, ...]:
    try:
        return finance.views.lineage(reading, name)
    except finance.NotReadable:
        return ()


def _names(reading: Reading, after: str | None) -> tuple[Sequence[str], str | None]:
    """Certificates of the reader's organisation; all for an auditor; none for the public."""
    if reading.reader.lists_of() is not None:
        page = finance.views.certificates_of(reading, None, after, rows_per_page)
        return page.rows, page.after
    if not _has_lists(reading):
        return (), None
    found = reading.view.names("certificate", after=after or "", limit=rows_per_page + 1)
    more = len(found) > rows_per_page
    return found[:rows_per_page], found[rows_per_page - 1] if more else None


def _has_lists(reading: Reading) -> bool:
    """Whether certificates are listed at all: one's own, or for an auditor all of them."""
    return reading.reader.may_read("parties", (reading.reader.lists_of(),))


def _line(reading: Reading, name: str) -> Line:
    head = finance.views.readable_certificate(reading, name)
    mine = reading.reader.takes_part
    rows: list[Any] = list(reading.view.group("holding", name).values())
    held = sum(row["end"] - row["start"] for row in rows if mine(row["holder"]))
    return Line(name, head, held, mine(head["issuer"]))
