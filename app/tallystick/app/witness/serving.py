"""The witness as an HTTP server: its protocol, a status page in two languages, its health."""

from __future__ import annotations

import structlog
from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse
from starlette.staticfiles import StaticFiles

from tallystick.app import problems
from tallystick.app.operations import Service, configure_logs, install, serve
from tallystick.app.operations.server import ending
from tallystick.app.operations.watchman import Watchman
from tallystick.app.pages.render import Pages
from tallystick.app.routing import add_routes
from tallystick.app.settings import Settings
from tallystick.app.witness import watching
from tallystick.app.witness.home import WitnessHome
from tallystick.ledger import RuleSet, SystemClock, bls, instant, mirror, witness

_log = structlog.get_logger()


def run(home: WitnessHome, host: str, port: int, settings: Settings) -> None:
    """Serve until told to stop; refuses to start if a memory is lost."""
    configure_logs(settings)
    if (home.folder.parent / "mirror" / "mirror.json").exists():
        raise mirror.MirrorServes(str(home.folder))
    with home.open(SystemClock()) as opened:
        name, count = opened.cosigner.name, len(opened.status())
        key = home.quorum_key()
        signer = bls.CertificateSigner(opened, key) if key else None
        service = watching.service(home, opened, settings)
        with ending(service.standing):
            _log.info("witness", url=f"http://{host}:{port}/", witness=name, logs=count)
            app = create_app(opened, signer, service)
            serve(app, service, host, port, settings.operations)
    _log.info("stopped", witness=name)


def create_app(
    opened: witness.Witness,
    signer: bls.CertificateSigner | None = None,
    service: Service | None = None,
) -> FastAPI:
    """The application over an open witness, which signs quorum certificates if it has a key for it."""
    watched = service or Service(Watchman())
    app = FastAPI(
        title="Tallystick witness",
        summary="Cosigns checkpoints that only ever extend",
        lifespan=watched.looked_after,
    )
    problems.install(app)
    pages = Pages(opened.cosigner.name, None, RuleSet())
    add_routes(app, witness.router(opened))
    add_routes(app, bls.router(signer))

    @app.get("/", include_in_schema=False)
    def status(request: Request) -> HTMLResponse:
        rows = [_row(log) for log in opened.status()]
        vkey = opened.cosigner.encode()
        return pages.page(request, "witness.html", vkey=vkey, logs=rows)

    install(app, watched)
    app.mount("/static", StaticFiles(packages=[("tallystick.app.pages", "static")]), name="static")
    return app


def _row(log: witness.WatchedLog) -> dict[str, object]:
    checkpoint = log.newest.checkpoint
    return {
        "origin": checkpoint.origin,
        "known": bool(log.newest.note),
        "size": checkpoint.size,
        "root": checkpoint.root.hex(),
        "time": instant(log.time_s * 1000) if log.time_s else "",
        "path": f"/{witness.origin_hash(checkpoint.origin)}/checkpoint",
        "keys": [key.encode() for key in log.keys],
        "forks": log.evidence,
        "stopped": len(log.stopped) == len(log.keys),
    }
