"""/v1/notices and the page /notices, for the person who is logged in."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

from fastapi import APIRouter, Depends, FastAPI, Query, Request, Response
from fastapi.responses import RedirectResponse

import tallystick.app.notices.assignments
import tallystick.app.notices.freezes
import tallystick.app.notices.papers
import tallystick.app.notices.payees
import tallystick.app.notices.people
import tallystick.app.notices.statements
import tallystick.app.webhooks.notices  # noqa: F401  registers its kinds
from tallystick.app.access import Reading
from tallystick.app.joining.api import require_member
from tallystick.app.login import member_of
from tallystick.app.notices.inbox import Inbox, Listed
from tallystick.app.pages.render import Pages
from tallystick.app.pages.route import html_route
from tallystick.app.routing import add_routes

Index = Annotated[int, Query(ge=0, le=2**53 - 1)]


def install(app: FastAPI, inbox: Inbox, reading: Callable[..., Any], pages: Pages) -> None:
    """Add the routes; `reading` finds out who asks."""
    routes = APIRouter(tags=["people"])

    @routes.get("/v1/notices", summary="What you are told")
    def notices(request: Request, reading: Reading = Depends(reading)) -> dict[str, Any]:
        """What waits for you first, then the newest; nothing for whoever is no person."""
        member = member_of(request)
        found = [] if member is None else inbox.of(reading.view, member)
        return {"notices": [_told(one) for one in found]}

    @routes.post("/v1/notices/seen", summary="You have seen everything up to an entry")
    def see(index: Index, request: Request, _reading: Reading = Depends(reading)) -> dict[str, int]:
        inbox.see(require_member(request).person, index)
        return {"seen": index}

    add_routes(app, routes)
    shown = APIRouter(route_class=html_route(pages), include_in_schema=False)

    @shown.get("/notices")
    def page(request: Request, reading: Reading = Depends(reading)) -> Response:
        member = member_of(request)
        found = [] if member is None else inbox.of(reading.view, member)
        newest = max((one.notice.index for one in found), default=0)
        return pages.page(request, "notices.html", notices=found, newest=newest)

    @shown.post("/notices/seen")
    def see_all(index: Index, request: Request, _reading: Reading = Depends(reading)) -> Response:
        inbox.see(require_member(request).person, index)
        return RedirectResponse("/notices", 303)

    add_routes(app, shown)


def _told(one: Listed) -> dict[str, Any]:
    notice = one.notice
    return {
        "kind": notice.kind,
        "index": notice.index,
        "link": notice.link,
        "waits": notice.waits,
        "seen": one.seen,
        "about": notice.told,
    }
