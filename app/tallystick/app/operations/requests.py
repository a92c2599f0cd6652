"""Around every request: an id, a line in the log, its metrics, and a refusal while the process stops.

The line has method, route, status, time and bytes: no query, no address, no header, no body. A caller may send
`X-Request-Id`; the answer bears it, and every line that the request causes.
"""

from __future__ import annotations

import re
import secrets
import time
from dataclasses import dataclass
from typing import Any

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tallystick.app.operations.metrics import HttpMetrics
from tallystick.app.operations.standing import Standing
from tallystick.app.problems import problem_response
from tallystick.ledger import Stopping

request_id_header = b"x-request-id"
#: Asked by machines every few seconds, also while the process stops.
probes = ("/healthz", "/readyz")
path_chars_max = 200
_given = re.compile(rb"[A-Za-z0-9._-]{1,64}")
_log = structlog.get_logger()


@dataclass
class Requests:
    """The ASGI middleware."""

    app: ASGIApp
    standing: Standing
    metrics: HttpMetrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        probe = scope["path"] in probes
        seen = _Seen(_request_id(scope), send, closing=self.standing)
        structlog.contextvars.bind_contextvars(request_id=seen.request_id)
        self.standing.in_flight += not probe
        try:
            if self.standing.stopping and not probe:
                await problem_response(Stopping())(scope, receive, seen)
            else:
                await self.app(scope, receive, seen)
        finally:
            self.standing.in_flight -= not probe
            self._tell(scope, seen, probe=probe)
            structlog.contextvars.unbind_contextvars("request_id")

    def _tell(self, scope: Scope, seen: _Seen, *, probe: bool) -> None:
        elapsed_ns = time.monotonic_ns() - seen.began_ns
        route = getattr(scope.get("route"), "path", None)
        self.metrics.answered(scope["method"], route or "none", seen.status, elapsed_ns)
        say = _log.debug if probe else _log.info
        say(
            "request",
            method=scope["method"],
            # Its values name things that are in the log; what fits no route is not repeated at all.
            path=scope["path"][:path_chars_max] if route else "no route",
            status=seen.status,
            ms=elapsed_ns // 1_000_000,
            bytes=seen.bytes,
        )


class _Seen:
    """The sender, which notes what was answered; 0 for an answer that never began."""

    def __init__(self, request_id: str, send: Send, closing: Standing) -> None:
        self.request_id = request_id
        self.status = 0
        self.bytes = 0
        self.began_ns = time.monotonic_ns()
        self._send = send
        self._closing = closing

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            headers: list[Any] = [*message.get("headers", ())]
            headers.append((request_id_header, self.request_id.encode()))
            if self._closing.stopping:
                headers.append((b"connection", b"close"))
            message = {**message, "headers": headers}
        elif message["type"] == "http.response.body":
            self.bytes += len(message.get("body", b""))
        await self._send(message)


def _request_id(scope: Scope) -> str:
    for name, value in scope["headers"]:
        if name == request_id_header and _given.fullmatch(value):
            return str(value.decode())
    return secrets.token_hex(8)
