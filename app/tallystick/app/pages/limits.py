"""Where a node and a funder set limits by two persons, and see what is used and reserved; a core sees its own."""

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
_officers = frozenset({"administrator", "security-administrator"})
of_funder: tuple[finance.limits.LimitKind, ...] = ("funder", "funder-core", "supplier")
of_node: tuple[finance.limits.LimitKind, ...] = ("core", "group")


@dataclass(frozen=True, slots=True)
class Hands:
    """What whoever looks may do here, and which kinds its organisation sets; the rule judges it again."""

    person: str
    proposes: bool
    approves: bool
    kinds: tuple[finance.limits.LimitKind, ...]


def add(routes: APIRouter, pages: Pages, reader: Callable[..., Any]) -> None:
    @routes.get("/limits")
    def limits(
        request: Request, reading: Reading = Depends(reader), after: _Mark = None
    ) -> Response:
        mine, asked = reading.reader.lists_of(), finance.limits
        return pages.page(
            request,
            "limits.html",
            mine=mine,
            limits=None if mine is None else asked.limits(reading, mine, after, rows_per_page),
            proposed=() if mine is None else asked.proposals(reading, mine),
            hands=_hands(request, reading, mine),
            exponent=finance.exponent,
            firm=firm_names(reading.view, choose(request)),
        )


def _hands(request: Request, reading: Reading, mine: str | None) -> Hands:
    member = member_of(request)
    if mine is None or member is None or member.organisation != mine:
        return Hands("", proposes=False, approves=False, kinds=())
    row = cast(dict[str, Any], reading.view.get("organisation", mine) or {})
    node, bank = ("node" in row["capacities"], "bank" in row["capacities"])
    officer = node and bool(_officers.intersection(member.roles))
    kinds = (*(of_node if node else ()), *(of_funder if bank else ()))
    maker, checker = "maker" in member.roles, "checker" in member.roles
    return Hands(member.person, proposes=maker or officer, approves=checker or officer, kinds=kinds)
