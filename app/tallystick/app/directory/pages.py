"""Routes of logging in by a directory. What comes back gives a session for reading; it signs nothing."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, FastAPI, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import RedirectResponse

from tallystick.app.directory.flow import Directories, callback, cookie, lasts_ms
from tallystick.app.login import LoginDesk
from tallystick.app.login.api import begin, require_safe
from tallystick.app.pages.links import is_local
from tallystick.app.pages.render import Pages
from tallystick.app.pages.route import html_route
from tallystick.app.routing import add_routes

_text = Annotated[str, Query(max_length=300)]
_long = Annotated[str, Query(max_length=2048)]


def install(app: FastAPI, directories: Directories, desk: LoginDesk, pages: Pages) -> None:
    """Add the routes."""
    routes = APIRouter(route_class=html_route(pages), include_in_schema=False)

    @routes.get("/login/directory")
    async def go(
        request: Request,
        organisation: _text,
        then: Annotated[str, Query(alias="next", max_length=400)] = "/",
    ) -> Response:
        """To the organisation's directory."""
        require_safe(request)
        where = then if is_local(then) else "/"
        begun = await run_in_threadpool(directories.begin, organisation, where)
        answer = RedirectResponse(begun.address, 303)
        secure = request.url.scheme == "https"
        answer.set_cookie(
            cookie, begun.kept, max_age=lasts_ms // 1000, httponly=True, samesite="lax",
            secure=secure, path="/login/directory",
        )  # fmt: skip
        return answer

    @routes.get(callback)
    async def back(request: Request, state: _text = "", code: _long = "") -> Response:
        """From there. Whom the log does not know yet is shown what to sign."""
        require_safe(request)
        kept = request.cookies.get(cookie, "")
        found = await run_in_threadpool(directories.back, kept, state, code)
        if found.person is None:
            answer: Response = pages.page(request, "subject.html", 403, digest=found.digest)
        else:
            token = await run_in_threadpool(desk.by_directory, found.person, found.digest)
            answer = RedirectResponse(found.then, 303)
            begin(request, answer, token)
        answer.delete_cookie(cookie, path="/login/directory")
        return answer

    add_routes(app, routes)
