"""/v1/organisations and /v1/incidents: who takes part, and what went wrong. Changes are signed entries."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, Protocol

from fastapi import APIRouter, Depends, Path, Query

from tallystick.identity.organisations import views
from tallystick.ledger import Reader, View

Text = Annotated[str, Query(max_length=255)]


class ReadingOrganisations(Protocol):
    @property
    def view(self) -> View: ...

    @property
    def reader(self) -> Reader: ...


def router(reading: Callable[..., Any]) -> APIRouter:
    """`reading` is the dependency that says who asks."""
    routes = APIRouter(prefix="/v1", tags=["organisations"])

    @routes.get("/organisations", summary="Organisations of the log")
    def listed(
        reading: ReadingOrganisations = Depends(reading),
        q: Text = "",
        node: Text = "",
        after: Text = "",
        limit: Annotated[int, Query(ge=1, le=views.page_max)] = 50,
    ) -> dict[str, Any]:
        """Name, number, and who verified them. `q`: the beginning of a word of a name, of a number, or a handle."""
        found = views.organisations_of(reading.view, q, after, limit, node or None)
        last = str(found[-1]["organisation"]) if len(found) == limit else None
        return {"organisations": found, "next": last}

    @routes.get("/organisations/{handle:path}", summary="One organisation")
    def one(
        handle: Annotated[str, Path(max_length=255)],
        reading: ReadingOrganisations = Depends(reading),
    ) -> dict[str, Any]:
        """For itself, its node and auditors also papers, people, holds, quota and history, as `own`."""
        told = views.public_part(reading.view, handle)
        own = views.own_part(reading.view, reading.reader, handle)
        return told if own is None else {**told, "own": own}

    @routes.get("/incidents", summary="Notices of incidents")
    def incidents(reading: ReadingOrganisations = Depends(reading)) -> dict[str, Any]:
        """What nodes told: the public, their members, or whom it concerns; the newest first."""
        return {"incidents": views.incidents_of(reading.view, reading.reader)}

    return routes
