"""Errors of page routes are pages too."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException

from tallystick.app.pages.render import Pages
from tallystick.app.problems import log_refused
from tallystick.ledger import TallystickError

Handler = Callable[[Request], Coroutine[Any, Any, Response]]


def html_route(pages: Pages) -> type[APIRoute]:
    """A route class whose refusals are rendered as HTML."""

    class HtmlRoute(APIRoute):
        def get_route_handler(self) -> Handler:
            plain = super().get_route_handler()

            async def handler(request: Request) -> Response:
                try:
                    return await plain(request)
                except TallystickError as error:
                    log_refused(error, request.url.path)
                    return pages.error(request, error.status, error.code)
                except RequestValidationError:
                    return pages.error(request, 400, "parameters-refused")
                except HTTPException as error:
                    return pages.error(request, error.status_code, f"http-{error.status_code}")

            return handler

    return HtmlRoute
