"""Where a core enterprise's maker proposes to confirm an invoice, and its checker approves (确权)."""

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
from tallystick.ledger import View

rows_per_page = 20
banks_max = 500
organisations_page = 1000
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
        after: _Mark = None,
        after_proposal: _Mark = None,
    ) -> Response:
        mine = reading.reader.lists_of()
        found = waiting = None
        if mine is not None:
            found = finance.views.to_confirm(reading, mine, after, rows_per_page)
            waiting = finance.views.proposals(reading, mine, after_proposal, rows_per_page)
        return pages.page(
            request,
            "confirmations.html",
            invoices=found,
            proposals=waiting,
            hands=_hands(request),
            banks=_banks(reading.view) if found is not None and found.rows else (),
            exponent=finance.exponent,
            firm=firm_names(reading.view, choose(request)),
        )


def _hands(request: Request) -> Hands:
    member = member_of(request)
    if member is None:
        return Hands("", proposes=False, approves=False)
    return Hands(
        member.person, proposes="maker" in member.roles, approves="checker" in member.roles
    )


def _banks(view: View) -> list[str]:
    """Organisations that may be named as the paying bank."""
    found: list[str] = []
    after = ""
    while names := view.names("organisation", after=after, limit=organisations_page):
        for name in names:
            row = cast(dict[str, Any], view.get("organisation", name))
            if "bank" in row["capacities"]:
                found.append(name)
            if len(found) == banks_max:
                return found
        after = names[-1]
    return found
