"""The recursive resolver as a server: HTTP, the native protocol, its health. It has no log, no database, and one key,
that signs its native answers for who asks it to.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from urllib.parse import urlsplit

import httpx
import structlog
from fastapi import FastAPI
from prometheus_client import Gauge

import tallystick.identity.recursion as recursion
from tallystick.app import problems
from tallystick.app.operations import Service, configure_logs, install, serve
from tallystick.app.operations.server import ending
from tallystick.app.operations.watchman import Watchman
from tallystick.app.resolving.native import address_of, service_key, site_serial
from tallystick.app.routing import add_routes
from tallystick.app.settings import Settings
from tallystick.identity import native
from tallystick.ledger import PublicKey, SystemClock

threads = 32
connections_max = 100
_query = 2
_log = structlog.get_logger()


def run(settings: Settings, routes: Sequence[str]) -> None:
    """Serve until told to stop. Raises `RouteRefused`, `NativePortTaken`."""
    configure_logs(settings)
    limits = httpx.Limits(max_connections=connections_max)
    with httpx.Client(limits=limits) as http:
        resolver = made(settings, routes, http)
        service = Service(Watchman())
        with ending(service.standing), answering(settings, resolver):
            app = create_app(resolver, service)
            url = f"http://{settings.host}:{settings.resolver_port}/"
            _log.info("resolver", url=url, routes=len(routes), name=resolver.name)
            serve(app, service, settings.host, settings.resolver_port, settings.operations)
    _log.info("stopped")


def made(settings: Settings, routes: Sequence[str], http: httpx.Client) -> recursion.Resolver:
    """Raises `RouteRefused`."""
    timeout_s = settings.resolver_timeout_s
    known = recursion.Routes.parse(
        routes, lambda address: recursion.upstream(address, http, timeout_s)
    )
    return recursion.Resolver(
        known, refer=lambda address: recursion.upstream(address, http, timeout_s, referred=True)
    )


def create_app(resolver: recursion.Resolver, service: Service | None = None) -> FastAPI:
    """The application over a resolver."""
    watched = service or Service(Watchman())
    remembered = Gauge(
        "tallystick_resolver_records", "Records that are remembered", registry=watched.registry
    )
    remembered.set_function(lambda: len(resolver.cache))
    app = FastAPI(
        title="Tallystick resolver",
        summary="Answers for handles that are kept elsewhere",
        lifespan=watched.looked_after,
    )
    problems.install(app)
    add_routes(app, recursion.router(resolver, SystemClock()))
    install(app, watched)
    return app


@contextmanager
def answering(settings: Settings, resolver: recursion.Resolver) -> Iterator[int]:
    """While it answers by the native protocol; yields the port, 0 if there is none."""

    def make() -> native.NativeServer:
        key = service_key(settings.folder)
        answers = recursion.ResolverAnswers(resolver, _site(settings, key.public), key)
        guard = native.Guard(settings.native_questions_per_s)
        return native.NativeServer(answers, guard, threads)

    running = native.serving(make, settings.native_host, settings.native_port)
    with running if settings.native_port else nullcontext(0) as port:
        yield port


def _site(settings: Settings, key: PublicKey) -> native.Site:
    ports = (
        ("UDP", settings.native_port),
        ("TCP", settings.native_port),
        ("HTTP", settings.resolver_port),
    )
    interfaces = tuple(native.Interface(_query, protocol, port) for protocol, port in ports)
    server = native.Server(1, address_of(settings.native_host), native.published(key), interfaces)
    domain = urlsplit(settings.base_url).hostname or ""
    return native.Site(site_serial, (server,), (("desc", "Tallystick"), ("domain", domain)))
