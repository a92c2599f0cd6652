"""Where an insurer offers covers and decides claims, the insured declares, gives notice and claims, and a debtor reads its notices."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query, Request, Response

import tallystick.finance as finance
from tallystick.app.access import Reading
from tallystick.app.login import member_of
from tallystick.app.pages.language import choose
from tallystick.app.pages.records import firm_names
from tallystick.app.pages.render import Pages

rows_per_page = 20
_Mark = Annotated[str | None, Query(max_length=700)]
_Name = Annotated[str, Path(max_length=64)]


def add(routes: APIRouter, pages: Pages, reader: Callable[..., Any]) -> None:
    @routes.get("/insurance")
    def listed(
        request: Request,
        reading: Reading = Depends(reader),
        after: _Mark = None,
        notices_after: _Mark = None,
    ) -> Response:
        mine = reading.reader.lists_of()
        covers = mine and finance.views.covers(reading, mine, after, rows_per_page)
        notices = mine and finance.views.notices(reading, mine, notices_after, rows_per_page)
        return pages.page(
            request,
            "insurance.html",
            covers=covers or None,
            notices=notices or None,
            mine=mine,
            insures=bool(mine) and "insurer" in _capacities(reading, str(mine)),
            roles=_roles(request),
            exponent=finance.exponent,
            firm=firm_names(reading.view, choose(request)),
        )

    @routes.get("/insurance/covers/{name:path}")
    def cover(request: Request, name: _Name, reading: Reading = Depends(reader)) -> Response:
        return pages.page(
            request,
            "cover.html",
            cover=finance.views.cover(reading, name),
            mine=reading.reader.lists_of(),
            roles=_roles(request),
            exponent=finance.exponent,
            firm=firm_names(reading.view, choose(request)),
        )

    @routes.get("/insurance/notices/{name:path}")
    def notice(request: Request, name: _Name, reading: Reading = Depends(reader)) -> Response:
        return pages.page(
            request,
            "dunning.html",
            notice=finance.views.notice(reading, name),
            mine=reading.reader.lists_of(),
            roles=_roles(request),
            exponent=finance.exponent,
            firm=firm_names(reading.view, choose(request)),
        )


def _capacities(reading: Reading, organisation: str) -> tuple[str, ...]:
    found: Any = reading.view.get("organisation", organisation) or {}
    return tuple(found.get("capacities", ()))


def _roles(request: Request) -> frozenset[str]:
    """What the member may sign, of maker and checker."""
    member = member_of(request)
    return frozenset({"maker", "checker"} & set(member.roles)) if member else frozenset()
