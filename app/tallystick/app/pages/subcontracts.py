"""Pages of subcontract orders (委外加工): where the buyer's material is, and the notes that move it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query, Request, Response

import tallystick.finance as finance
from tallystick.app.access import Reading
from tallystick.app.login import member_of
from tallystick.app.pages.language import choose
from tallystick.app.pages.records import firm_names
from tallystick.app.pages.render import Pages
from tallystick.identity import ledger_time

rows_per_page = 20
_Mark = Annotated[str | None, Query(max_length=700)]
_Order = Annotated[str, Path(max_length=400)]


@dataclass(frozen=True, slots=True)
class Hands:
    """What whoever looks may put on record: what was issued, or what was returned and lost."""

    issues: bool
    returns: bool


def add(routes: APIRouter, pages: Pages, reader: Callable[..., Any]) -> None:
    @routes.get("/subcontracts")
    def subcontracts(
        request: Request, reading: Reading = Depends(reader), after: _Mark = None
    ) -> Response:
        """Subcontract orders of the reader's firm."""
        own = reading.reader.lists_of()
        page = None
        if own is not None:
            page = finance.subcontracts.views.subcontracts(reading, own, after, rows_per_page)
        return pages.page(
            request,
            "subcontracts.html",
            own=own,
            page=page,
            firm=firm_names(reading.view, choose(request)),
        )

    @routes.get("/subcontracts/{order:path}")
    def one(
        request: Request, order: _Order, reading: Reading = Depends(reader), after: _Mark = None
    ) -> Response:
        """One order's material, and its notes."""
        view = finance.subcontracts.views.subcontract(reading, order)
        return pages.page(
            request,
            "subcontract.html",
            view=view,
            notes=finance.subcontracts.views.notes(reading, order, after, rows_per_page),
            hands=_hands(request, view.head),
            today=finance.money_date(ledger_time(reading.view)),
            firm=firm_names(reading.view, choose(request)),
        )


def _hands(request: Request, head: Mapping[str, Any]) -> Hands:
    member = member_of(request)
    makes = member is not None and "maker" in member.roles and head["status"] == "agreed"
    own = member.organisation if member is not None else ""
    return Hands(issues=makes and own == head["buyer"], returns=makes and own == head["seller"])
