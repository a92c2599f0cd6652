"""Errors as RFC 9457 problems: one shape everywhere.

Whoever is not let in is a line of the log: `refused`, with the code alone. Details, bodies and headers may hold what
was sent, and what was sent may be a secret.
"""

from __future__ import annotations

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from tallystick.app.machines.errors import MachineRefused
from tallystick.identity import HandleRefused
from tallystick.ledger import TallystickError

problem_type = "application/problem+json"
#: Where people, devices, programs and applicants prove who they are: there each refusal is one of a proof.
proving = (
    "/login", "/v1/login", "/oauth/", "/api/sessions", "/v1/handovers", "/v1/invitations", "/v1/devices/", "/v1/rotations",
    "/v1/applications",
)  # fmt: skip
_not_let_in = frozenset({401, 403})
_log = structlog.get_logger()


def install(app: FastAPI) -> None:
    """Register the handlers; pages put their own in front for HTML."""
    app.add_exception_handler(TallystickError, _known)  # type: ignore[arg-type]
    app.add_exception_handler(RequestValidationError, _invalid)  # type: ignore[arg-type]
    app.add_exception_handler(HTTPException, _http)  # type: ignore[arg-type]
    app.add_exception_handler(Exception, _unknown)


def problem(status: int, code: str, title: str, detail: str, **more: object) -> JSONResponse:
    body = {"code": code, "title": title, "status": status, "detail": detail, **more}
    return JSONResponse(body, status_code=status, media_type=problem_type)


def log_refused(error: TallystickError, path: str = "") -> None:
    """By its code, if somebody is not let in. `path`: what was asked."""
    proof = isinstance(error, MachineRefused) or path.startswith(proving)
    if error.status in _not_let_in or (proof and error.status < 500):
        _log.info("refused", code=error.code)


def problem_response(error: TallystickError, path: str = "") -> JSONResponse:
    """What is not available now may be in a second, and says so. `path`: as `log_refused` says."""
    log_refused(error, path)
    headers: dict[str, str] = {"Retry-After": "1"} if error.status == 503 else {}
    if isinstance(error, HandleRefused | MachineRefused):
        headers |= error.headers
    return JSONResponse(
        error.problem(), status_code=error.status, media_type=problem_type, headers=headers
    )


def _known(request: Request, error: TallystickError) -> JSONResponse:
    return problem_response(error, request.url.path)


def _invalid(_request: Request, error: RequestValidationError) -> JSONResponse:
    wrong = [
        {"where": "/".join(str(step) for step in item["loc"]), "what": item["msg"]}
        for item in error.errors()[:20]
    ]
    return problem(
        422, "parameters-refused", "A parameter is not in its form", wrong[0]["what"], errors=wrong
    )


def _http(_request: Request, error: HTTPException) -> JSONResponse:
    # Clients of the Handle API look for a response code in every answer: 2 is an error.
    more = {"responseCode": 2} if error.status_code == 404 else {}
    code = f"http-{error.status_code}"
    return problem(error.status_code, code, error.detail, error.detail, **more)


def _unknown(request: Request, error: Exception) -> JSONResponse:
    _log.error("unexpected", path=request.url.path, error=repr(error))
    return problem(500, "unexpected", "The node failed", "The failure is in the node's log.")
