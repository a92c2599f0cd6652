"""GET /api/handles/{handle} of a resolver: the answer of the origin, or what is remembered of it."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Header, Query
from fastapi.responses import JSONResponse

from tallystick.identity.asof.errors import AsOfNotTold
from tallystick.identity.asof.wish import type_of
from tallystick.identity.native.errors import operation_unsupported
from tallystick.identity.recursion.answers import code_of, not_responsible
from tallystick.identity.recursion.found import (
    Found,
    failed,
    filtered,
    handle_not_found,
    recursion_too_deep,
)
from tallystick.identity.recursion.json_form import show_found
from tallystick.identity.recursion.resolver import Resolved, Resolver, as_of_errors
from tallystick.ledger import Clock, TallystickError, instant

filters_max = 64
hops_chars_max = 1000
#: Status by response code, where it is not 200.
_statuses = {
    handle_not_found: 404,
    recursion_too_deep: 508,
    not_responsible: 400,
    operation_unsupported: 400,
    failed: 504,
}


def router(resolver: Resolver, clock: Clock) -> APIRouter:
    """The resolver's route."""
    routes = APIRouter(tags=["handles"])

    @routes.get("/api/handles/{handle:path}", summary="Resolve a handle, wherever it is kept")
    def get_handle(
        handle: str,
        index: Annotated[list[int] | None, Query(max_length=filters_max)] = None,
        type: Annotated[list[str] | None, Query(max_length=filters_max)] = None,  # noqa: A002
        auth: bool = False,
        as_of: Annotated[str | None, Query(alias="asOf", max_length=40)] = None,
        tallystick_hops: Annotated[str, Header(max_length=hops_chars_max)] = "",
    ) -> JSONResponse:
        """`auth`: ask the origin, whatever is remembered. `stale`: nobody confirms it now.

        `asOf`: an index of the origin's log, or a time; the origin is asked each time.
        """
        hops = tuple(one for one in tallystick_hops.split(",") if one)
        filters = tuple(index or ()), tuple(type or ())
        try:
            if as_of is not None:
                found = resolver.ask(handle, (type_of(as_of),), hops)
                return _of_then(filtered(found, *filters))
            told = resolver.resolve(handle, hops, fresh=auth)
        except (*as_of_errors, AsOfNotTold):
            raise
        except TallystickError as error:
            return _refused(code_of(error), handle, error.diagnosis())
        found = filtered(told.found, *filters)
        said = show_found(found) | _of_memory(told)
        return JSONResponse(
            said, status_code=_statuses.get(found.code, 200), headers=_headers(told, clock.now_ms())
        )

    return routes


def _of_then(found: Found) -> JSONResponse:
    said = show_found(found) | {"source": found.source}
    headers = {"Cache-Control": "no-store"}
    return JSONResponse(said, status_code=_statuses.get(found.code, 200), headers=headers)


def _refused(code: int, handle: str, message: str) -> JSONResponse:
    said = {"responseCode": code, "handle": handle, "message": message}
    return JSONResponse(said, status_code=_statuses[code])


def _of_memory(told: Resolved) -> dict[str, Any]:
    """Where it is from, and how old it is."""
    shown: dict[str, Any] = {"source": told.found.source, "asked": instant(told.since_ms)}
    if told.stale:
        shown["stale"] = True
    return shown


def _headers(told: Resolved, now_ms: int) -> dict[str, str]:
    left_s = max(0, (told.until_ms - now_ms) // 1000)
    kept = "no-store" if told.stale or left_s == 0 else f"max-age={left_s}"
    return {"Age": str(max(0, (now_ms - told.since_ms) // 1000)), "Cache-Control": kept}
