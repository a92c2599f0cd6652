"""`/reads`: who looked at what; the same as JSON and as a table to download."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Annotated, Any, cast

from fastapi import APIRouter, Depends, FastAPI, Query, Request, Response

from tallystick.app.access import Reading
from tallystick.app.bootstrap import Node
from tallystick.app.pages.language import choose
from tallystick.app.pages.records import firm_names
from tallystick.app.pages.render import Pages
from tallystick.app.pages.route import html_route
from tallystick.app.played import Playbill
from tallystick.app.reads.keeping import ReadLog
from tallystick.app.reads.listing import Asked, Whose, as_csv, looks, rows_page_max
from tallystick.app.reads.telling import told_days
from tallystick.app.routing import add_routes
from tallystick.ledger import NotReadable

rows_per_page = 50
days_shown = 10
_Handle = Annotated[str, Query(max_length=255)]
_Day = Annotated[str, Query(pattern=r"^([0-9]{4}-[0-9]{2}-[0-9]{2})?$")]
_After = Annotated[str, Query(max_length=60)]


def install(
    app: FastAPI,
    node: Node,
    kept: ReadLog,
    reader: Callable[..., Any],
    bill: Playbill | None,
) -> None:
    """Add the page and its two other forms."""
    origin = str(node.genesis()["origin"])
    shown = Pages(origin, bill, node.rules)
    pages = APIRouter(route_class=html_route(shown), include_in_schema=False)
    _add_page(pages, shown, node, kept, reader)
    add_routes(app, pages)
    add_routes(app, _router(node, kept, reader))


def _router(node: Node, kept: ReadLog, reader: Callable[..., Any]) -> APIRouter:
    routes = APIRouter(prefix="/v1/reads", tags=["reads"])

    @routes.get("", summary="Who was let see your organisation's things, newest first")
    def list_reads(
        reading: Reading = Depends(reader),
        organisation: _Handle = "",
        whose: Whose = "all",
        first: _Day = "",
        last: _Day = "",
        by: _Handle = "",
        after: _After = "",
        limit: Annotated[int, Query(ge=1, le=rows_page_max)] = 100,
    ) -> dict[str, Any]:
        """`whose`: looks of your own people, or of others; `made`: your looks at others' things; `by`: of one organisation's. Days in UTC. An auditor names the organisation."""
        own = _whose(reading, organisation)
        kept.flush()
        asked = Asked(own, whose, first, last, after, by)
        found = looks(node, asked, audits=not reading.reader.takes_part(own), limit=limit)
        return {"reads": [one.told() for one in found.rows], "next": found.next}

    @routes.get("/table", summary="The same as a table (CSV)", response_class=Response)
    def reads_table(
        reading: Reading = Depends(reader),
        organisation: _Handle = "",
        whose: Whose = "all",
        first: _Day = "",
        last: _Day = "",
        by: _Handle = "",
    ) -> Response:
        own = _whose(reading, organisation)
        kept.flush()
        asked = Asked(own, whose, first, last, by=by)
        text = "".join(as_csv(node, asked, audits=not reading.reader.takes_part(own)))
        headers = {
            "Content-Disposition": 'attachment; filename="reads.csv"',
            "Cache-Control": "private, no-store",
        }
        # The mark tells spreadsheets that it is UTF-8.
        return Response("\ufeff" + text, media_type="text/csv; charset=utf-8", headers=headers)

    return routes


def _add_page(
    routes: APIRouter, pages: Pages, node: Node, kept: ReadLog, reader: Callable[..., Any]
) -> None:
    @routes.get("/reads")
    def reads(
        request: Request,
        reading: Reading = Depends(reader),
        organisation: _Handle = "",
        whose: Whose = "all",
        first: _Day = "",
        last: _Day = "",
        after: _After = "",
        by: _Handle = "",
    ) -> Response:
        asked = Asked("", whose, first, last, after, by.strip())
        return _page(pages, node, kept, request, reading, organisation, asked)


def _page(
    pages: Pages,
    node: Node,
    kept: ReadLog,
    request: Request,
    reading: Reading,
    organisation: str,
    wanted: Asked,
) -> Response:
    own = reading.reader.lists_of(organisation or None)
    found, changes = None, []
    if own:
        kept.flush()
        asked = replace(wanted, organisation=own)
        audits = not reading.reader.takes_part(own)
        found = looks(node, asked, audits=audits, limit=rows_per_page)
        changes = _changes(reading, own)
    told = sorted(told_days(node, reading.view).items(), reverse=True)[:days_shown]
    return pages.page(
        request,
        "reads.html",
        own=own,
        organisation=organisation,
        found=found,
        asked=wanted,
        changes=changes,
        told=told,
        filtered=bool(wanted.first or wanted.last or wanted.whose != "all" or wanted.by),
        firm=firm_names(reading.view, choose(request)),
    )


def _changes(reading: Reading, own: str) -> list[tuple[str, Mapping[str, Any]]]:
    """Grades that the organisation set, the newest first."""
    rows = cast(Mapping[str, Mapping[str, Any]], reading.view.group("grade", own))
    return sorted(rows.items(), key=lambda row: -row[1]["since"])


def _whose(reading: Reading, organisation: str) -> str:
    """Raises `NotReadable`."""
    own = reading.reader.lists_of(organisation or None)
    if own is None:
        raise NotReadable(organisation or "reads")
    return own
