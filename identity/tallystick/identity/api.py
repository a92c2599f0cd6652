"""GET /api/handles/{handle} in the JSON form of Handle.net (HN Technical Manual 9, ch. 14)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, Protocol

from fastapi import APIRouter, Depends, Query
from fastapi.responses import JSONResponse, RedirectResponse, Response

from tallystick.identity.asof.moment import index_of
from tallystick.identity.bodies import permissions_default
from tallystick.identity.prefixes import answers
from tallystick.identity.prefixes.counting import Counts, Uncounted
from tallystick.identity.views import Record, Value, resolve, values_for
from tallystick.ledger import Reader, Snapshot, View

success, handle_not_found, values_not_found = 1, 100, 200


class ReadingHandles(Protocol):
    @property
    def view(self) -> View: ...

    @property
    def reader(self) -> Reader: ...

    @property
    def snapshot(self) -> Snapshot: ...


def router(reading: Callable[..., Any], counts: Counts | None = None) -> APIRouter:
    """The resolver's routes; `reading` is the dependency that says who asks, `counts` is told what was asked."""
    counting = counts or Uncounted()
    routes = APIRouter(tags=["handles"])

    @routes.get("/api/handles/{handle:path}", summary="Resolve a handle")
    def get_handle(
        handle: str,
        reading: ReadingHandles = Depends(reading),
        index: Annotated[list[int] | None, Query(max_length=64)] = None,
        type: Annotated[list[str] | None, Query(max_length=64)] = None,  # noqa: A002
        as_of: Annotated[str | None, Query(alias="asOf")] = None,
        referred: Annotated[bool, Query()] = False,
    ) -> Response:
        """`index` and `type` filter by either; a type ending in `.` takes all its subtypes.

        `asOf`: an index of the log or a time (RFC 3339); the answer names both indexes, that and the version's.
        307 to the server that may know it, of a handle whose prefix is at home or comes from there; not if
        `referred`, which says that another server has sent the question here.
        """
        at = None if as_of is None else index_of(reading.snapshot, as_of)
        record = resolve(reading.view, handle, at)
        prefix = answers.standing(reading.view, record.handle if record else handle)
        if prefix is not None:
            counting.count(prefix.prefix, "missing" if record is None else "found")
        if record is None or record.deleted:
            elsewhere = (
                None if referred or at is not None else answers.referral(reading.view, handle)
            )
            if elsewhere is not None:
                return RedirectResponse(answers.asked_there(elsewhere, handle))
            return _answer(handle_not_found, handle, status=404, **as_of_members(record, at))
        more = {**(prefix.told() if prefix else {}), **as_of_members(record, at)}
        values = [
            value for value in values_for(reading.reader, record) if _wanted(value, index, type)
        ]
        if not values:
            return _answer(values_not_found, record.handle, values=[], **more)
        return _answer(success, record.handle, values=[_shown(value) for value in values], **more)

    return routes


def as_of_members(record: Record | None, at: int | None) -> dict[str, Any]:
    """What an answer as of then says beside the record: as of which entry, and which one wrote the version."""
    if at is None:
        return {}
    told: dict[str, Any] = {"index": at}
    if record is not None and record.since is not None:
        told["since"] = record.since
    if record is None:
        return {"asOf": told, "message": f"there was no such record as of entry {at}"}
    return {"asOf": told}


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
