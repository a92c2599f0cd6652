"""Where a seller asks for order financing, a funder offers terms and pays advances, and both see what is owed."""

from __future__ import annotations

from collections.abc import Callable
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
    @routes.get("/facilities")
    def listed(
        request: Request, reading: Reading = Depends(reader), after: _Mark = None
    ) -> Response:
        mine = reading.reader.lists_of()
        found = mine and finance.views.facilities(reading, mine, after, rows_per_page)
        paid = mine and finance.views.advances(reading, mine, None, rows_per_page)
        return pages.page(
            request,
            "facilities.html",
            facilities=found or None,
            paid=paid or None,
            mine=mine,
            roles=_roles(request),
            banks=banks(reading.view) if mine else (),
            firm=firm_names(reading.view, choose(request)),
        )

    @routes.get("/facilities/{name:path}")
    def one(request: Request, name: _Name, reading: Reading = Depends(reader)) -> Response:
        return pages.page(
            request,
            "facility.html",
            facility=finance.views.facility(reading, name),
            mine=reading.reader.lists_of(),
            roles=_roles(request),
            mandate=finance.mandate,
            exponent=finance.exponent,
            firm=firm_names(reading.view, choose(request)),
        )


def _roles(request: Request) -> frozenset[str]:
    """What the member may sign, of maker and checker."""
    member = member_of(request)
    return frozenset({"maker", "checker"} & set(member.roles)) if member else frozenset()
