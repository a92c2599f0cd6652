"""Pages of calendars, which anybody may read: what they say of each day, on whose word."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query, Request, Response

from tallystick.app.access import Reading
from tallystick.app.login import member_of
from tallystick.app.pages.language import choose
from tallystick.app.pages.records import firm_names
from tallystick.app.pages.render import Pages
from tallystick.finance import DateRefused, calendars

calendars_per_page = 50
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
        member = member_of(request)
        return pages.page(
            request,
            "calendar.html",
            calendar=found,
            day=day,
            checked=_checked(reading, name, day),
            approves=member is not None and "checker" in member.roles,
            open=calendars.views.open_proposals(reading.view, name),
            person=member.person if member else "",
            firm=firm_names(reading.view, choose(request)),
        )


def _checked(reading: Reading, name: str, day: str) -> calendars.views.DayView | None:
    """What the newest version says of the day that was asked for; None for what is no day."""
    if not day:
        return None
    try:
        return calendars.views.check(reading.view, name, day, "following")
    except DateRefused:
        return None
