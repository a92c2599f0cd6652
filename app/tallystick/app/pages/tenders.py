"""Where a holder asks funders for sealed bids, and funders seal and open them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query, Request, Response

import tallystick.finance as finance
from tallystick.app.access import Reading
from tallystick.app.login import member_of
from tallystick.app.pages.banks import banks
from tallystick.app.pages.language import choose
from tallystick.app.pages.records import firm_names
from tallystick.app.pages.render import Pages

rows_per_page = 20
_Mark = Annotated[str | None, Query(max_length=700)]
_Name = Annotated[str, Path(max_length=64)]


def add(routes: APIRouter, pages: Pages, reader: Callable[..., Any]) -> None:
    @routes.get("/tenders")
    def listed(
        request: Request,
        reading: Reading = Depends(reader),
        after: _Mark = None,
        certificate: Annotated[str, Query(max_length=300)] = "",
    ) -> Response:
        mine = reading.reader.lists_of()
        found = mine and finance.views.tenders(reading, mine, after, rows_per_page)
        asked = finance.views.certificate(reading, certificate) if mine and certificate else None
        return pages.page(
            request,
            "tenders.html",
            tenders=found or None,
            asked=asked,
            mine=mine,
            opens=_is_maker(request),
            banks=banks(reading.view) if asked else (),
            exponent=finance.exponent,
            firm=firm_names(reading.view, choose(request)),
        )

    @routes.get("/tenders/{name:path}")
    def one(request: Request, name: _Name, reading: Reading = Depends(reader)) -> Response:
        found = finance.views.tender(reading, name)
        mine = reading.reader.lists_of()
        return pages.page(
            request,
            "tender.html",
            tender=found,
            mine=mine,
            acts=_is_maker(request),
            credited=_credited(reading, found.bids.get(mine or "")),
            figures=finance.views.bid_figures(reading.view, found.row, 0),
            firm=firm_names(reading.view, choose(request)),
        )


def _credited(reading: Reading, bid: Mapping[str, Any] | None) -> str:
    """The quote of one's own bid, once it was accepted: then there is a credit file of it."""
    quote = str((bid or {}).get("quote", ""))
    try:
        finance.views.credited_quote(reading, quote)
    except finance.NotReadable:
        return ""
    return quote


def _is_maker(request: Request) -> bool:
    member = member_of(request)
    return member is not None and "maker" in member.roles
