"""Pages of applications: the one on which an organisation applies, and the desk of the node's officers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Annotated, Any, cast, get_args

from fastapi import APIRouter, Depends, FastAPI, Query, Request, Response

from tallystick.app.access import Reading
from tallystick.app.applications import kept, papers, told
from tallystick.app.applications.api import Number, holder_of, readable, readable_node
from tallystick.app.applications.desk import Application
from tallystick.app.applications.verifying import Verifying, missing
from tallystick.app.login import member_of
from tallystick.app.pages.language import choose
from tallystick.app.pages.records import firm_names
from tallystick.app.pages.render import Pages
from tallystick.app.pages.route import html_route
from tallystick.app.routing import add_routes
from tallystick.identity import number_holder

rows_per_page = 25
shown_states: tuple[kept.State, ...] = ("submitted", "asked", "proposed", "admitted", "refused")
_text = Annotated[str, Query(max_length=300)]
_shown: Mapping[str, kept.State] = {one: one for one in shown_states}


def install(app: FastAPI, verifying: Verifying, pages: Pages, reader: Callable[..., Any]) -> None:
    """Add the pages' routes."""
    routes = APIRouter(route_class=html_route(pages), include_in_schema=False)
    desk = verifying.desk

    @routes.get("/apply")
    def apply(request: Request) -> Response:
        """The token is behind `#`, which no browser sends."""
        with desk.node.look() as view:
            asked = told.terms(view)
        return pages.page(
            request,
            "apply.html",
            nodes=asked["nodes"],
            schemes=list(kept.wanted),
            capacities=asked["capacities"],
            kinds=list(papers.kinds),
            with_end=asked["papers"]["with_end"],
            each=papers.file_bytes_max >> 20,
            together=papers.total_bytes_max >> 20,
            states=get_args(kept.State),
            reasons=get_args(kept.RefusalReason),
            roles=("administrator", "security-administrator", "maker", "checker"),
        )

    @routes.get("/applications")
    def listed(
        request: Request,
        reading: Reading = Depends(reader),
        state: Annotated[str, Query(max_length=20)] = "submitted",
        node: _text = "",
        after: Annotated[str, Query(pattern=r"^(A-[0-9A-Z]{13})?$")] = "",
    ) -> Response:
        wanted = _shown.get(state, shown_states[0])
        own = readable_node(reading, node)
        found = verifying.listed(own, wanted, after, rows_per_page)
        rows = [verifying.settled(reading.view, one) for one in found]
        return pages.page(
            request,
            "applications.html",
            node=own,
            rows=rows,
            next=found[-1].number if len(found) == rows_per_page else None,
            state=wanted,
            states=shown_states,
        )

    @routes.get("/applications/{number}")
    def one(number: Number, request: Request, reading: Reading = Depends(reader)) -> Response:
        found = verifying.settled(reading.view, readable(desk, reading, number))
        member = member_of(request)
        own = reading.reader.takes_part(holder_of(reading, found))
        return pages.page(
            request,
            "application.html",
            one=found,
            form=found.filled.form,
            own=own,
            officer=own and member is not None,
            proposed_by_me=member is not None and found.open.by == member.person,
            taken=_taken(reading, found),
            missing=missing(found),
            pending=_pending(reading, found),
            reasons=get_args(kept.RefusalReason),
            firm=firm_names(reading.view, choose(request)),
        )

    add_routes(app, routes)


def _taken(reading: Reading, found: Application) -> str | None:
    """The organisation that has the number already."""
    form = found.filled.form
    if form is None or form.number is None:
        return None
    holder = number_holder(reading.view, form.scheme, form.number, form.country)
    return None if holder == found.open.organisation else holder


def _pending(reading: Reading, found: Application) -> Mapping[str, Any] | None:
    if found.open.proposal is None:
        return None
    return cast(Mapping[str, Any] | None, reading.view.get("pending", found.open.proposal))
