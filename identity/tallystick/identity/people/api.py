"""Who belongs to an organisation, and what waits for a second person. Changes are signed entries."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, Protocol

from fastapi import APIRouter, Depends, Path, Query

from tallystick.identity.people import views
from tallystick.ledger import Reader, View

Limit = Annotated[int, Query(ge=1, le=views.people_page_max)]
Organisation = Annotated[str | None, Query(max_length=255)]
After = Annotated[str, Query(max_length=255)]


class ReadingPeople(Protocol):
    @property
    def view(self) -> View: ...

    @property
    def reader(self) -> Reader: ...


def router(reading: Callable[..., Any]) -> APIRouter:
    """`reading` is the dependency that says who asks."""
    routes = APIRouter(prefix="/v1", tags=["people"])

    @routes.get("/people", summary="People of an organisation")
    def get_people(
        reading: ReadingPeople = Depends(reading),
        organisation: Organisation = None,
        after: After = "",
        limit: Limit = 100,
    ) -> dict[str, Any]:
        """Your own organisation's by default; roles, keys, and who is suspended."""
        found = views.people_of(reading.view, reading.reader, organisation, after, limit)
        return {"people": found, "next": _next(found, "person", limit)}

    @routes.get("/pending", summary="Acts of several persons")
    def list_pending(
        reading: ReadingPeople = Depends(reading),
        organisation: Organisation = None,
        after: After = "",
        limit: Limit = 100,
        open_only: Annotated[bool, Query(alias="open")] = False,
    ) -> dict[str, Any]:
        """What was proposed in an organisation, or waits for its help; with `open` what still waits."""
        found = views.pending_of(
            reading.view, reading.reader, organisation, after, limit, only_open=open_only
        )
        return {"pending": found, "next": _next(found, "proposal", limit)}

    @routes.get("/pending/{proposal}", summary="One act of several persons")
    def get_pending(
        proposal: Annotated[str, Path(pattern="^[0-9a-f]{64}$")],
        reading: ReadingPeople = Depends(reading),
        person: Organisation = None,
    ) -> dict[str, Any]:
        """With `person` also `recovered`: what its approval has to restate, where it completes a recovery."""
        found = views.pending(reading.view, reading.reader, proposal)
        told = None if person is None else views.restated(reading.view, proposal, person)
        more = {} if told is None else told.model_dump(mode="json", exclude_none=True)
        return {**found, "recovered": more} if more else found

    return routes


def _next(found: list[dict[str, Any]], name: str, limit: int) -> str | None:
    return str(found[-1][name]) if len(found) == limit else None
