"""`tallystick resolver`: answers for handles that are kept elsewhere."""

from __future__ import annotations

from typing import Annotated

import typer

from tallystick.app.settings import Settings

cli = typer.Typer(help="Run a resolver for handles that are kept elsewhere.", no_args_is_help=True)


@cli.callback()
def resolver() -> None:
    """Run a resolver for handles that are kept elsewhere."""


@cli.command()
def serve(
    upstream: Annotated[
        list[str] | None,
        typer.Option(
            metavar="PREFIX=ADDRESS",
            help="Whom to ask for a prefix and all below it, `*` for all others; repeat. Addresses: http(s)://…, "
            "udp://HOST:PORT, tcp://HOST:PORT. By default TALLYSTICK_RESOLVER_UPSTREAMS.",
        ),
    ] = None,
    host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on over HTTP.")] = None,
    native_port: Annotated[
        int | None, typer.Option(help="Port of the native protocol, UDP and TCP; 0 for none.")
    ] = None,
) -> None:
    """Serve `GET /api/handles` and the native protocol: remember, forward by prefix, mark what is stale."""
    from tallystick.app.resolving.resolver import run

    settings = Settings()
    changed = {"host": host, "resolver_port": port, "native_port": native_port}
    chosen = {name: value for name, value in changed.items() if value is not None}
    if host is not None:
        chosen["native_host"] = host
    routes = upstream or [one for one in settings.resolver_upstreams.split(",") if one.strip()]
    run(settings.model_copy(update=chosen), routes)
