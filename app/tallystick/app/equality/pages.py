"""The daily equality as its readers see it: auditor and operator of all banks, a bank its own part."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Annotated, Any, cast

from fastapi import APIRouter, Depends, FastAPI, Query, Request, Response
from pydantic import BaseModel, ConfigDict

import tallystick.finance as finance
from tallystick.app.access import Reading
from tallystick.app.bootstrap import Node
from tallystick.app.equality import keeping
from tallystick.app.pages.language import choose
from tallystick.app.pages.records import firm_names
from tallystick.app.pages.render import Pages
from tallystick.app.pages.route import html_route
from tallystick.app.routing import add_routes
from tallystick.ledger import MoneyDate, View

days_shown = 31
_Organisation = Annotated[str | None, Query(max_length=255)]
_Day = Annotated[str, Query(pattern=r"^(\d{4}-\d{2}-\d{2})?$")]
_Limit = Annotated[int, Query(ge=1, le=200)]
_refusals: dict[int | str, dict[str, Any]] = {404: {"description": "not-found-or-not-yours"}}


class DayModel(BaseModel):
    """`reports`: by currency, sums in minor units. `ledger` and `other` of each line: what the ledger says, and what
    bank or register say; `because`: what of their difference each reason explains."""

    model_config = ConfigDict(frozen=True)

    day: MoneyDate
    unexplained: int
    reports: list[dict[str, Any]]


class DaysModel(BaseModel):
    model_config = ConfigDict(frozen=True)

    days: list[DayModel]


def install(app: FastAPI, node: Node, pages: Pages, reader: Callable[..., Any]) -> None:
    add_routes(app, _api(node, reader))
    routes = APIRouter(route_class=html_route(pages), include_in_schema=False)
    _add_page(routes, pages, node, reader)
    add_routes(app, routes)


def _api(node: Node, reader: Callable[..., Any]) -> APIRouter:
    routes = APIRouter(prefix="/finance/v1/equality", tags=["finance"], responses=_refusals)

    @routes.get("", summary="Ledger, bank and register of each day, side by side")
    def days(
        reading: Reading = Depends(reader),
        organisation: _Organisation = None,
        since: _Day = "",
        limit: _Limit = 50,
    ) -> DaysModel:
        """Days that are over, from `since` on. Auditor and operator get all banks together, a bank its own part."""
        found = keeping.kept(node, _whose(reading, organisation), since, limit)
        rows = [
            DayModel(day=one.day, unexplained=one.unexplained, reports=[*map(dict, one.reports)])
            for one in found
        ]
        return DaysModel(days=rows)

    return routes


def _add_page(routes: APIRouter, pages: Pages, node: Node, reader: Callable[..., Any]) -> None:
    @routes.get("/equality")
    def equality(request: Request, reading: Reading = Depends(reader), day: _Day = "") -> Response:
        whose = None
        try:
            whose = _whose(reading, None)
        except finance.NotReadable:
            found = []
        else:
            last = day or finance.plus_days(keeping.today(reading.snapshot), -1)
            found = keeping.kept(node, whose, finance.plus_days(last, 1 - days_shown), days_shown)
        return pages.page(
            request,
            "equality.html",
            whose=whose,
            everybody=keeping.everybody,
            days=found[::-1],
            firm=firm_names(reading.view, choose(request)),
        )


def _whose(reading: Reading, organisation: str | None) -> str:
    """All banks together for an auditor and whoever operates the log; else one's own. Raises `NotReadable`."""
    if organisation is None and reading.reader.may_read("parties", ()):
        return keeping.everybody
    own = reading.reader.lists_of(organisation)
    if own is None:
        raise finance.NotReadable(organisation or "equality")
    return keeping.everybody if _operates(reading.view, own) else own


def _operates(view: View, organisation: str) -> bool:
    """The log's root, or a node that stands under its prefix."""
    genesis = cast(Mapping[str, Any], view.get("log", "genesis") or {})
    found = cast(Mapping[str, Any], view.get("organisation", organisation) or {})
    root = str(genesis.get("root", ""))
    beside = organisation.partition("/")[0] == root.partition("/")[0]
    return organisation == root or (beside and "node" in found.get("capacities", ()))
