"""GET /api/handles/{handle} in the JSON form of Handle.net (HN Technical Manual 9, ch. 14)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, Protocol

from fastapi import APIRouter, Depends, Query
from fastapi.responses import JSONResponse

from tallystick.identity.bodies import permissions_default
from tallystick.identity.views import CodesOfBatches, Value, resolve, values_for
from tallystick.ledger import Reader, View

success, handle_not_found, values_not_found = 1, 100, 200


class ReadingHandles(Protocol):
    @property
    def view(self) -> View: ...

    @property
    def reader(self) -> Reader: ...


def router(reading: Callable[..., Any], issued: CodesOfBatches | None = None) -> APIRouter:
    """The resolver's routes; `reading` is the dependency that says who asks."""
    routes = APIRouter(tags=["handles"])

    @routes.get("/api/handles/{handle:path}", summary="Resolve a handle")
    def get_handle(
        handle: str,
        reading: ReadingHandles = Depends(reading),
        index: Annotated[list[int] | None, Query(max_length=64)] = None,
        type: Annotated[list[str] | None, Query(max_length=64)] = None,  # noqa: A002
    ) -> JSONResponse:
        """`index` and `type` filter by either; a type ending in `.` takes all its subtypes."""
        record = resolve(reading.view, handle, issued=issued)
        if record is None or record.deleted:
            return _answer(handle_not_found, handle, status=404)
        values = [
            value for value in values_for(reading.reader, record) if _wanted(value, index, type)
        ]
        if not values:
            return _answer(values_not_found, record.handle, values=[])
        return _answer(success, record.handle, values=[_shown(value) for value in values])

    return routes


def _wanted(value: Value, indexes: list[int] | None, types: list[str] | None) -> bool:
    if not indexes and not types:
        return True
    return value.index in (indexes or ()) or any(
        value.type == wanted or (wanted.endswith(".") and value.type.startswith(wanted))
        for wanted in types or ()
    )


def _shown(value: Value) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "index": value.index,
        "type": value.type,
        "data": {"format": value.format, "value": value.value},
        "ttl": value.ttl,
        "timestamp": value.timestamp or "1970-01-01T00:00:00.000Z",
    }
    if value.references:
        shown["references"] = list(value.references)
    if value.permissions != permissions_default:
        shown["permissions"] = value.permissions
    return shown


def _answer(code: int, handle: str, *, status: int = 200, **more: Any) -> JSONResponse:
    return JSONResponse({"responseCode": code, "handle": handle, **more}, status_code=status)
