"""Pages on which an organisation issues certificates, declares materials, shows them to one buyer, and verifies."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query, Request, Response

from tallystick.app.access import Reading
from tallystick.app.credentials import papers
from tallystick.app.credentials.moment import now_ms
from tallystick.app.login import member_of
from tallystick.app.pages.language import choose
from tallystick.app.pages.records import firm_names
from tallystick.app.pages.render import Pages
from tallystick.identity.credentials import credentials, errors, kind, needs_of
from tallystick.ledger import KeyRecord, NotReadable

rows_per_page = 25
_digest = r"^[0-9a-f]{64}$"


@dataclass(frozen=True, slots=True)
class Pen:
    """Who acts on the page, and with which keys of the organisation: those that a demo plays, a browser can get."""

    organisation: str
    keys: list[KeyRecord]
    played: bool


def add(routes: APIRouter, pages: Pages, reader: Callable[..., Any]) -> None:
    def pen(request: Request, reading: Reading, entry_type: str) -> Pen:
        """Raises `NotReadable` for who is not logged in."""
        member = member_of(request)
        if member is None:
            raise NotReadable("log in for your organisation")
        keys = papers.keys_for(reading.view, member.organisation, entry_type)
        played = pages.bill is not None and member.organisation in pages.bill.firms()
        return Pen(member.organisation, keys, played)

    @routes.get("/qualifications/issue")
    def issue(request: Request, reading: Reading = Depends(reader)) -> Response:
        return pages.page(
            request,
            "paper_issue.html",
            pen=pen(request, reading, papers.issue_type),
            firm=firm_names(reading.view, choose(request)),
        )

    @routes.get("/qualifications/declare")
    def declare(request: Request, reading: Reading = Depends(reader)) -> Response:
        return pages.page(
            request,
            "paper_declare.html",
            pen=pen(request, reading, papers.declare_type),
            firm=firm_names(reading.view, choose(request)),
        )

    @routes.get("/qualifications/verify")
    def verify(request: Request, reading: Reading = Depends(reader)) -> Response:
        own = pen(request, reading, papers.show_type)
        firm = firm_names(reading.view, choose(request))
        return pages.page(request, "paper_verify.html", own=firm(own.organisation))

    @routes.get("/qualifications/issued")
    def issued(
        request: Request,
        reading: Reading = Depends(reader),
        after: Annotated[str, Query(pattern=r"^([0-9a-f]{64})?$")] = "",
    ) -> Response:
        own = pen(request, reading, papers.issue_type).organisation
        view = reading.view
        rows = credentials(view, own, "issuer", now_ms(view), after, rows_per_page + 1)
        return pages.page(
            request,
            "paper_issued.html",
            rows=rows[:rows_per_page],
            next=rows[rows_per_page - 1].credential if len(rows) > rows_per_page else None,
            firm=firm_names(view, choose(request)),
        )

    @routes.get("/qualifications/{credential}")
    def one(
        request: Request,
        credential: Annotated[str, Path(pattern=_digest)],
        reading: Reading = Depends(reader),
    ) -> Response:
        """Of its holder: to be shown to one buyer."""
        own, view = pen(request, reading, papers.show_type), reading.view
        row = view.get(kind, credential)
        if row is None or row["holder"] != own.organisation or "holder_key" not in row:
            raise errors.CredentialUnknown(credential)
        buyers = [buyer for buyer, kinds in needs_of(view, own.organisation)]
        return pages.page(
            request,
            "paper_show.html",
            pen=own,
            credential=credential,
            row=row,
            buyers=buyers,
            firm=firm_names(view, choose(request)),
        )
