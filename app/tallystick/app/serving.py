"""Running the HTTP application, with the outbox worker beside it."""

from __future__ import annotations

from contextlib import ExitStack, nullcontext

import structlog

from tallystick.app import tls
from tallystick.app.beside import Worker, say_start, warn_of_role
from tallystick.app.bootstrap import Node
from tallystick.app.handles import HandleUsers
from tallystick.app.handover import Address
from tallystick.app.http import create_app
from tallystick.app.operations import NodeOperations, configure_logs, serve
from tallystick.app.operations.server import ending
from tallystick.app.prefixes.figures import Figures
from tallystick.app.resolving.native import answering
from tallystick.ledger import LogFenced

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
    """Serve until told to stop; this process is the log's only sequencer meanwhile.

    With `sequencer` it hands entries over to that one instead, and needs no key and no worker.
    Behind a fence it only reads, so that everybody can look at what there is. With `read_only` it takes in
    nothing, and needs no key: what a store that was imported can do.
    """
    configure_logs(node.settings)
    users = HandleUsers(node.settings.folder, node.master)
    transport = tls.transport(node.settings, users.certificates)
    origin = str(node.genesis()["origin"])
    alone = not read_only and sequencer is None
    fence = node.memory().fence() if alone else None
    appends = alone and fence is None
    beside = Worker(node) if worker and alone else None
    operations = NodeOperations(node, appends=appends, worker=beside.lives if beside else None)
    with ending(operations.service.standing), ExitStack() as stack:
        book = stack.enter_context(node.writer()) if appends else None
        if fence is not None:
            _log.error(LogFenced.code, detail=fence.detail, advice=LogFenced.advice)
        if book is not None:
            warn_of_role(node)
            say_start(node, book)
        stack.enter_context(beside.running() if beside else nullcontext())
        figures = Figures(node)
        stack.enter_context(answering(node, figures.counts))
        app = create_app(node, book, operations, sequencer, figures)
        _log.info(
            "serving",
            url=f"{'https' if node.settings.tls_certificate else 'http'}://{host}:{port}/",
            origin=origin,
            appends=appends,
            sequencer=str(sequencer) if sequencer else None,
        )
        serve(app, operations.service, host, port, node.settings.operations, **transport)
    _log.info("stopped", origin=origin)
