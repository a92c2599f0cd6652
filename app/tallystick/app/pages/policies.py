"""Where a core enterprise signs standing policies and stops them, and says what it asks before a certificate lives."""

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
from tallystick.ledger import View

rows_per_page = 20
devices_max = 1000
_Mark = Annotated[str | None, Query(max_length=700)]
_officers = frozenset({"administrator", "security-administrator"})


@dataclass(frozen=True, slots=True)
class Hands:
    """What whoever looks may do here; the rule judges it again when it is said."""

    person: str
    proposes: bool
    approves: bool
    stops: bool


def add(routes: APIRouter, pages: Pages, reader: Callable[..., Any]) -> None:
    @routes.get("/policies")
    def policies(
        request: Request, reading: Reading = Depends(reader), after: _Mark = None
    ) -> Response:
        mine, asked, view = reading.reader.lists_of(), finance.policies, reading.view
        known = mine is not None
        return pages.page(
            request,
            "policies.html",
            mine=mine,
            policies=asked.policies(reading, mine, after, rows_per_page) if known else None,
            proposed=asked.proposals(reading, "policy", mine) if known else (),
            asked=asked.proposals(reading, "conditions", mine) if known else (),
            conditions=asked.conditions(reading, mine) if known else None,
            waivers=asked.waivers(reading, mine) if mine is not None else (),
            hands=_hands(request),
            banks=banks(view) if known else (),
            services=_services(view, mine) if mine is not None else (),
            grades=asked.evidence_grades,
            firm=firm_names(view, choose(request)),
        )


def _hands(request: Request) -> Hands:
    member = member_of(request)
    if member is None:
        return Hands("", proposes=False, approves=False, stops=False)
    maker, checker = "maker" in member.roles, "checker" in member.roles
    stops = maker or checker or bool(_officers.intersection(member.roles))
    return Hands(member.person, proposes=maker, approves=checker, stops=stops)


def _services(view: View, organisation: str) -> list[str]:
    """Software of the organisation that a policy may name."""
    rows = view.find("device-by-organisation", organisation, limit=devices_max)
    return [row.name for row in rows if row.value["purpose"] == "service"]
