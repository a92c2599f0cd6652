"""The mirror as an HTTP server: the log's files, its protocol as a witness, the way in, a status page."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import orjson
import structlog
from fastapi import FastAPI, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import HTMLResponse, JSONResponse
from starlette.staticfiles import StaticFiles

import tallystick.ledger as ledger
from tallystick.app import access, problems, verifier_page
from tallystick.app.bootstrap import Node
from tallystick.app.http import ReadOnlyLog
from tallystick.app.mirror import watching
from tallystick.app.mirror.home import MirrorHome
from tallystick.app.mirror.running import Running, executed, hand_on, opened
from tallystick.app.operations import Service, configure_logs, install, serve
from tallystick.app.operations.server import ending
from tallystick.app.pages.render import Pages
from tallystick.app.routing import add_routes
from tallystick.identity import minting
from tallystick.ledger import (
    RuleSet,
    Submission,
    SystemClock,
    TallystickError,
    bls,
    mirror,
    witness,
)

_log = structlog.get_logger()


def run(node: Node, home: MirrorHome, host: str, port: int) -> None:
    """Follow and serve until told to stop."""
    configure_logs(node.settings)
    with opened(node, home, SystemClock()) as running:
        config, service = running.config, watching.service(running)
        with ending(service.standing):
            _log.info(
                "mirror", url=f"http://{host}:{port}/", mirror=config.name, scope=config.scope
            )
            app = create_app(running, service)
            serve(app, service, host, port, node.settings.operations)
    _log.info("stopped", mirror=config.name)


def create_app(running: Running, service: Service | None = None) -> FastAPI:
    """The application over an open mirror; the mirror follows while it runs."""
    watched = service or watching.service(running)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        running.at_work.start()
        running.gathering.start()
        async with watched.looked_after(app):
            yield
        await run_in_threadpool(running.gathering.stop)
        await run_in_threadpool(running.at_work.stop)

    app = FastAPI(
        title="Tallystick mirror",
        summary="Executes a log's rules again, and cosigns only what came out the same",
        lifespan=lifespan,
    )
    problems.install(app)
    _entries(app, running)
    _status(app, running)
    reading = access.reading(running.node, None)
    add_routes(
        app,
        ledger.router(
            ReadOnlyLog(),
            reading,
            running.node.settings.request_bytes_max,
            ledger.PublicTiles(running.node.reader),
        ),
    )
    add_routes(app, mirror.feed_router(reading))
    add_routes(app, ledger.erasure.router(reading, None))
    add_routes(app, minting.batches_router(reading, running.gathering.folder, takes=False))
    add_routes(app, verifier_page.router())
    # Behind the log's: its `/{hash of the origin}/checkpoint` would answer for `/log/checkpoint`.
    add_routes(app, witness.router(running.witness))
    add_routes(app, bls.router(running.signer))
    app.mount("/static", StaticFiles(packages=[("tallystick.app.pages", "static")]), name="static")
    install(app, watched)
    return app


def _entries(app: FastAPI, running: Running) -> None:
    bytes_max = running.node.settings.request_bytes_max

    @app.post(
        "/v1/entries", tags=["entries"], summary="Hand entries on, and sign that they were seen"
    )
    async def hand_on_entries(request: Request) -> Response:
        """The operator's answer, with `sightings`: a signed statement for each entry, or null.

        503 with the sightings if the operator does not answer: the mirror hands the entries on again.
        """
        data = await ledger.read_limited(request, bytes_max)
        return await run_in_threadpool(_hand_on, running, data)


def _hand_on(running: Running, data: bytes) -> Response:
    rows = ledger.read_batch(data)
    good = [row for row in rows if isinstance(row, Submission)]
    signed = iter(running.seen.sign(good))
    sightings = [next(signed) if isinstance(row, Submission) else None for row in rows]
    try:
        whole = good if len(good) == len(rows) else []
        answer = hand_on(running.operator, running.seen, whole, data)
        document = _document(answer, len(rows))
    except TallystickError as error:
        told = {**error.problem(), "sightings": sightings}
        return JSONResponse(
            told, error.status, media_type=problems.problem_type, headers={"Retry-After": "5"}
        )
    return JSONResponse({**document, "sightings": sightings}, answer.status)


def _document(answer: mirror.OperatorAnswer, entries: int) -> dict[str, Any]:
    """What the operator said, if it says something of each entry or names a problem.

    Raises `OperatorAnswerRefused`: whoever sent the entries still gets the sightings.
    """
    try:
        document = orjson.loads(answer.data)
    except ValueError:
        raise mirror.OperatorAnswerRefused("it is no JSON") from None
    if not isinstance(document, dict):
        raise mirror.OperatorAnswerRefused("it is no JSON object")
    results = document.get("results")
    told = len(results) if isinstance(results, list) else 0
    if answer.status < 400 and told != entries:
        raise mirror.OperatorAnswerRefused(f"{told} results for {entries} entries")
    return document


def _status(app: FastAPI, running: Running) -> None:
    pages = Pages(running.config.name, None, RuleSet())

    @app.get("/", include_in_schema=False)
    def status(request: Request) -> HTMLResponse:
        return pages.page(request, "mirror.html", told=told_status(running))

    @app.get(
        "/mirror/status", tags=["mirror"], summary="Where the mirror stands, and what it refuses"
    )
    def get_status() -> dict[str, Any]:
        return told_status(running)

    @app.get(
        "/mirror/statement", tags=["mirror"], summary="The statement about its newest cosignature"
    )
    def get_statement() -> dict[str, Any]:
        """A DSSE object (`application/vnd.tallystick.mirror+json`)."""
        newest = running.statements.newest()
        if newest is None:
            raise mirror.MirrorBehind("it has cosigned nothing yet")
        statement: dict[str, Any] = newest["statement"]
        return statement

    @app.get("/mirror/erasures", tags=["mirror"], summary="Its statement about what was erased")
    def get_erasures() -> dict[str, Any]:
        """A DSSE object (`application/vnd.tallystick.erasure+json`)."""
        erasures = running.erasing.newest()
        if erasures is None:
            raise mirror.MirrorBehind("it knows of no erasure yet")
        return erasures

    @app.get(
        "/mirror/overdue", tags=["mirror"], summary="Sightings of entries that are not in the log"
    )
    def get_overdue() -> list[dict[str, Any]]:
        return overdue(running)


def told_status(running: Running) -> dict[str, Any]:
    """For everybody: where it stands, and what it refuses or waits for."""
    standing = running.at_work.standing()
    refusal, problem = standing.refusal, standing.problem
    newest = running.statements.newest()
    told: dict[str, Any] = {
        "name": running.config.name,
        "scope": running.config.scope,
        "organisation": running.config.organisation,
        "cosigner": running.witness.cosigner.encode(),
        "statement_key": ledger.Verifier(running.config.name, running.seen.key.public).encode(),
        "origin": running.log.name,
        "log_key": running.log.encode(),
        "size": standing.size,
        "executed": executed(running.node, standing.size),
        "known": standing.newest,
        "stated": newest["size"] if newest else 0,
        "refusal": None,
        "problem": None,
        "overdue": overdue(running),
    }
    if refusal is not None:
        told["refusal"] = {
            "index": refusal.index,
            "rule": refusal.rule,
            "detail": refusal.detail,
            "time": refusal.time,
        }
    elif problem is not None:
        public = isinstance(problem, mirror.MirrorWithholds)
        said = problem.detail if public else problem.title
        told["problem"] = {"code": problem.code, "detail": said}
    return told


def overdue(running: Running) -> list[dict[str, Any]]:
    """Entries that the mirror saw long ago, and that are neither in the log nor refused."""
    return [
        {
            "author": row.author,
            "id": row.id,
            "seen": row.seen,
            "answer": row.answer,
            "statement": json.loads(row.statement),
        }
        for row in running.seen.overdue()
    ]
