"""A record's history as data."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, Protocol

from fastapi import APIRouter, Depends, Path, Query

from tallystick.identity.asof.history import history, history_page_max
from tallystick.ledger import Reader, Snapshot


class ReadingRecords(Protocol):
    @property
    def snapshot(self) -> Snapshot: ...

    @property
    def reader(self) -> Reader: ...


def router(reading: Callable[..., Any]) -> APIRouter:
    """Routes under `/v1/records`; `reading` is the dependency that says who asks."""
    routes = APIRouter(prefix="/v1/records", tags=["handles"])

    @routes.get("/{handle:path}/history", summary="What changed in a record, and when")
    def get_history(
        handle: Annotated[str, Path(max_length=400)],
        reading: ReadingRecords = Depends(reading),
        before: Annotated[int | None, Query(ge=0, lt=10**15)] = None,
        limit: Annotated[int, Query(ge=1, le=history_page_max)] = 50,
    ) -> dict[str, Any]:
        """The newest version first; `next` is the `before` of the page behind this one, null at the end."""
        return history(reading.snapshot, reading.reader, handle, before, limit).document()

    return routes
