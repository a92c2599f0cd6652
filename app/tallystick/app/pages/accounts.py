"""The page of bank accounts: to which an organisation is paid, what is on its way, and the acts on them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response

from tallystick.app.access import Reading
from tallystick.app.login import member_of
from tallystick.app.pages.language import choose
from tallystick.app.pages.records import firm_names
from tallystick.app.pages.render import Pages
from tallystick.finance import accounts

rows_per_page = 25
_Mark = Annotated[str | None, Query(max_length=700)]
_keepers = frozenset({"maker", "checker", "finance"})
_officers = frozenset({"administrator", "security-administrator"})


@dataclass(frozen=True, slots=True)
class Hands:
    """What whoever looks may do here; the rule judges it again when it is said."""

    person: str
    organisation: str
    registers: bool
    decides: bool
    vouches: bool


def add(routes: APIRouter, pages: Pages, reader: Callable[..., Any]) -> None:
    @routes.get("/accounts")
    def listed(
        request: Request,
        reading: Reading = Depends(reader),
        organisation: Annotated[str, Query(max_length=255)] = "",
        after: _Mark = None,
        after_change: _Mark = None,
    ) -> Response:
        """An auditor names the `organisation` of whom it asks."""
        mine = reading.reader.lists_of(organisation or None)
        found = changes = None
        if mine is not None:
            found = accounts.views.accounts(reading, mine, after, rows_per_page)
            changes = accounts.views.changes(reading, mine, after_change, rows_per_page)
        return pages.page(
            request,
            "accounts.html",
            mine=mine,
            accounts=found,
            payees=accounts.views.payees(reading, mine) if mine is not None else (),
            changes=changes,
            hands=_hands(request),
            firm=firm_names(reading.view, choose(request)),
        )


def _hands(request: Request) -> Hands:
    member = member_of(request)
    if member is None:
        return Hands("", "", registers=False, decides=False, vouches=False)
    roles = frozenset(member.roles)
    return Hands(
        member.person,
        member.organisation,
        registers=bool(roles & (_keepers | _officers)),
        decides=bool(roles & _officers),
        vouches=bool(roles & {"maker", "checker"}),
    )
