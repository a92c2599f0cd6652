"""The operations port: metrics and detailed health, on a listener of its own (ADR 0030).

Nothing of it is on the public port, and by default there is no such listener. It runs in a thread of its own,
so that it answers, and says so, when the server's event loop does not.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import structlog
from prometheus_client import CONTENT_TYPE_LATEST

from tallystick.app.operations.service import Service
from tallystick.ledger import TallystickError

request_timeout_s = 10
_log = structlog.get_logger()


class OperationsPortTaken(TallystickError):
    code = "operations-port-taken"
    status = 500
    title = "The operations port cannot be listened on"
    advice = "Choose another TALLYSTICK_OPERATIONS_PORT for each process, or 0 for none."


@contextmanager
def listening(service: Service, host: str, port: int) -> Iterator[int]:
    """While it listens; yields the port, 0 if there is none. Raises `OperationsPortTaken`."""
    if not port:
        yield 0
        return
    try:
        server = ThreadingHTTPServer((host, port), _handler(service))
    except OSError as error:
        raise OperationsPortTaken(f"{host}:{port}: {error.strerror}") from None
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, name="operations", daemon=True).start()
    _log.info("operations port", url=f"http://{host}:{server.server_port}/metrics")
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()


def _handler(service: Service) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        timeout = request_timeout_s
        server_version, sys_version = "tallystick", ""

        def do_GET(self) -> None:
            path = self.path.partition("?")[0]
            if path == "/metrics":
                self._send(200, CONTENT_TYPE_LATEST, service.metrics())
            elif path in ("/healthz", "/readyz"):
                self._send_health(path)
            else:
                self._send(404, "text/plain; charset=utf-8", b"/metrics, /healthz, /readyz\n")

        def _send_health(self, path: str) -> None:
            healthy = path == "/healthz"
            status, told = (
                service.healthy(detailed=True) if healthy else service.ready(detailed=True)
            )
            try:
                service.standing.require_loop()
            except TallystickError as error:
                status = error.status
                told = {**told, "status": "not-ready", "loop": error.detail, "code": error.code}
            self._send(status, "application/json", json.dumps(told, indent=1).encode() + b"\n")

        def _send(self, status: int, media_type: str, data: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Type", media_type)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name
            """Scrapes are not worth a line each."""

    return Handler
