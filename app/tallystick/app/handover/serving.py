"""`tallystick sequencer`: the one process that appends, seals and signs, for any number of API processes."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager, nullcontext, suppress

import orjson
import structlog
import uvicorn
from fastapi import FastAPI, Request, Response

from tallystick.app import problems
from tallystick.app.beside import Worker, say_start, warn_of_role
from tallystick.app.bootstrap import Node
from tallystick.app.handover.address import Address
from tallystick.app.handover.secured import Secured
from tallystick.app.handover.wire import HandoverMalformed, read_submissions, write_answers
from tallystick.app.operations import NodeOperations, Service, configure_logs, install
from tallystick.app.operations.listener import listening as operations_port
from tallystick.ledger import (
    Answer,
    Busy,
    Ledger,
    LogReader,
    Sequencer,
    SequencerFenced,
    answer_timeout_s,
    batch_entries_max,
    freeze_loaded,
    read_limited,
)

keep_alive_s = 600
shutdown_timeout_s = 30
_log = structlog.get_logger()


def run(node: Node, address: Address, worker: Worker | None = None) -> None:
    """Append until interrupted; raises `SequencerFenced` if another process took the log over."""
    configure_logs(node.settings)
    origin = str(node.genesis()["origin"])
    secured = Secured.of(address, node.settings)
    context = secured.listening() if secured else None
    operations = NodeOperations(node, appends=True, worker=worker.lives if worker else None)
    with ExitStack() as stack:
        book = stack.enter_context(node.writer())
        stack.enter_context(worker.running() if worker else nullcontext())
        listening = address.listen()
        sequencer = Sequencer(book)
        operations.running(sequencer)
        app = create_app(
            sequencer, book, node.reader, node.settings.request_bytes_max, operations.service
        )
        server = uvicorn.Server(
            uvicorn.Config(
                app,
                log_config=None,
                access_log=False,
                timeout_keep_alive=keep_alive_s,
                timeout_graceful_shutdown=shutdown_timeout_s,
                ssl_context_factory=(lambda _config, _usual: context) if context else None,
            )
        )

        def leave() -> None:
            server.should_exit = True

        sequencer.on_fenced = leave
        warn_of_role(node)
        say_start(node, book)
        _log.info("sequencing", address=str(address), origin=origin, term=book.term)
        # The server raises the signal again when it has ended: both are an end like any other.
        signal.signal(signal.SIGTERM, signal.default_int_handler)
        freeze_loaded()
        try:
            port = operations_port(operations.service, *node.settings.operations)
            with port, suppress(KeyboardInterrupt):
                server.run(sockets=[listening])
        finally:
            listening.close()
            if address.path:
                address.path.unlink(missing_ok=True)
        if sequencer.fenced is not None:
            raise SequencerFenced(sequencer.fenced.detail)
    _log.info("stopped", origin=origin)


def create_app(
    sequencer: Sequencer,
    book: Ledger,
    reader: LogReader,
    bytes_max: int,
    operations: Service | None = None,
) -> FastAPI:
    """The application; the sequencer runs while it does. `operations`: adds health, and the line of a request."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            sequencer.start()
            stack.push_async_callback(asyncio.to_thread, sequencer.stop)
            if operations is not None:
                await stack.enter_async_context(operations.looked_after(app))
            yield

    app = FastAPI(title="Tallystick sequencer", lifespan=lifespan, openapi_url=None)
    problems.install(app)
    if operations is not None:
        install(app, operations)

    @app.post("/append")
    async def append(request: Request) -> Response:
        submissions = read_submissions(await read_limited(request, bytes_max))
        # No thread waits for it: the queue, not the number of threads, says when it is too much. One sends what other
        # processes check, and may look up keys for it.
        if book.checker.goes_elsewhere(len(submissions)):
            handed_in = await asyncio.to_thread(sequencer.hand_in, submissions)
        else:
            handed_in = sequencer.hand_in(submissions)
        waiting = asyncio.wrap_future(handed_in)
        done, _ = await asyncio.wait({waiting}, timeout=answer_timeout_s)
        if not done:
            raise Busy(f"no answer within {answer_timeout_s} seconds")
        answers = waiting.result()
        appended = any(answer.index >= 0 for answer in answers)
        receipt = book.receipt(answers) if appended else None
        return _json(write_answers(answers, receipt))

    @app.post("/receipt")
    async def receipt(request: Request) -> Response:
        names = read_names(await read_limited(request, bytes_max))
        return await asyncio.to_thread(_receipt, names)

    def _receipt(names: list[tuple[str, str]]) -> Response:
        """Only for what this process reads in the log itself."""
        with reader.open() as snapshot:
            answers = [Answer.of(snapshot.row_by_id(*name)) for name in names]
        return _json(orjson.dumps(book.receipt(answers)))

    return app


def read_names(data: bytes) -> list[tuple[str, str]]:
    """(author, id) of entries; raises `HandoverMalformed`."""
    try:
        rows = orjson.loads(data)
    except ValueError:
        raise HandoverMalformed("no JSON") from None
    if not isinstance(rows, list) or not 0 < len(rows) <= batch_entries_max:
        raise HandoverMalformed(f"1 to {batch_entries_max} names are asked for")
    for row in rows:
        if not isinstance(row, list) or [type(part) for part in row] != [str, str]:
            raise HandoverMalformed("a name is an author and an id")
    return [(row[0], row[1]) for row in rows]


def _json(data: bytes) -> Response:
    return Response(data, media_type="application/json")
