"""An application served by a thread of the test, on a port of this machine."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn
from fastapi import FastAPI
from tests.patience import patience_s


def listening() -> socket.socket:
    """On a free port. Its protocol is named, for asyncio turns Nagle's algorithm off only where it is:
    else an answer's body waits 40 ms for what the client's kernel says of its head."""
    made = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    made.bind(("127.0.0.1", 0))
    return made


def address(of: socket.socket, host: str = "127.0.0.1") -> str:
    """`localhost` where a browser has to take it for a secure context with a name."""
    return f"http://{host}:{of.getsockname()[1]}"


@contextmanager
def serving(app: FastAPI, at: socket.socket, *, lifespan: bool = True) -> Iterator[None]:
    config = uvicorn.Config(app, log_level="error", lifespan="auto" if lifespan else "off")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [at]}, daemon=True)
    thread.start()
    until = time.monotonic() + patience_s
    try:
        while not server.started:
            assert thread.is_alive(), "the server ended"
            assert time.monotonic() < until
            time.sleep(0.005)
        yield
    finally:
        server.should_exit = True
        thread.join(patience_s)
