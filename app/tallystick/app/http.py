"""The HTTP application: routes of all parts over one node (formats §10)."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from importlib.metadata import version
from typing import Any

import structlog
from fastapi import FastAPI

import tallystick.finance as finance
import tallystick.ledger as ledger
import tallystick.trace as trace
from tallystick.app import access, pages, problems, verifier_page
from tallystick.app.applications import pages as application_pages
from tallystick.app.bank_files import api as bank_files_api
from tallystick.app.books import api as books_api
from tallystick.app.bootstrap import Node
from tallystick.app.bundles import api as bundles_api
from tallystick.app.credentials import serving as credentials_serving
from tallystick.app.devices import pages as device_pages
from tallystick.app.directory import pages as directory_pages
from tallystick.app.directory.flow import Directories
from tallystick.app.equality import pages as equality_pages
from tallystick.app.grading import pages as grading_pages
from tallystick.app.handover import Address, RemoteLog, Secured
from tallystick.app.identifiers import Identifiers
from tallystick.app.joining import api as joining_api
from tallystick.app.joining import pages as people_pages
from tallystick.app.joining.desk import Invitations
from tallystick.app.keys import api as keys_api
from tallystick.app.login import LoginDesk
from tallystick.app.login import api as login_api
from tallystick.app.login.challenges import Challenges
from tallystick.app.login.same_site import SameSite
from tallystick.app.machines.machines import Machines
from tallystick.app.notices import Inbox
from tallystick.app.notices import api as notices_api
from tallystick.app.operations import NodeOperations, install
from tallystick.app.operations.metrics import told_entries
from tallystick.app.overseeing import pages as overseeing_pages
from tallystick.app.papers import api as papers_api
from tallystick.app.played import api as played_api
from tallystick.app.played import playbill
from tallystick.app.prefixes.figures import Figures
from tallystick.app.reads import keeping as reads_keeping
from tallystick.app.reads import pages as reads_pages
from tallystick.app.reads import telling as reads_telling
from tallystick.app.rotating import api as rotating_api
from tallystick.app.rotating.desk import Rotations
from tallystick.app.routing import add_routes
from tallystick.app.settings import Settings
from tallystick.app.sharing import SharingDesk
from tallystick.app.sharing import api as sharing_api
from tallystick.app.sharing import pages as sharing_pages
from tallystick.app.signing import SigningDesk
from tallystick.app.signing import api as signing_api
from tallystick.app.signing import pages as signing_pages
from tallystick.app.signing.hand_over import HandOvers
from tallystick.app.statements import api as statements_api
from tallystick.app.strangers import StrangersDesk
from tallystick.app.webhooks import api as webhooks_api
from tallystick.app.webhooks import pages as webhook_pages
from tallystick.app.webhooks.desk import WebhookDesk
from tallystick.app.writing import Pens
from tallystick.ledger import Answer, Ledger, Sequencer, Submission

sequencer_stop_s_max = 15
_log = structlog.get_logger()


class RunningLog:
    """The node's ledger behind its sequencer; each request's entries are a line of the log."""

    def __init__(self, book: Ledger) -> None:
        self._book = book
        self.sequencer = Sequencer(book)

    def submit(self, submissions: list[Submission]) -> list[Answer]:
        answers = self.sequencer.submit(submissions)
        _log.info("entries", **told_entries(answers))
        return answers

    def receipt(self, answers: list[Answer]) -> dict[str, object]:
        return self._book.receipt(answers)


class ReadOnlyLog:
    """Stands in while this process may not append."""

    def submit(self, submissions: list[Submission]) -> list[Answer]:
        raise ledger.ReadOnly(f"{len(submissions)} entries")

    def receipt(self, answers: list[Answer]) -> dict[str, object]:
        raise ledger.ReadOnly("receipts")


def _log_of(
    book: Ledger | None, sequencer: Address | None, settings: Settings
) -> RunningLog | RemoteLog | ReadOnlyLog:
    if sequencer is not None:
        return RemoteLog(sequencer, Secured.of(sequencer, settings))
    return RunningLog(book) if book else ReadOnlyLog()


def create_app(
    node: Node,
    book: Ledger | None = None,
    operations: NodeOperations | None = None,
    sequencer: Address | None = None,
    figures: Figures | None = None,
) -> FastAPI:
    """The application; with `book` it appends, with `sequencer` it hands over, without both it only reads.

    `figures`: of whoever else in this process counts what is asked.
    """
    log = _log_of(book, sequencer, node.settings)
    watched = operations or NodeOperations(node, appends=book is not None)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            if isinstance(log, RunningLog):
                watched.running(log.sequencer)
                log.sequencer.start()
                stack.callback(_stop, log.sequencer)
            if isinstance(log, RemoteLog):
                stack.callback(log.close)
            await stack.enter_async_context(watched.service.looked_after(app))
            stack.callback(strangers.close)
            stack.enter_context(identifiers.figures.kept())
            stack.enter_context(kept.kept(teller.tell if isinstance(log, RunningLog) else None))
            yield

    origin = str(node.genesis()["origin"])
    app = FastAPI(
        title="Tallystick",
        version=version("tallystick"),
        summary="A permissioned, hash-chained ledger for things and for the money owed for them",
        lifespan=lifespan,
    )
    problems.install(app)
    bill = playbill(node.settings.folder, origin)
    identifiers = Identifiers(node, log, origin, figures or Figures(node))
    machines = Machines(node, watched.machines)
    challenges = Challenges.of(
        origin, machines.issuer, node.settings.folder, machines.once, ledger.SystemClock()
    )
    desk = LoginDesk(node, challenges, ledger.SystemClock())
    teller = reads_telling.Teller(node, Pens(node, log, origin))
    kept = reads_keeping.ReadLog(node)
    app.state.reads = kept
    shared, strangers = SharingDesk(), StrangersDesk(node.reader)
    reading = access.reading(node, identifiers.gate, desk, shared, noted=kept)
    public = ledger.PublicTiles(node.reader)
    limit = node.settings.request_bytes_max
    add_routes(app, ledger.router(identifiers.taken_in, reading, limit, public))
    add_routes(app, ledger.mirror.feed_router(reading))

    def keep(document: Mapping[str, Any]) -> ledger.erasure.Kept:
        return ledger.erasure.keep_statement(node.store, origin, document, ledger.SystemClock())

    add_routes(app, ledger.erasure.router(reading, keep if book else None))
    for router in identifiers.routers(reading, strangers):
        add_routes(app, router)
    add_routes(app, trace.router(reading))
    add_routes(app, finance.policies_router(reading))
    add_routes(app, papers_api.router(reading, node.settings.base_url))
    add_routes(app, papers_api.credit_router(reading, node.settings.base_url))
    add_routes(app, finance.statements_router(reading))
    add_routes(app, finance.subcontracts_router(reading))
    add_routes(app, books_api.router(reading))
    add_routes(app, bank_files_api.router(reading))
    add_routes(app, statements_api.router(reading))
    add_routes(app, finance.router(reading))
    add_routes(app, finance.calendars_router(reading))
    add_routes(app, finance.accounts_router(reading))
    add_routes(app, bundles_api.router(reading))
    add_routes(app, keys_api.router(reading))
    add_routes(app, credentials_serving.router(node, reading))
    add_routes(app, verifier_page.router())
    if bill is not None:
        add_routes(app, played_api.router(node, bill))
    by_day, issued = identifiers.figures.by_day, identifiers.issued
    add_routes(app, login_api.router(desk, reading))
    signing = SigningDesk(node, origin, ledger.SystemClock())
    add_routes(app, signing_api.router(HandOvers(signing, node.settings.base_url), reading))
    invitations = Invitations(node, identifiers.taken_in, origin)
    add_routes(app, joining_api.router(invitations, reading))
    add_routes(app, rotating_api.router(Rotations(node, identifiers.taken_in, origin), reading))
    people_pages.install(app, invitations, reading, bill)
    shown = pages.install(app, node, reading, bill, origin, by_day, issued, desk)
    signing_pages.install(app, shown)
    device_pages.install(app, identifiers.enrolments, reading, bill)
    application_pages.install(app, identifiers.verifying, shown, reading)
    app.state.verifying = identifiers.verifying
    directories = Directories(node, machines.once, ledger.SystemClock())
    directory_pages.install(app, directories, desk, shown)
    notices_api.install(app, Inbox(node), reading, shown)
    reads_pages.install(app, node, kept, reading, bill)
    add_routes(app, sharing_api.router(reading, shared))
    sharing_pages.install(app, shown, reading, shared)
    hooks = WebhookDesk(node)
    add_routes(app, webhooks_api.router(hooks, reading))
    webhook_pages.install(app, hooks, shown, reading)
    overseeing_pages.install(app, shown, reading, shared)
    grading_pages.install(app, node, shown, reading)
    equality_pages.install(app, node, shown, reading)
    app.add_middleware(SameSite)
    machines.install(app)
    install(app, watched.service)
    pages.install_codes(app, reading, shown, node.settings.base_url, issued, strangers)
    return app


def _stop(sequencer: Sequencer) -> None:
    """What was handed in is committed, answered and sealed."""
    if not sequencer.stop(sequencer_stop_s_max):
        _log.error("the sequencer did not end", within_s=sequencer_stop_s_max)
