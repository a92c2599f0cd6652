"""The HTTP application: routes of all parts over one node (formats §10)."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from importlib.metadata import version
from typing import Any

from fastapi import FastAPI, Response
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Gauge,
    generate_latest,
)

import tallystick.finance as finance
import tallystick.identity as identity
import tallystick.ledger as ledger
import tallystick.trace as trace
from tallystick.app import access, pages, problems, verifier_page
from tallystick.app.bootstrap import Node
from tallystick.app.bundles import api as bundles_api
from tallystick.app.handover import Address, RemoteLog
from tallystick.ledger import Answer, Ledger, Sequencer, Submission


class RunningLog:
    """The node's ledger behind its sequencer, with counters."""

    def __init__(self, book: Ledger, registry: CollectorRegistry) -> None:
        self._book = book
        self.sequencer = Sequencer(book)
        self._entries = Counter(
            "tallystick_entries", "Entries answered, by outcome", ["outcome"], registry=registry
        )

    def submit(self, submissions: list[Submission]) -> list[Answer]:
        answers = self.sequencer.submit(submissions)
        for answer in answers:
            self._entries.labels("rejected" if answer.problem else answer.outcome).inc()
        return answers

    def receipt(self, answers: list[Answer]) -> dict[str, object]:
        return self._book.receipt(answers)


class ReadOnlyLog:
    """Stands in while this process may not append."""

    def submit(self, submissions: list[Submission]) -> list[Answer]:
        raise ledger.ReadOnly(f"{len(submissions)} entries")

    def receipt(self, answers: list[Answer]) -> dict[str, object]:
        raise ledger.ReadOnly("receipts")


def _log(
    book: Ledger | None, sequencer: Address | None, registry: CollectorRegistry
) -> RunningLog | RemoteLog | ReadOnlyLog:
    if sequencer is not None:
        return RemoteLog(sequencer, registry)
    return RunningLog(book, registry) if book else ReadOnlyLog()


def create_app(node: Node, book: Ledger | None = None, sequencer: Address | None = None) -> FastAPI:
    """The application; with `book` it appends, with `sequencer` it hands over, without both it only reads."""
    registry = CollectorRegistry()
    log = _log(book, sequencer, registry)
    size = Gauge("tallystick_log_entries", "Entries in the log", registry=registry)

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            if isinstance(log, RunningLog):
                log.sequencer.start()
                stack.callback(log.sequencer.stop)
            if isinstance(log, RemoteLog):
                stack.callback(log.close)
            yield

    origin = str(node.genesis()["origin"])
    app = FastAPI(
        title="Tallystick",
        version=version("tallystick"),
        summary="A permissioned, hash-chained ledger for things and for the money owed for them",
        lifespan=lifespan,
    )
    problems.install(app)
    switcher = access.personas(node.settings.folder, origin)
    reading = access.reading(node, switcher)
    public = ledger.PublicTiles(node.reader)
    app.include_router(ledger.router(log, reading, node.settings.request_bytes_max, public))
    app.include_router(ledger.mirror.feed_router(reading))

    def keep(document: Mapping[str, Any]) -> ledger.erasure.Kept:
        return ledger.erasure.keep_statement(node.store, origin, document, ledger.SystemClock())

    app.include_router(ledger.erasure.router(reading, keep if book else None))
    app.include_router(identity.router(reading))
    app.include_router(trace.router(reading))
    app.include_router(finance.router(reading))
    app.include_router(bundles_api.router(reading))
    app.include_router(verifier_page.router())
    pages.install(app, node, reading, switcher, origin)

    @app.get("/healthz", tags=["operations"], summary="The process runs")
    def healthz() -> dict[str, str]:
        return {"status": "ok"}

    @app.get("/readyz", tags=["operations"], summary="The database answers, and the log may sign")
    def readyz(response: Response) -> dict[str, object]:
        """503 and `fenced` while a witness says that it cosigned a larger tree than the log has."""
        fence = node.memory().fence()
        with node.reader.open() as snapshot:
            found = snapshot.finality()
        told: dict[str, object] = {"status": "fenced" if fence else "ok", "origin": origin}
        told |= {"size": found.size, "sealed": found.sealed, "final": found.final, "why": found.why}
        if fence:
            response.status_code = ledger.LogFenced.status
            told |= {"code": ledger.LogFenced.code, "fence": fence.detail}
        return told

    @app.get("/metrics", tags=["operations"], summary="Prometheus metrics")
    def metrics() -> Response:
        with node.reader.open() as snapshot:
            size.set(snapshot.size())
        return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)

    return app
