"""Where a core enterprise's maker proposes to confirm an invoice, and its checker approves (确权)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response

import tallystick.finance as finance
from tallystick.app.access import Reading
from tallystick.app.login import member_of
from tallystick.app.pages.banks import banks
from tallystick.app.pages.language import choose
from tallystick.app.pages.records import firm_names
from tallystick.app.pages.render import Pages

rows_per_page = 20
calendars_max = 100
_shows = finance.views.to_confirm_shows
_Word = Annotated[str, Query(max_length=40)]
_Mark = Annotated[str | None, Query(max_length=700)]


@dataclass(frozen=True, slots=True)
class Hands:
    """What whoever looks may do here: propose, or approve what somebody else proposed."""

    person: str
    proposes: bool
    approves: bool


def add(routes: APIRouter, pages: Pages, reader: Callable[..., Any]) -> None:
    @routes.get("/confirmations")
    def confirmations(
        request: Request,
        reading: Reading = Depends(reader),
        show: _Word = "confirmable",
        stuck: bool = False,
        after: _Mark = None,
        after_proposal: _Mark = None,
    ) -> Response:
        """What waits first: what can be confirmed now. A word that is no standing asks for that, too."""
        mine = reading.reader.lists_of()
        shown = show if show in _shows else "confirmable"
        found = waiting = None
        if mine is not None:
            found = finance.views.to_confirm(reading, mine, shown, after, rows_per_page)
            waiting = finance.views.proposals(
                reading, mine, after_proposal, rows_per_page, stuck=stuck
            )
        return pages.page(
            request,
            "confirmations.html",
            invoices=found,
            proposals=waiting,
            show=shown,
            shows=_shows,
            stuck=stuck,
            hands=_hands(request),
            banks=banks(reading.view) if found is not None and found.rows else (),
            clocks=_clocks(reading, found),
            calendars=_calendars(reading, mine),
            firm=firm_names(reading.view, choose(request)),
        )


def _hands(request: Request) -> Hands:
    member = member_of(request)
    if member is None:
        return Hands("", proposes=False, approves=False)
    return Hands(
        member.person, proposes="maker" in member.roles, approves="checker" in member.roles
    )


def _clocks(
    reading: Reading, found: finance.views.Page[finance.views.ToConfirm] | None
) -> dict[str, finance.policies.Clock]:
    """Days since the goods of each invoice were scanned in, where they were."""
    clocks = {
        one.invoice: finance.policies.clock_of_invoice(reading, one.invoice)
        for one in (found.rows if found is not None else ())
    }
    return {name: clock for name, clock in clocks.items() if clock is not None}


def _calendars(reading: Reading, mine: str | None) -> list[finance.calendars.views.Listed]:
    """By which a due date may roll: never one that the issuer publishes itself."""
    if mine is None:
        return []
    rows = finance.calendars.views.listed(reading.view, limit=calendars_max).rows
    return [one for one in rows if one.publisher != mine]
