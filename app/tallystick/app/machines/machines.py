"""What programs of organisations need of a node, put together: tokens, signed requests, limits."""

from __future__ import annotations

from fastapi import APIRouter, FastAPI

from tallystick.app.bootstrap import Node
from tallystick.app.machines import oauth_api, openapi
from tallystick.app.machines.authors import Authors
from tallystick.app.machines.clients import Clients
from tallystick.app.machines.door import Door
from tallystick.app.machines.errors import FailuresTooMany
from tallystick.app.machines.grants import Desk
from tallystick.app.machines.limits import Buckets, Limits, Quotas
from tallystick.app.machines.metrics import MachineMetrics
from tallystick.app.machines.once import Once
from tallystick.app.machines.signatures import Signatures
from tallystick.app.machines.token_keys import TokenKeys
from tallystick.app.machines.tokens import Tokens
from tallystick.app.readers import Readers
from tallystick.app.routing import add_routes
from tallystick.ledger import Clock, SystemClock

failures_per_s, failures_burst = 1, 60


class Machines:
    """Of one serving process."""

    def __init__(self, node: Node, metrics: MachineMetrics, clock: Clock | None = None) -> None:
        settings, clock = node.settings, clock or SystemClock()
        self._body_bytes_max = settings.request_bytes_max
        self.issuer = settings.base_url.rstrip("/")
        self.metrics = metrics
        self.clients = Clients(node.store, clock)
        self.keys = TokenKeys(settings.folder, clock, settings.token_lifetime_s * 1000)
        self.once = Once(node.store, clock)
        authors, lifetime_s = Authors(node.reader), settings.token_lifetime_s
        self.tokens = Tokens(self.issuer, self.keys, self.clients, authors, clock, lifetime_s)
        self.signatures = Signatures(
            node.reader, node.directory, self.once, clock, settings.base_url
        )
        self.readers = Readers(settings.folder, clock)
        self.limits = Limits(
            Buckets(settings.organisation_requests_per_s),
            Buckets(settings.stranger_requests_per_s),
            Buckets(failures_per_s, failures_burst, FailuresTooMany),
            Quotas(node.store, clock, settings.organisation_requests_per_day),
        )
        endpoint = self.issuer + oauth_api.token_path
        self.desk = Desk(self.tokens, self.clients, self.once, clock, endpoint)

    def router(self) -> APIRouter:
        return oauth_api.router(self.desk, self.keys, self.issuer, self.limits, self.metrics)

    def install(self, app: FastAPI) -> None:
        """Add routes, the way in of every request, and what the interface description says of them."""
        add_routes(app, self.router())
        app.add_middleware(
            Door, tokens=self.tokens, signatures=self.signatures, readers=self.readers, limits=self.limits,
            metrics=self.metrics, body_bytes_max=self._body_bytes_max,
        )  # fmt: skip
        openapi.describe(app, self.issuer)
