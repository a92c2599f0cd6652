"""`tallystick handle`: handles from the command line. Parts of the tree are added at the end, each by one line."""

from __future__ import annotations

import typer

from tallystick.app import asof_cli, exchange_cli
from tallystick.app.handles.cli import user
from tallystick.app.resolving.cli import resolve_handle

cli = typer.Typer(help="Resolve handles, and look after them.", no_args_is_help=True)


@cli.callback()
def handle() -> None:
    """Resolve handles, and look after them."""


cli.command("resolve")(resolve_handle)
cli.command("history")(asof_cli.show_history)
cli.command("proof")(asof_cli.prove)
cli.add_typer(user, name="user")
exchange_cli.join(cli)
