"""The page on which another device signs what a code handed over."""

from __future__ import annotations

from fastapi import APIRouter, FastAPI, Request, Response

from tallystick.app.pages.render import Pages
from tallystick.app.pages.route import html_route
from tallystick.app.routing import add_routes


def install(app: FastAPI, pages: Pages) -> None:
    """Add the page's route. The token is behind `#`, which no browser sends."""
    routes = APIRouter(route_class=html_route(pages), include_in_schema=False)

    @routes.get("/sign")
    def sign(request: Request) -> Response:
        return pages.page(request, "sign.html")

    add_routes(app, routes)
