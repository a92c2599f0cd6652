"""Pages of calendars, which anybody may read: what they say of each day, on whose word."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, cast

from fastapi import APIRouter, Depends, Path, Query, Request, Response

from tallystick.app.access import Reading
from tallystick.app.login import member_of
from tallystick.app.pages.language import choose
from tallystick.app.pages.records import firm_names
from tallystick.app.pages.render import Pages
from tallystick.finance import DateRefused, calendars

calendars_per_page = 50
officers = ("administrator", "security-administrator")
_Name = Annotated[str, Path(max_length=300)]


def add(routes: APIRouter, pages: Pages, reader: Callable[..., Any]) -> None:
    @routes.get("/calendars")
    def listed(
        request: Request,
        reading: Reading = Depends(reader),
        after: Annotated[str, Query(max_length=300)] = "",
    ) -> Response:
        page = calendars.views.listed(reading.view, after, calendars_per_page)
        return pages.page(
            request,
            "calendars.html",
            page=page,
            proposes=_hand(request, reading, "maker"),
            firm=firm_names(reading.view, choose(request)),
        )

    @routes.get("/calendars/{name:path}")
    def one(
        request: Request,
        name: _Name,
        reading: Reading = Depends(reader),
        day: Annotated[str, Query(max_length=20)] = "",
    ) -> Response:
        found = calendars.views.calendar(reading.view, name)
        member, publisher = member_of(request), found.listed.publisher
        return pages.page(
            request,
            "calendar.html",
            calendar=found,
            day=day,
            checked=_checked(reading, name, day),
            approves=_hand(request, reading, "checker", publisher),
            proposes=_hand(request, reading, "maker", publisher),
            open=calendars.views.open_proposals(reading.view, name),
            person=member.person if member else "",
            firm=firm_names(reading.view, choose(request)),
        )


def _hand(request: Request, reading: Reading, role: str, publisher: str = "") -> bool:
    """Whether whoever looks speaks in this for a node, the publisher where there is one: by role, or as an officer."""
    member = member_of(request)
    if member is None or (publisher and member.organisation != publisher):
        return False
    row = cast(dict[str, Any], reading.view.get("organisation", member.organisation) or {})
    return "node" in row.get("capacities", ()) and bool(member.roles & {role, *officers})


def _checked(reading: Reading, name: str, day: str) -> calendars.views.DayView | None:
    """What the newest version says of the day that was asked for; None for what is no day."""
    if not day:
        return None
    try:
        return calendars.views.check(reading.view, name, day, "following")
    except DateRefused:
        return None
