"""Running the HTTP application, with the outbox worker beside it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import structlog

from tallystick.app.bootstrap import Node
from tallystick.app.http import create_app
from tallystick.app.operations import NodeOperations, configure_logs, serve
from tallystick.app.operations.server import ending
from tallystick.ledger import LogFenced

worker_stop_timeout_s = 10
_log = structlog.get_logger()


def run(node: Node, host: str, port: int, *, worker: bool, read_only: bool = False) -> None:
    """Serve until told to stop; this process is the log's only sequencer meanwhile.

    Behind a fence it only reads, so that everybody can look at what there is. With `read_only` it takes in
    nothing, and needs no key: what a store that was imported can do.
    """
    configure_logs(node.settings)
    origin = str(node.genesis()["origin"])
    fence = None if read_only else node.memory().fence()
    appends = not read_only and fence is None
    beside = _Worker(node)
    operations = NodeOperations(
        node, appends=appends, worker=beside.lives if worker and not read_only else None
    )
    standing = operations.service.standing
    with ending(standing), ExitStack() as stack:
        book = stack.enter_context(node.writer()) if appends else None
        if fence is not None:
            _log.error(LogFenced.code, detail=fence.detail, advice=LogFenced.advice)
        if worker and not read_only:
            stack.enter_context(beside.running())
        app = create_app(node, book, operations)
        _log.info("serving", url=f"http://{host}:{port}/", origin=origin, appends=appends)
        serve(app, operations.service, host, port, node.settings.operations)
    _log.info("stopped", origin=origin)


class _Worker:
    """The outbox worker as a process of its own."""

    def __init__(self, node: Node) -> None:
        self._environment = node.settings.environment()
        self._process: subprocess.Popen[bytes] | None = None

    def lives(self) -> bool:
        return self._process is not None and self._process.poll() is None

    @contextmanager
    def running(self) -> Iterator[None]:
        command = [sys.executable, "-m", "tallystick.app.main", "worker"]
        self._process = process = subprocess.Popen(command, env=self._environment)
        try:
            yield
        finally:
            process.terminate()
            try:
                process.wait(worker_stop_timeout_s)
            except subprocess.TimeoutExpired:
                _log.error("the outbox worker did not end", within_s=worker_stop_timeout_s)
                process.kill()
                process.wait()
