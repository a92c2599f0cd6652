"""Routes of the parts, put together into one flat table."""

from __future__ import annotations

from fastapi import APIRouter, FastAPI


def add_routes(app: FastAPI, router: APIRouter, *, before: bool = False) -> None:
    """Those of a router that has neither prefix nor dependencies of its own; `before` all that are there.

    `include_router` wraps them: each is analysed a second time when the first request comes, and every request asks
    router by router whose it is, and then that router once more.
    """
    place = 0 if before else len(app.router.routes)
    app.router.routes[place:place] = router.routes
