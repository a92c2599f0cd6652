"""`/remits` and `/incidents`: what a node gives outsiders to read, and what it tells of that went wrong."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, cast

from fastapi import APIRouter, Depends, FastAPI, Query, Request, Response

from tallystick.app.access import Reading
from tallystick.app.login import Member, member_of
from tallystick.app.pages.language import choose
from tallystick.app.pages.organisations import nodes_of
from tallystick.app.pages.records import firm_names
from tallystick.app.pages.render import Pages
from tallystick.app.pages.route import html_route
from tallystick.app.routing import add_routes
from tallystick.app.sharing.desk import SharingDesk
from tallystick.app.sharing.pages import remits_over
from tallystick.identity import UnknownParty, founded, incidents_of, sharing
from tallystick.identity import organisation as organisation_of
from tallystick.ledger import TallystickError, View, canonical

rows_per_page = 20
text_chars_max = 4000
roles = ("regulator", "auditor", "court")
#: Who alone give remits.
_givers = frozenset({"node", "root"})
_officers = frozenset({"administrator", "security-administrator"})
_text = Annotated[str, Query(max_length=300)]
_name = Annotated[str, Query(pattern=r"^([0-9a-f]{64})?$")]


@dataclass(frozen=True, slots=True)
class Notice:
    """One of an incident; `text` where the reader may see what was attached."""

    index: int
    time: str
    text: str


def install(app: FastAPI, pages: Pages, reader: Callable[..., Any], desk: SharingDesk) -> None:
    """Add the pages' routes."""
    routes = APIRouter(route_class=html_route(pages), include_in_schema=False)
    _add_remits(routes, pages, reader, desk)
    _add_incidents(routes, pages, reader)
    add_routes(app, routes)


def _add_remits(
    routes: APIRouter, pages: Pages, reader: Callable[..., Any], desk: SharingDesk
) -> None:
    @routes.get("/remits")
    def remits(
        request: Request,
        reading: Reading = Depends(reader),
        organisation: _text = "",
        after: _name = "",
    ) -> Response:
        """Those that one gave, holds, or is read by."""
        own, member = reading.reader.lists_of(organisation or None), member_of(request)
        view, today = reading.view, desk.today(reading.view)
        given = _of(view, own, "given", today, after)
        return pages.page(
            request,
            "remits.html",
            own=own,
            organisation=organisation,
            today=today,
            node=own is not None and bool(_givers & _capacities(view, own)),
            root=own is not None and "root" in _capacities(view, own),
            founded=own is not None and founded(view, own),
            acts=own is not None and _is_officer(member, own),
            given=given[:rows_per_page],
            next=given[rows_per_page - 1].name if len(given) > rows_per_page else None,
            held=_of(view, own, "received", today, ""),
            over=tuple(remits_over(view, own, today)) if own else (),
            roles=roles,
            kinds=[one for one in _kinds if one != "part"],
            firm=firm_names(view, choose(request)),
        )


_kinds = (
    "part",
    "entries",
    "items",
    "documents",
    "certificates",
    "devices",
    "credentials",
    "records",
)


def _add_incidents(routes: APIRouter, pages: Pages, reader: Callable[..., Any]) -> None:
    @routes.get("/incidents")
    def incidents(
        request: Request,
        reading: Reading = Depends(reader),
        past: bool = False,
        page: Annotated[int, Query(ge=1, le=10_000)] = 1,
    ) -> Response:
        """Those that are not over; with `past` all."""
        view, own, member = reading.view, reading.reader.lists_of(), member_of(request)
        found = [
            one for one in incidents_of(view, reading.reader) if past or one.get("until") is None
        ]
        first = (page - 1) * rows_per_page
        shown = found[first : first + rows_per_page]
        return pages.page(
            request,
            "incidents.html",
            rows=[(one, _notices(reading, one)) for one in shown],
            own=own,
            nodes=nodes_of(view, own) if own is not None and _is_officer(member, own) else [],
            past=past,
            page=page,
            more=len(found) > first + rows_per_page,
            firm=firm_names(view, choose(request)),
        )


def _of(
    view: View, own: str | None, side: sharing.Side, today: str, after: str
) -> list[sharing.Agreement]:
    if own is None:
        return []
    found = sharing.agreements(view, own, side, today, after, sharing.sharing_page_max)
    return [one for one in found if one.row["form"] == "remit"]


def _capacities(view: View, own: str) -> frozenset[str]:
    try:
        return frozenset(organisation_of(view, own).capacities)
    except UnknownParty:
        return frozenset()


def _is_officer(member: Member | None, own: str) -> bool:
    return member is not None and member.organisation == own and bool(_officers & member.roles)


def _notices(reading: Reading, row: Mapping[str, Any]) -> list[Notice]:
    return [
        Notice(one["index"], one["time"], _told(reading, one["index"])) for one in row["notices"]
    ]


def _told(reading: Reading, index: int) -> str:
    """Empty where nothing was attached, or not for this reader."""
    try:
        found = reading.snapshot.disclose(index, reading.reader)
        told = canonical.decode_object(found.body) if found.body is not None else {}
        ref = cast(Mapping[str, Any] | None, told.get("text"))
        if ref is None:
            return ""
        data = reading.snapshot.attachment(index, ref["hash"], reading.reader).data
    except TallystickError:
        return ""
    return data.decode("utf-8", "replace")[:text_chars_max]
