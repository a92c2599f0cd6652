"""Running the HTTP application, with the outbox worker beside it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import structlog
import uvicorn

from tallystick.app.bootstrap import Node
from tallystick.app.handover import Address
from tallystick.app.http import create_app
from tallystick.ledger import Ledger, LogFenced

worker_stop_timeout_s = 10
_log = structlog.get_logger()


def run(
    node: Node,
    host: str,
    port: int,
    *,
    worker: bool,
    read_only: bool = False,
    sequencer: Address | None = None,
) -> None:
    """Serve until interrupted; this process is the log's only sequencer meanwhile.

    With `sequencer` it hands entries over to that one instead, and needs no key and no worker.
    Behind a fence it only reads, so that everybody can look at what there is. With `read_only` it takes in
    nothing, and needs no key: what a store that was imported can do.
    """
    origin = str(node.genesis()["origin"])
    if read_only:
        _log.info("serving, read only", url=f"http://{host}:{port}/", origin=origin)
        uvicorn.run(create_app(node), host=host, port=port, log_level="warning")
        return
    if sequencer is not None:
        _log.info(
            "serving for", url=f"http://{host}:{port}/", origin=origin, sequencer=str(sequencer)
        )
        app = create_app(node, sequencer=sequencer)
        uvicorn.run(app, host=host, port=port, log_level="warning")
        return
    fence = node.memory().fence()
    warn_of_role(node)
    with ExitStack() as stack:
        book = stack.enter_context(node.writer()) if fence is None else None
        if fence is not None:
            _log.error(LogFenced.code, detail=fence.detail, advice=LogFenced.advice)
        if book is not None:
            _say_start(node, book)
        stack.enter_context(worker_beside(node, enabled=worker))
        _log.info("serving", url=f"http://{host}:{port}/", origin=origin)
        uvicorn.run(create_app(node, book), host=host, port=port, log_level="warning")


def warn_of_role(node: Node) -> None:
    """One line for the operator whose database would let this process change entries."""
    if node.store.may_change_entries():
        advice = "run `tallystick database roles`, and connect as that role"
        _log.warning("role-may-change-entries", advice=advice)


def _say_start(node: Node, book: Ledger) -> None:
    """The named outcome, and what it was held against."""
    outcome = book.started.told() if book.started else ""
    told = node.prepared.told() if node.prepared else []
    _log.info("start", outcome=outcome, held_against=told)


@contextmanager
def worker_beside(node: Node, *, enabled: bool) -> Iterator[None]:
    """The outbox worker in a process of its own, as long as this one runs."""
    if not enabled:
        yield
        return
    command = [sys.executable, "-m", "tallystick.app.cli", "worker"]
    environment = node.settings.environment()
    process = subprocess.Popen(command, env=environment)
    try:
        yield
    finally:
        process.terminate()
        try:
            process.wait(worker_stop_timeout_s)
        except subprocess.TimeoutExpired:
            process.kill()
