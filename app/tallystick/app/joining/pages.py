"""Pages about people: where an invitation is opened, the members, what waits for other persons, one's own keys."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

from fastapi import APIRouter, Depends, FastAPI, Query, Request, Response

from tallystick.app.access import Reading
from tallystick.app.directory.flow import binding_of
from tallystick.app.joining import shown
from tallystick.app.joining.desk import Invitations
from tallystick.app.joining.errors import LogInFirst
from tallystick.app.login import Member, member_of
from tallystick.app.pages.language import choose
from tallystick.app.pages.records import firm_names
from tallystick.app.pages.render import Pages
from tallystick.app.pages.route import html_route
from tallystick.app.permissions import roles
from tallystick.app.played import Playbill
from tallystick.app.routing import add_routes
from tallystick.identity import founded, organisation, pending, pending_of, restated
from tallystick.ledger import NotReadable

_text = Annotated[str, Query(max_length=300)]
page_rows = 25


def install(
    app: FastAPI,
    desk: Invitations,
    reader: Callable[..., Any],
    bill: Playbill | None,
) -> None:
    """Add the pages' routes."""
    pages = Pages(desk.origin, bill, desk.node.rules)
    routes = APIRouter(route_class=html_route(pages), include_in_schema=False)

    @routes.get("/join")
    def join(request: Request) -> Response:
        """The token is behind `#`, which no browser sends."""
        return pages.page(request, "join.html")

    @routes.get("/members")
    def members(
        request: Request,
        reading: Reading = Depends(reader),
        organisation: _text = "",
        after: _text = "",
    ) -> Response:
        of = _whose(reading, organisation)
        member = member_of(request)
        found = shown.members_of(reading, of, after, page_rows)
        return pages.page(
            request,
            "members.html",
            organisation=of,
            people=found,
            next=found[-1].person if len(found) == page_rows else None,
            founded=founded(reading.view, of),
            officer=_is_officer(reading, member, of),
            helps=shown.is_node(reading.view, of),
            roles=roles,
            control=shown.tiers_of(reading.view, of),
            directory=binding_of(reading.view, of),
            named=shown.officers_of(reading.view, of),
            firm=firm_names(reading.view, choose(request)),
        )

    @routes.get("/pending")
    def waiting(
        request: Request,
        reading: Reading = Depends(reader),
        organisation: _text = "",
        after: _text = "",
        past: bool = False,
    ) -> Response:
        """Open ones, or with `past` all that ever were."""
        of = _whose(reading, organisation)
        found = pending_of(reading.view, reading.reader, of, after, page_rows, only_open=not past)
        now = shown.ledger_time(reading.view)
        return pages.page(
            request,
            "pending.html",
            organisation=of,
            past=past,
            rows=[shown.proposal(one, now) for one in found],
            restates=_restates(reading, request),
            next=found[-1]["proposal"] if len(found) == page_rows else None,
            firm=firm_names(reading.view, choose(request)),
        )

    @routes.get("/pending/{proposal}")
    def one(request: Request, proposal: str, reading: Reading = Depends(reader)) -> Response:
        found = pending(reading.view, reading.reader, proposal)
        now = shown.ledger_time(reading.view)
        return pages.page(
            request,
            "pending.html",
            organisation=found["organisation"],
            past=False,
            rows=[shown.proposal(found, now)],
            restates=_restates(reading, request),
            next=None,
            firm=firm_names(reading.view, choose(request)),
        )

    @routes.get("/keys")
    def keys(
        request: Request,
        reading: Reading = Depends(reader),
        subject: Annotated[str, Query(pattern="^([0-9a-f]{64})?$")] = "",
    ) -> Response:
        member = member_of(request)
        if member is None:
            return pages.page(request, "keys.html", keys=[], me=None, organisation="", firm=str)
        return pages.page(
            request,
            "keys.html",
            me=member.person,
            organisation=member.organisation,
            keys=shown.keys_of(reading, member.person),
            suites=shown.suites_to_replace(reading, member.person),
            directory=binding_of(reading.view, member.organisation),
            subject=subject,
            firm=firm_names(reading.view, choose(request)),
        )

    add_routes(app, routes)


def _whose(reading: Reading, asked: str) -> str:
    """Raises `LogInFirst` for nobody, and `NotReadable` for an organisation that is none of theirs."""
    of = reading.reader.lists_of(asked or None)
    if of is None:
        if not reading.reader.is_known():
            raise LogInFirst
        raise NotReadable(asked)
    organisation(reading.view, of)
    return of


def _is_officer(reading: Reading, member: Member | None, of: str) -> bool:
    return member is not None and shown.is_officer(reading.view, member, of)


def _restates(reading: Reading, request: Request) -> Callable[[str], str]:
    """What an approval by whoever looks has to restate, as JSON; empty for nothing."""
    member = member_of(request)

    def told(name: str) -> str:
        if member is None:
            return ""
        body = restated(reading.view, name, member.person)
        return "" if body is None else body.model_dump_json(exclude_none=True)

    return told
