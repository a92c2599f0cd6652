"""GET /api/handles/{handle} of a resolver: the answer of the origin, or what is remembered of it."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Header, Query
from fastapi.responses import JSONResponse

from tallystick.identity.recursion.answers import code_of, not_responsible
from tallystick.identity.recursion.found import (
    failed,
    filtered,
    handle_not_found,
    recursion_too_deep,
)
from tallystick.identity.recursion.json_form import show_found
from tallystick.identity.recursion.resolver import Resolved, Resolver
from tallystick.ledger import Clock, TallystickError, instant

filters_max = 64
hops_chars_max = 1000
#: Status by response code, where it is not 200.
_statuses = {handle_not_found: 404, recursion_too_deep: 508, not_responsible: 400, failed: 504}


def router(resolver: Resolver, clock: Clock) -> APIRouter:
    """The resolver's route."""
    routes = APIRouter(tags=["handles"])

    @routes.get("/api/handles/{handle:path}", summary="Resolve a handle, wherever it is kept")
    def get_handle(
        handle: str,
        index: Annotated[list[int] | None, Query(max_length=filters_max)] = None,
        type: Annotated[list[str] | None, Query(max_length=filters_max)] = None,  # noqa: A002
        auth: bool = False,
        tallystick_hops: Annotated[str, Header(max_length=hops_chars_max)] = "",
    ) -> JSONResponse:
        """`auth`: ask the origin, whatever is remembered. `stale`: nobody confirms it now."""
        hops = tuple(one for one in tallystick_hops.split(",") if one)
        try:
            told = resolver.resolve(handle, hops, fresh=auth)
        except TallystickError as error:
            code = code_of(error)
            said = {"responseCode": code, "handle": handle, "message": error.diagnosis()}
            return JSONResponse(said, status_code=_statuses[code])
        found = filtered(told.found, tuple(index or ()), tuple(type or ()))
        said = show_found(found) | _of_memory(told)
        return JSONResponse(
            said, status_code=_statuses.get(found.code, 200), headers=_headers(told, clock.now_ms())
        )

    return routes


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
