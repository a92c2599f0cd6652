"""Who takes part: the list with its search, and one organisation with what its reader may know."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response

from tallystick.app.access import Reading
from tallystick.app.credentials.moment import now_ms
from tallystick.app.credentials.reminding import day_ms, days_before
from tallystick.app.login import member_of
from tallystick.app.pages.language import choose
from tallystick.app.pages.records import firm_names
from tallystick.app.pages.render import Pages
from tallystick.identity import (
    ending_at,
    incidents_of,
    organisations_of,
    own_part,
    papers_with_end,
    prefix_holder,
    public_part,
)
from tallystick.ledger import View, instant

rows_per_page = 25
ending_max = 50
_text = Annotated[str, Query(max_length=255)]


def add(routes: APIRouter, pages: Pages, reader: Callable[..., Any]) -> None:
    @routes.get("/organisations")
    def listed(
        request: Request, reading: Reading = Depends(reader), q: _text = "", after: _text = ""
    ) -> Response:
        view, own = reading.view, reading.reader.lists_of()
        found = organisations_of(view, q, after, rows_per_page)
        mine = nodes_of(view, own)
        today = now_ms(view)
        until = instant(today + days_before[0] * day_ms)[:10]
        return pages.page(
            request,
            "organisations.html",
            rows=found,
            next=found[-1]["organisation"] if len(found) == rows_per_page else None,
            q=q,
            nodes=mine,
            today=instant(today)[:10],
            ending=[one for name in mine for one in ending_at(view, name, until, ending_max)],
            incidents=incidents_of(view, reading.reader),
            firm=firm_names(view, choose(request)),
        )

    @routes.get("/organisations/{handle:path}")
    def one(handle: str, request: Request, reading: Reading = Depends(reader)) -> Response:
        told = public_part(reading.view, handle)
        own = own_part(reading.view, reading.reader, handle)
        member = member_of(request)
        officer = member is not None and bool(
            member.roles & {"administrator", "security-administrator"}
        )
        return pages.page(
            request,
            "organisation.html",
            told=told,
            own=own,
            itself=reading.reader.takes_part(handle),
            overseer=officer
            and handle != told["verified_by"]
            and reading.reader.takes_part(told["verified_by"]),
            officer=officer,
            today=instant(now_ms(reading.view))[:10],
            with_end=papers_with_end,
            firm=firm_names(reading.view, choose(request)),
        )


def nodes_of(view: View, own: str | None) -> list[str]:
    """Prefixes of nodes that an organisation holds."""
    if own is None:
        return []
    rows = view.find("prefix-by-holder", own, limit=rows_per_page)
    found = [(one.name, dict(one.value)) for one in rows]
    return [
        name for name, row in found
        if row["role"] in ("root", "secondary") and prefix_holder(view, name) == own
    ]  # fmt: skip
