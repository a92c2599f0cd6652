"""Serving an application until it is told to stop, and stopping without losing an answer (ADR 0030).

After SIGTERM or Ctrl-C:
1. `/readyz` answers 503, new requests get 503 with Retry-After and a closed connection; the port stays open for
   `refuse_ms_min`, so that balancers see it, and at most `answer_ms_max`, until every request is answered;
2. the port closes; the application ends what it began: the sequencer commits, answers and seals;
3. what the process started (worker, checking processes) ends. All of it within `stop_within_s`.
A second signal ends the first part at once.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

import structlog
import uvicorn
from fastapi import FastAPI

from tallystick.app.operations.listener import listening
from tallystick.app.operations.service import Service
from tallystick.app.operations.standing import Standing
from tallystick.ledger import freeze_loaded

refuse_ms_min = 1000
answer_ms_max = 15_000
close_s_max = 5
stop_within_s = 50
_signals = (signal.SIGTERM, signal.SIGINT)
_log = structlog.get_logger()


def serve(
    app: FastAPI,
    service: Service,
    host: str,
    port: int,
    operations: tuple[str, int],
    **transport: Any,
) -> None:
    """Serve until a signal; `operations`: address of the port for metrics, port 0 for none.

    `transport`: what uvicorn is told of TLS and of proxies in front.
    """
    config = uvicorn.Config(
        app,
        host=host,
        port=port,
        log_config=None,
        access_log=False,
        timeout_graceful_shutdown=close_s_max,
        **transport,
    )
    freeze_loaded()
    with listening(service, *operations):
        _Server(config, service.standing).run()


@contextmanager
def ending(standing: Standing) -> Iterator[None]:
    """While a signal ends the block in order, also before the server listens; while it ends, one changes nothing."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def leave(_number: int, _frame: FrameType | None) -> None:
        if not standing.stopping:
            standing.begin_stopping()
            _watchdog()
            raise SystemExit(0)

    before = {number: signal.signal(number, leave) for number in _signals}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


class _Server(uvicorn.Server):
    """uvicorn, which closes its port only after it has refused for a while."""

    def __init__(self, config: uvicorn.Config, standing: Standing) -> None:
        super().__init__(config)
        self._standing = standing
        self._said = False

    async def startup(self, sockets: Any = None) -> None:
        self._standing.loop = asyncio.get_running_loop()
        await super().startup(sockets)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """A signal asks for the end; uvicorn would raise it again after the end, and so fail."""
        if self._standing.stopping:
            self.should_exit = True
            return
        # No line of the log from here: the signal may have interrupted one.
        self._standing.begin_stopping()

    async def on_tick(self, counter: int) -> bool:
        if self._standing.stopping:
            if not self._said:
                self._said = True
                _watchdog()
                _log.info("stopping", in_flight=self._standing.in_flight)
            if self._answered():
                self.should_exit = True
        return await super().on_tick(counter)

    def _answered(self) -> bool:
        waited_ms = self._standing.stopping_for_ms()
        if waited_ms >= answer_ms_max:
            _log.error("stopping with unanswered requests", in_flight=self._standing.in_flight)
            return True
        return waited_ms >= refuse_ms_min and self._standing.in_flight == 0


def _watchdog() -> None:
    """A process that hangs while it stops ends all the same: nothing acknowledged is only in memory."""
    timer = threading.Timer(stop_within_s, _give_up)
    timer.daemon = True
    timer.start()


def _give_up() -> None:
    _log.critical("did not stop in time", within_s=stop_within_s)
    sys.stderr.flush()
    os._exit(1)
