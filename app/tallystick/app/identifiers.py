"""Identity's routes over one node: who writes plain requests, what batches issued, what was asked how often."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from fastapi import APIRouter, Request

import tallystick.identity as identity
from tallystick.app.applications import api as applications_api
from tallystick.app.applications.desk import Desk
from tallystick.app.applications.verifying import Verifying
from tallystick.app.bootstrap import Node
from tallystick.app.bundles import api as bundles_api
from tallystick.app.devices import api as devices_api
from tallystick.app.devices.catching import CatchingLog
from tallystick.app.devices.enrolments import Enrolments
from tallystick.app.documents import api as documents_api
from tallystick.app.documents.waiting import Queue, WatchingLog
from tallystick.app.handles import Gate, HandleUsers
from tallystick.app.handles import api as sessions_api
from tallystick.app.minting.seeing import Log, SeeingLog
from tallystick.app.prefixes.figures import Figures
from tallystick.app.strangers import StrangersDesk
from tallystick.app.writing import Pens


class Identifiers:
    """What the identifiers of a node need beside its reader; `taken_in` is the log behind it."""

    def __init__(self, node: Node, log: Log, origin: str, figures: Figures) -> None:
        self._node = node
        pens = Pens(node, log, origin)
        self.gate = Gate(node, HandleUsers(node.settings.folder, node.master), pens)
        self.figures = figures
        self._folder = identity.minting.Folder(node.settings.folder)
        self.issued = identity.minting.IssuedCodes(self._folder)
        seeing = SeeingLog(log, pens, self.issued, self._folder)
        catching = CatchingLog(seeing, node, pens, self.figures.counts)
        self.documents = Queue(node, pens.of)
        self.taken_in = WatchingLog(catching, self.documents.look_later)
        self.enrolments = Enrolments(node, self.taken_in, origin)
        self.verifying = Verifying(Desk(node, origin), self.taken_in)

    def routers(self, reading: Callable[..., Any], strangers: StrangersDesk) -> Iterator[APIRouter]:
        """In the order in which they are asked: what has a longer address before what ends in anything."""
        figures, settings = self.figures, self._node.settings
        yield identity.router(
            reading, self.gate.access(), figures.counts, self.issued, settings.base_url, strangers
        )
        yield identity.prefix_router(reading, figures.by_day)
        yield bundles_api.record_router(reading)
        yield identity.names_router(reading)
        yield identity.people_router(reading)
        yield identity.organisations_router(reading)
        yield sessions_api.router(self.gate)
        yield identity.templates.router(reading)
        yield identity.exchange.router(reading)
        yield devices_api.router(self.enrolments, reading)
        yield applications_api.router(self.verifying, reading)
        yield documents_api.router(self.documents, self._pen, reading)
        yield identity.minting.bulk_router(self._pen, self._node.look, self._folder)
        yield identity.minting.batches_router(reading, self._folder)

    def _pen(self, request: Request) -> identity.Pen:
        return self.gate.administrator(request).pen
