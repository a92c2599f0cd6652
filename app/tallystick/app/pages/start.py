"""The start page: which log this is, and where to go."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import RedirectResponse

import tallystick.finance as finance
from tallystick.app.access import Reading
from tallystick.app.pages import links
from tallystick.app.pages.language import Language, choose
from tallystick.app.pages.records import firm_names, title
from tallystick.app.pages.render import Pages
from tallystick.identity import incidents_of, resolve
from tallystick.ledger import TallystickError

incidents_shown_max = 3


@dataclass(frozen=True, slots=True)
class Place:
    """A place worth opening first. `row` is a certificate's, if the reader may read it."""

    name: str
    title: str
    row: Any = None


def add(routes: APIRouter, pages: Pages, reader: Callable[..., Any]) -> None:
    @routes.get("/")
    def start(request: Request, reading: Reading = Depends(reader)) -> Response:
        snapshot, language = reading.snapshot, choose(request)
        size = snapshot.size()
        return pages.page(
            request,
            "start.html",
            size=size,
            newest=snapshot.row(size - 1) if size else None,
            checkpoint=snapshot.checkpoint(),
            firm=firm_names(reading.view, language),
            incidents=[
                one for one in incidents_of(reading.view, reading.reader) if "until" not in one
            ][:incidents_shown_max],
            items=_items(pages, reading, language),
            certificates=_certificates(pages, reading),
        )

    @routes.get("/find")
    def find(q: Annotated[str, Query(max_length=400)] = "") -> RedirectResponse:
        """Where a typed or scanned code leads."""
        return RedirectResponse(links.find(q) if q.strip() else "/", 303)


def _items(pages: Pages, reading: Reading, language: Language) -> list[Place]:
    items = pages.bill.items if pages.bill else ()
    return [Place(name, title(resolve(reading.view, name), language)) for name in items]


def _certificates(pages: Pages, reading: Reading) -> list[Place]:
    return [
        Place(name, name, _readable(reading, name))
        for name in (pages.bill.certificates if pages.bill else ())
    ]


def _readable(reading: Reading, name: str) -> Any:
    try:
        return finance.views.readable_certificate(reading, name)
    except TallystickError:
        return None
