"""GET /v1/records: records by value, prefix or template, for those who may read what is searched for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, Protocol

from fastapi import APIRouter, Depends, Query, Response

from tallystick.identity.exchange.finding import Sought, page, page_max
from tallystick.identity.exchange.ndjson import record_object
from tallystick.ledger import Reader, View


class ReadingRecords(Protocol):
    @property
    def view(self) -> View: ...

    @property
    def reader(self) -> Reader: ...


def router(reading: Callable[..., Any]) -> APIRouter:
    """`reading` is the dependency that says who asks."""
    routes = APIRouter(tags=["handles"])

    @routes.get("/v1/records", summary="Search records")
    def search_records(
        response: Response,
        reading: ReadingRecords = Depends(reading),
        type: Annotated[str, Query(max_length=100)] = "",  # noqa: A002
        value: Annotated[str, Query(max_length=4096)] = "",
        prefix: Annotated[str, Query(max_length=100)] = "",
        template: Annotated[str, Query(max_length=300)] = "",
        after: Annotated[str, Query(max_length=300)] = "",
        limit: Annotated[int, Query(ge=1, le=page_max)] = 100,
    ) -> dict[str, Any]:
        """`type` with `value` (`*` stands for any characters), `prefix`, `template` (`version:handle`), or a mix of them.

        Private values are found by those who may read them, and by nobody else. `next`, if there, is the
        `after` of the next page, which may be empty.
        """
        sought = Sought(type, value, prefix, template)
        found = page(reading.view, reading.reader, sought, after=after, limit=limit)
        if reading.reader.is_known():
            response.headers["Cache-Control"] = "private, no-store"
        shown = [record_object(one.record, one.values) for one in found.found]
        return {"records": shown, **({"next": found.go_on} if found.go_on else {})}

    return routes
