"""The clerk's pages of the match: what is held and why, one line side by side, and the tolerances."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any, cast

from fastapi import APIRouter, Depends, Query, Request, Response

import tallystick.finance as finance
from tallystick.app.access import Reading
from tallystick.app.login import member_of
from tallystick.app.pages.language import choose
from tallystick.app.pages.records import firm_names
from tallystick.app.pages.render import Pages

rows_per_page = 25
_Mark = Annotated[str | None, Query(max_length=700)]
_Name = Annotated[str, Query(max_length=400)]
_Word = Annotated[str, Query(max_length=40)]
_Currency = Annotated[str, Query(pattern=r"^[A-Z]{3}$")]


@dataclass(frozen=True, slots=True)
class Hands:
    """What whoever looks may do here: propose, or approve what somebody else proposed."""

    person: str
    organisation: str
    proposes: bool
    approves: bool


def add(routes: APIRouter, pages: Pages, reader: Callable[..., Any]) -> None:
    _add_list(routes, pages, reader)
    _add_line(routes, pages, reader)
    _add_tolerances(routes, pages, reader)


def _add_list(routes: APIRouter, pages: Pages, reader: Callable[..., Any]) -> None:
    @routes.get("/matching")
    def matching(
        request: Request,
        reading: Reading = Depends(reader),
        reason: _Word = "",
        status: _Word = "",
        after: _Mark = None,
    ) -> Response:
        """Lines that are not confirmed whole, by reason. A word that is no reason asks for all."""
        mine = reading.reader.lists_of()
        found = counts = None
        if mine is not None:
            found = finance.views.held_lines(
                reading,
                mine,
                reason=cast(Any, reason) if reason in finance.views.match_reasons else None,
                status=cast(Any, status) if status in finance.views.match_statuses else None,
                after=after,
                limit=rows_per_page,
            )
            counts = finance.views.tally(reading, mine)
        return pages.page(
            request,
            "matching.html",
            mine=mine,
            lines=found,
            counts=counts,
            reasons=finance.views.match_reasons,
            statuses=finance.views.match_statuses,
            reason=reason,
            standing=status,
            firm=firm_names(reading.view, choose(request)),
        )


def _add_line(routes: APIRouter, pages: Pages, reader: Callable[..., Any]) -> None:
    @routes.get("/matching/line")
    def line(
        request: Request,
        invoice: _Name,
        line: Annotated[int, Query(ge=1, le=999_999)],
        reading: Reading = Depends(reader),
    ) -> Response:
        """One line with its quantities side by side, why it is held, and what would release it."""
        return pages.page(
            request,
            "matching_line.html",
            one=finance.views.one_line(reading, invoice, line),
            hands=_hands(request),
            firm=firm_names(reading.view, choose(request)),
        )


def _add_tolerances(routes: APIRouter, pages: Pages, reader: Callable[..., Any]) -> None:
    @routes.get("/matching/tolerances")
    def tolerances(
        request: Request,
        reading: Reading = Depends(reader),
        after: _Mark = None,
        currency: _Currency = "CNY",
    ) -> Response:
        """What the reader's organisation lets pass, and what two persons may change of it for a currency."""
        mine = reading.reader.lists_of()
        found = versions = None
        if mine is not None:
            found = finance.views.tolerances_of(reading, mine)
            versions = finance.views.tolerance_versions(reading, mine, after, rows_per_page)
        return pages.page(
            request,
            "tolerances.html",
            mine=mine,
            found=found,
            versions=versions,
            hands=_hands(request),
            core=mine is not None and _is_core(reading, mine),
            currency=currency,
            digits=finance.exponent(currency),
        )


def _is_core(reading: Reading, organisation: str) -> bool:
    row = cast(dict[str, Any], reading.view.get("organisation", organisation) or {})
    return "core" in row.get("capacities", ())


def _hands(request: Request) -> Hands:
    member = member_of(request)
    if member is None:
        return Hands("", "", proposes=False, approves=False)
    return Hands(
        member.person,
        member.organisation,
        proposes="maker" in member.roles,
        approves="checker" in member.roles,
    )
