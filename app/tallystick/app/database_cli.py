"""Commands about the database and the process that appends to it."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.console import Console

from tallystick.app.bootstrap import Node
from tallystick.app.settings import Settings

cli = typer.Typer(help="The database: who may do what in it.", no_args_is_help=True)
console = Console()
socket_name = "sequencer.sock"


@cli.command()
def roles(
    application: Annotated[
        str, typer.Option(help="The role that serves and appends; `createuser NAME` makes it.")
    ],
) -> None:
    """On PostgreSQL, as the owner: let a role add entries and read, and never change or remove one."""
    node = Node.at(Settings())
    node.store.migrate()
    node.store.grant(application)
    console.print(
        f"{application} may add entries, and may change or remove none. Run serve, sequencer and worker as "
        "this role, and `tallystick migrate` as the owner.",
        highlight=False,
        soft_wrap=True,
    )


def sequencer(
    listen: Annotated[
        str,
        typer.Option(
            metavar="ADDRESS",
            help="Path of a Unix socket, by default in TALLYSTICK_HOME; https://HOST:PORT, with certificates "
            "on both sides; or http://HOST:PORT, in clear, in a network of your own only.",
        ),
    ] = "",
    worker: Annotated[bool, typer.Option(help="Also start the outbox worker.")] = True,
) -> None:
    """Append, seal and sign for any number of `tallystick serve --sequencer` processes."""
    from tallystick.app import handover
    from tallystick.app.beside import Worker

    settings = Settings()
    node = Node.existing(settings)
    address = handover.Address.parse(listen or str(settings.folder / socket_name))
    handover.run(node, address, Worker(node) if worker else None)
