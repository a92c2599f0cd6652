"""An RPC server between the client and a node, which lies, dawdles or breaks as a test says."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx

#: Of (method, the true answer): another answer, raw bytes in its place, or a status.
Lie = Callable[[str, dict[str, Any]], dict[str, Any] | bytes | int]


@contextmanager
def lying(url: str, lie: Lie) -> Iterator[str]:
    """The address of the server."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked = self.rfile.read(int(self.headers["Content-Length"]))
            kind = {"Content-Type": "application/json"}
            answer = httpx.post(url, content=asked, headers=kind, timeout=20).json()
            told = lie(json.loads(asked)["method"], answer)
            status, body = (told, b"") if isinstance(told, int) else (200, told)
            data = body if isinstance(body, bytes) else json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/v3/secret-key-of-an-account"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def instead(method: str, result: Any) -> Lie:
    """The truth, but for one method."""
    return lambda asked, answer: {**answer, "result": result} if asked == method else answer
