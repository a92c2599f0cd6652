"""A node and resolvers on real ports of the loopback."""

from __future__ import annotations

import socket
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import uvicorn
from fastapi import FastAPI
from tests.app.captures import lend_keys
from tests.ledger.world import World
from tests.patience import patience_s

from tallystick.app.bootstrap import Node
from tallystick.app.http import create_app
from tallystick.app.prefixes.figures import Figures
from tallystick.app.resolving import native, resolver
from tallystick.app.settings import Settings


def free_port() -> int:
    """One that is free for TCP and UDP."""
    with (
        socket.socket(socket.AF_INET, socket.SOCK_STREAM) as tcp,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp,
    ):
        tcp.bind(("127.0.0.1", 0))
        port: int = tcp.getsockname()[1]
        udp.bind(("127.0.0.1", port))
        return port


@dataclass(frozen=True)
class At:
    """Where somebody answers."""

    http: int
    native: int

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.http}"

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.native}"


@contextmanager
def web(app: FastAPI, port: int) -> Iterator[None]:
    server = uvicorn.Server(uvicorn.Config(app, port=port, log_level="error"))
    thread = threading.Thread(target=server.run)
    thread.start()
    until = time.monotonic() + patience_s
    while not server.started:
        assert time.monotonic() < until
        time.sleep(0.005)
    try:
        yield
    finally:
        server.should_exit = True
        thread.join()


@contextmanager
def node(world: World, url: str, home: Path) -> Iterator[At]:
    """The world's log as a node that reads."""
    lend_keys(home)
    at = At(free_port(), free_port())
    settings = Settings(
        home=home,
        database_url=url,
        base_url=at.url,
        native_port=at.native,
        native_questions_per_s=0,
    )
    made = Node.at(settings)
    with ExitStack() as stack:
        figures = Figures(made)
        stack.enter_context(native.answering(made, figures.counts))
        stack.enter_context(web(create_app(made, figures=figures), at.http))
        yield at


@contextmanager
def resolving(*routes: str, at: At | None = None) -> Iterator[At]:
    at = at or At(free_port(), free_port())
    with tempfile.TemporaryDirectory() as home:
        yield from _resolving(routes, at, Path(home))


def _resolving(routes: tuple[str, ...], at: At, home: Path) -> Iterator[At]:
    settings = Settings(
        home=home,
        native_port=at.native,
        resolver_port=at.http,
        resolver_timeout_s=5,
        native_questions_per_s=0,
    )
    with ExitStack() as stack:
        http = stack.enter_context(httpx.Client())
        made = resolver.made(settings, routes, http)
        stack.enter_context(resolver.answering(settings, made))
        stack.enter_context(web(resolver.create_app(made), at.http))
        yield at
