"""/api/sessions: log in once, by the answer to a nonce."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse

from tallystick.app.handles import transport
from tallystick.app.handles.gate import Gate
from tallystick.identity import CannotAuthenticate

this = "/api/sessions/this"


def router(gate: Gate) -> APIRouter:
    routes = APIRouter(tags=["handles"])

    @routes.post("/api/sessions", summary="Begin a session", status_code=201)
    def open_session(request: Request) -> JSONResponse:
        """Its nonce is to be answered within a minute; whoever logs in by password or certificate need not."""
        if not transport.is_safe(request):
            raise CannotAuthenticate
        session = gate.sessions.start(gate.identity(request))
        return JSONResponse(session.told(), status_code=201, headers={"Location": this})

    @routes.get(this, summary="The session that the header names")
    def get_session(request: Request) -> JSONResponse:
        return JSONResponse(gate.answer(request).told())

    @routes.put(this, summary="Answer the session's nonce")
    def put_session(request: Request) -> JSONResponse:
        """By the header: `Handle sessionId, id, type, cnonce, alg, signature`; a nonce is answered once."""
        return JSONResponse(gate.answer(request).told())

    @routes.post(this, summary="As PUT")
    def post_session(request: Request) -> JSONResponse:
        return JSONResponse(gate.answer(request).told())

    @routes.delete(this, summary="End the session", status_code=204)
    def delete_session(request: Request) -> Response:
        gate.sessions.close(gate.answer(request).id)
        return Response(status_code=204)

    return routes
