"""What every process that appends does besides: it runs the outbox worker, and says how it started."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import structlog

from tallystick.app.bootstrap import Node
from tallystick.ledger import Ledger

worker_stop_timeout_s = 10
_log = structlog.get_logger()


def warn_of_role(node: Node) -> None:
    """One line for the operator whose database would let this process change entries."""
    if node.store.may_change_entries():
        advice = "run `tallystick database roles`, and connect as that role"
        _log.warning("role-may-change-entries", advice=advice)


def say_start(node: Node, book: Ledger) -> None:
    """The named outcome, and what it was held against."""
    outcome = book.started.told() if book.started else ""
    told = node.prepared.told() if node.prepared else []
    _log.info("start", outcome=outcome, held_against=told)


class Worker:
    """The outbox worker as a process of its own, which ends with this one, however that ends."""

    def __init__(self, node: Node) -> None:
        self._environment = node.settings.environment()
        self._process: subprocess.Popen[bytes] | None = None

    def lives(self) -> bool:
        return self._process is not None and self._process.poll() is None

    @contextmanager
    def running(self) -> Iterator[None]:
        command = [sys.executable, "-m", "tallystick.app.main", "worker", "--while-input"]
        # Only this process holds the other end: the system closes it, also after a kill.
        self._process = process = subprocess.Popen(
            command, env=self._environment, stdin=subprocess.PIPE
        )
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
