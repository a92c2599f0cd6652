"""HTTP: reading items, and checking EPCIS documents without storing them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, Protocol

from fastapi import APIRouter, Depends, Path, Query, Request

from tallystick.ledger import Reader, View, read_limited
from tallystick.trace import graph, views
from tallystick.trace.epcis.event_hash import cbv_hash, strict_digest
from tallystick.trace.epcis.json_ld import document_bytes_max, parse
from tallystick.trace.epcis.validate import is_event, validate
from tallystick.trace.errors import EpcisRefused
from tallystick.trace.schemas import (
    EventDigests,
    HistoryPage,
    ItemModel,
    JourneyModel,
    TreeModel,
    Validation,
)
from tallystick.trace.summary import Identifier


class Reading(Protocol):
    """Who reads, and what from."""

    @property
    def view(self) -> View: ...
    @property
    def reader(self) -> Reader: ...


_Item = Annotated[Identifier, Path(description="a handle, or another URI, percent-encoded")]
_Depth = Annotated[int, Query(ge=0, le=graph.depth_max)]
_refusals: dict[int | str, dict[str, Any]] = {
    403: {"description": "not-a-party"},
    404: {"description": "unknown-item"},
}


def router(reader: Callable[..., Any]) -> APIRouter:
    """The routes of the trace part; `reader` is a FastAPI dependency."""
    routes = APIRouter()
    _add_reading(routes, reader)
    _add_validation(routes)
    return routes


def _add_reading(routes: APIRouter, reader: Callable[..., Any]) -> None:
    at = "/trace/v1/items/{identifier:path}"

    @routes.get(at + "/history", responses=_refusals)
    def history(
        identifier: _Item,
        reading: Reading = Depends(reader),
        after: str = "",
        limit: Annotated[int, Query(ge=1, le=views.page_max)] = 100,
    ) -> HistoryPage:
        """Its own events in ledger order."""
        steps = views.history(reading.view, identifier, after, limit, reading.reader)
        return HistoryPage.of(steps, limit)

    @routes.get(at + "/journey", responses=_refusals)
    def journey(identifier: _Item, reading: Reading = Depends(reader)) -> JourneyModel:
        """Its events and those of what it was packed in, in order of time."""
        return JourneyModel.of(views.journey(reading.view, identifier, reading.reader))

    @routes.get(at + "/contents", responses=_refusals)
    def contents(
        identifier: _Item, reading: Reading = Depends(reader), depth: _Depth = 10
    ) -> TreeModel:
        """What it contains now."""
        return TreeModel.of(graph.contents(reading.view, identifier, depth, reading.reader))

    @routes.get(at + "/materials", responses=_refusals)
    def materials(
        identifier: _Item, reading: Reading = Depends(reader), depth: _Depth = 10
    ) -> TreeModel:
        """What it was made of."""
        return TreeModel.of(graph.materials(reading.view, identifier, depth, reading.reader))

    @routes.get(at + "/products", responses=_refusals)
    def products(
        identifier: _Item, reading: Reading = Depends(reader), depth: _Depth = 10
    ) -> TreeModel:
        """What was made of it."""
        return TreeModel.of(graph.products(reading.view, identifier, depth, reading.reader))

    @routes.get(at, responses=_refusals)
    def item(identifier: _Item, reading: Reading = Depends(reader)) -> ItemModel:
        """The item as it is now."""
        return ItemModel.of(views.item(reading.view, identifier, reading.reader))


def _add_validation(routes: APIRouter) -> None:
    @routes.post("/epcis/validate")
    async def check(request: Request) -> Validation:
        """Whether an EPCIS 2.0 JSON-LD document (or single event) is valid; nothing is stored."""
        try:
            return _checked(await read_limited(request, document_bytes_max))
        except EpcisRefused as error:
            return Validation.model_validate({"valid": False, "errors": error.members["errors"]})


def _checked(data: bytes) -> Validation:
    value = parse(data)
    validate(value)
    single = is_event(value)
    context = None if single else value["@context"]
    events = [value] if single else value["epcisBody"]["eventList"]
    return Validation(
        valid=True,
        events=[
            EventDigests(digest=strict_digest(event, context), cbv_hash=cbv_hash(event, context))
            for event in events
        ],
    )
