"""`tallystick reader`: tokens with which mirrors and other programs read this log beyond what is public."""

from __future__ import annotations

from typing import Annotated

import typer
from pydantic import ValidationError
from rich.console import Console
from rich.markup import escape
from rich.table import Column, Table

from tallystick.app.bootstrap import Node
from tallystick.app.log_export_cli import ReaderUnknown
from tallystick.app.readers import Readers, token_days_default, token_days_max
from tallystick.app.settings import Settings

cli = typer.Typer(
    help="Give tokens to those who may read more than the public.", no_args_is_help=True
)
console = Console()


@cli.command()
def add(
    name: Annotated[str, typer.Argument(help="Its name for you, such as regulator-mirror.")],
    everything: Annotated[
        bool, typer.Option("--everything", help="It reads all bodies: a full mirror, an auditor.")
    ] = False,
    organisation: Annotated[
        str, typer.Option("--as", help="It reads what this organisation may read.")
    ] = "",
    country: Annotated[
        str,
        typer.Option(
            metavar="CC", help="The country in which it keeps what it reads; by default the node's."
        ),
    ] = "",
    days: Annotated[
        int | None,
        typer.Option(
            help=f"How long the token lasts, at most {token_days_max}. By default {token_days_default} days with --as, "
            "and no end with --everything."
        ),
    ] = None,
) -> None:
    """Let a reader in. Prints its token once: `Authorization: Bearer <token>`."""
    if everything == bool(organisation):
        raise typer.BadParameter("give --everything or --as, one of the two")
    node = Node.existing(Settings())
    if organisation:
        with node.reader.open() as snapshot:
            if snapshot.view.get("organisation", organisation) is None:
                raise ReaderUnknown(organisation)
    try:
        readers = Readers(node.settings.folder)
        token = readers.add(name, organisation or None, country or None, days)
    except ValidationError:
        raise typer.BadParameter(
            "a name has 1 to 100 characters and no spaces, a country two capitals"
        ) from None
    console.print(token, soft_wrap=True, highlight=False)


@cli.command("list")
def list_readers() -> None:
    """Who was let in, what they read, and until when."""
    table = Table(Column("reader", overflow="fold"), Column("reads", overflow="fold"), "until")
    for one in Readers(Settings().folder).all():
        table.add_row(
            escape(one.name), escape(one.organisation or "everything"), one.until or "no end"
        )
    console.print(table)


@cli.command()
def remove(name: str) -> None:
    """Take a reader's token back, at once."""
    Readers(Settings().folder).remove(name)
    console.print(f"{name} reads no more than the public.", markup=False, highlight=False)
