"""The operator's side: the route from which mirrors and other readers fetch the log in bulk."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query, Response

from tallystick.ledger.api import ReadingLog
from tallystick.ledger.mirror.stretch import stretch_entries_max, write_stretch
from tallystick.ledger.reader import IndexUnknown

index_max = 2**53 - 1


def feed_router(reading: Callable[..., Any]) -> APIRouter:
    """`reading` is the dependency that gives a `ReadingLog`."""
    routes = APIRouter(tags=["log"])

    @routes.get(
        "/log/stretch/{first}",
        summary="Entries in bulk with bodies and attachments, as far as you may read them",
    )
    def get_stretch(
        first: Annotated[int, Path(ge=0, le=index_max)],
        end: Annotated[int, Query(ge=1, le=index_max)],
        reading: ReadingLog = Depends(reading),
    ) -> Response:
        """From `first` on, below `end`: at most 1,024, as many as fit into 8 MiB, at least one."""
        snapshot = reading.snapshot
        if not first < min(end, snapshot.size()):
            raise IndexUnknown(f"from {first} to {end}, the log has {snapshot.size()} entries")
        last = min(end, first + stretch_entries_max)
        data = write_stretch(snapshot.disclosed(first, min(last, snapshot.size()), reading.reader))
        headers = {"Cache-Control": "private, no-store"}
        return Response(data, media_type="application/octet-stream", headers=headers)

    return routes
