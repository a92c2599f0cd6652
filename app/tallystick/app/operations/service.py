"""What a node, a witness and a mirror have in common: `/healthz`, `/readyz`, the line of each request.

`/readyz` is public: it names reasons by code and title. Details may name hosts, and are in the log and on the
operations port alone.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import anyio
from anyio import to_thread
from fastapi import FastAPI
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import Metric

from tallystick.app.operations.metrics import HttpMetrics, ProcessMetrics
from tallystick.app.operations.requests import Requests
from tallystick.app.operations.standing import Standing
from tallystick.app.operations.watchman import Check, Report, Watchman, checked
from tallystick.ledger import TallystickError

#: Members that `/readyz` reads from the store wait no longer than this.
told_within_s = 2
_readers_max = 4
Told = Callable[[], Mapping[str, object]]
Gathered = Callable[[], Sequence[Metric]]


@dataclass
class Service:
    """One served process. `alive`: what only a restart mends; `told`: more members of `/readyz`."""

    watchman: Watchman
    alive: Sequence[Check] = ()
    told: Told = dict
    registry: CollectorRegistry = field(default_factory=CollectorRegistry)
    standing: Standing = field(default_factory=Standing)

    def __post_init__(self) -> None:
        self.http = HttpMetrics(self.registry)
        self.process = ProcessMetrics(self.registry)
        self.watchman.fast = (self.standing.require_staying, *self.watchman.fast)

    @asynccontextmanager
    async def looked_after(self, _app: FastAPI) -> AsyncIterator[None]:
        """A lifespan: the watchman is awake."""
        await run_in_threadpool(self.watchman.start)
        yield
        self.watchman.stop()

    def metrics(self) -> bytes:
        report = self.watchman.report()
        self.process.set([r.code for r in report.reasons], [w.code for w in report.warnings])
        return generate_latest(self.registry)

    def healthy(self, *, detailed: bool = False) -> tuple[int, dict[str, object]]:
        """Status and answer of `/healthz`."""
        return _answer(checked(self.alive), {}, detailed=detailed)

    def ready(self, *, detailed: bool = False) -> tuple[int, dict[str, object]]:
        """Status and answer of `/readyz`, without what is read from the store."""
        return _answer(self.watchman.report(), {}, detailed=detailed)


def install(app: FastAPI, service: Service) -> None:
    """Add the routes and the middleware."""
    app.add_middleware(Requests, standing=service.standing, metrics=service.http)
    # Not one of the threads in which entries wait for their answers: those may all be taken.
    readers = anyio.CapacityLimiter(_readers_max)

    @app.get("/healthz", tags=["operations"], summary="The process is alive")
    async def healthz() -> JSONResponse:
        """503, with the reason, if only a restart helps."""
        status, told = service.healthy()
        return JSONResponse(told, status)

    @app.get("/readyz", tags=["operations"], summary="The process can do its work")
    async def readyz() -> JSONResponse:
        """503 with each reason by its code while it cannot; `warnings` for what only deserves attention."""
        more: Mapping[str, object] = {}
        with anyio.move_on_after(told_within_s):
            more = await to_thread.run_sync(
                _tried, service.told, limiter=readers, abandon_on_cancel=True
            )
        status, told = _answer(service.watchman.report(), more, detailed=False)
        return JSONResponse(told, status)


def _tried(told: Told) -> Mapping[str, object]:
    """A store that does not answer is a reason that the checks name."""
    try:
        return told()
    except TallystickError:
        return {}


def _answer(
    report: Report, more: Mapping[str, object], *, detailed: bool
) -> tuple[int, dict[str, object]]:
    told: dict[str, object] = {"status": "not-ready" if report.reasons else "ok", **more}
    told["reasons"] = [_named(one, detailed) for one in report.reasons]
    told["warnings"] = [_named(one, detailed) for one in report.warnings]
    return (503 if report.reasons else 200), told


def _named(error: TallystickError, detailed: bool) -> dict[str, Any]:
    named = {"code": error.code, "title": error.title, "advice": error.advice}
    return {**named, "detail": error.detail} if detailed else named
