"""Whoever acts by a cookie acts from this site's own pages: a door before all routes.

The session's cookie is `SameSite=Lax`, which keeps other sites out; neighbours on the same registrable domain it
lets in. Browsers say from where a request comes (Fetch Metadata, and `Origin`); programs without cookies are not
asked.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from tallystick.app.login.desk import session_cookie
from tallystick.app.problems import problem_response
from tallystick.ledger import TallystickError

_reading = frozenset({"GET", "HEAD", "OPTIONS"})


class ForeignSite(TallystickError):
    code = "foreign-site"
    status = 403
    title = "The page that asked is not one of this node"
    advice = "Open this node's own page, and do it there."


class SameSite:
    """Refuses changes that another site's page asks for in the name of somebody who is logged in."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["method"] not in _reading:
            request = Request(scope)
            if session_cookie in request.cookies and _is_foreign(request):
                refused = ForeignSite(request.headers.get("origin", "another site"))
                await problem_response(refused)(scope, receive, send)
                return
        await self._app(scope, receive, send)


def _is_foreign(request: Request) -> bool:
    if request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        return True
    origin = request.headers.get("origin")
    # A proxy may end TLS: names and ports are compared, not schemes.
    return origin is not None and urlsplit(origin).netloc != request.headers.get("host", "")
