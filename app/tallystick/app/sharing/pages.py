"""The page of what is shared: given, received, offered, ended; and what somebody would see by it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, cast, get_args

from fastapi import APIRouter, Depends, FastAPI, Query, Request, Response

from tallystick.app.access import Reading
from tallystick.app.login import member_of
from tallystick.app.pages.language import choose
from tallystick.app.pages.records import firm_names
from tallystick.app.pages.render import Pages
from tallystick.app.pages.route import html_route
from tallystick.app.routing import add_routes
from tallystick.app.sharing.api import previewed
from tallystick.app.sharing.desk import SharingDesk
from tallystick.app.sharing.things import Preview
from tallystick.identity import organisation as organisation_of
from tallystick.identity import prefix_holder, sharing
from tallystick.ledger import View

rows_per_page = 20
remits_max = 200
_text = Annotated[str, Query(max_length=300)]
_name = Annotated[str, Query(pattern=r"^([0-9a-f]{64})?$")]


@dataclass(frozen=True, slots=True)
class Listed:
    """Agreements of one side; `next`: after which one the next page begins."""

    rows: tuple[sharing.Agreement, ...]
    next: str | None


def install(app: FastAPI, pages: Pages, reader: Callable[..., Any], desk: SharingDesk) -> None:
    """Add the page's route."""
    routes = APIRouter(route_class=html_route(pages), include_in_schema=False)

    @routes.get("/sharing")
    def page(
        request: Request,
        reading: Reading = Depends(reader),
        organisation: _text = "",
        given: _name = "",
        received: _name = "",
        to: _text = "",
        kind: Annotated[str, Query(max_length=20)] = "",
        part: Annotated[str, Query(max_length=20)] = "",
        names: _text = "",
        types: _text = "",
    ) -> Response:
        """`given`, `received`: cursors. `to`, or `kind` with what narrows it, ask for a preview."""
        own = reading.reader.lists_of(organisation or None)
        view, member = reading.view, member_of(request)
        asked = {"kind": kind, "part": part if kind == "part" else "", **_narrowed(names, types)}
        preview: Preview | None = None
        if own and (to or kind):
            preview = previewed(request, reading, desk, own, to.strip(), asked)
        today = desk.today(view)
        return pages.page(
            request,
            "sharing.html",
            own=own,
            acts=member is not None and member.organisation == own,
            today=today,
            given=_listed(reading, own, "given", today, given),
            received=_listed(reading, own, "received", today, received),
            remits=tuple(remits_over(view, own, today)) if own else (),
            preview=preview,
            asked={"to": to, "kind": kind, "part": part, "names": names, "types": types},
            organisation=organisation,
            kinds=get_args(sharing.ThingKind),
            parts=get_args(sharing.Part),
            purposes=get_args(sharing.Purpose),
            capacities=get_args(sharing.Capacity),
            firm=firm_names(view, choose(request)),
        )

    add_routes(app, routes)


def _listed(
    reading: Reading, own: str | None, side: sharing.Side, today: str, after: str
) -> Listed:
    if own is None:
        return Listed((), None)
    found = sharing.agreements(reading.view, own, side, today, after, rows_per_page + 1)
    more = len(found) > rows_per_page
    shown = sharing.agreements_for(reading.reader, found[:rows_per_page])
    return Listed(tuple(shown), found[rows_per_page - 1].name if more else None)


def remits_over(view: View, own: str, today: str) -> Iterator[sharing.Agreement]:
    """Remits under which others read what is the organisation's: of its node, and of the root."""
    genesis = cast(Mapping[str, Any], view.get("log", "genesis"))
    givers = {prefix_holder(view, organisation_of(view, own).node), str(genesis["root"])}
    for giver in sorted(filter(None, givers)):
        for one in sharing.agreements(view, giver, "given", today, limit=remits_max):
            if one.row["form"] == "remit" and sharing.covers(view, one.row, own):
                yield one


def _narrowed(names: str, types: str) -> dict[str, list[str]]:
    """What was typed: names hold a slash, prefixes do not."""
    words = [word for word in names.replace(",", " ").split() if word]
    return {
        "names": [word for word in words if "/" in word],
        "prefixes": [word for word in words if "/" not in word],
        "types": types.replace(",", " ").split(),
    }
