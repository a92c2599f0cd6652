"""`tallystick organisation`: register and list organisations on the operator's own machine."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from tallystick.app.applications import cli as applications_cli
from tallystick.app.bootstrap import Node
from tallystick.app.organisations import NewOrganisation, register_organisation
from tallystick.app.overseeing import acts_cli
from tallystick.app.settings import Settings
from tallystick.identity import organisation

cli = typer.Typer(
    help="Organisations: applications, verification, papers, suspension, holds and quotas.",
    no_args_is_help=True,
)
applications_cli.add(cli)
acts_cli.add(cli)
console = Console()


@cli.command()
def add(
    name_en: Annotated[str, typer.Option(help="Name in English.")] = "",
    name_zh: Annotated[str, typer.Option(help="Name in Chinese.")] = "",
    scheme: Annotated[
        str, typer.Option(help="uscc, lei, register (with --country) or none (unverified).")
    ] = "none",
    number: Annotated[
        str, typer.Option(help="The number by that scheme; its check is checked.")
    ] = "",
    country: Annotated[str, typer.Option(help="ISO 3166 code, for scheme register.")] = "",
    capacity: Annotated[
        str, typer.Option(help="core, supplier, bank, carrier, node or auditor.")
    ] = "supplier",
    prefix: Annotated[str, typer.Option(help="A prefix for its things, such as 99.7.")] = "",
) -> None:
    """Register an organisation under the root, with a key that this node holds; prints its handle."""
    name = {language: text for language, text in (("en", name_en), ("zh", name_zh)) if text}
    if not name:
        raise typer.BadParameter("give --name-en, --name-zh or both")
    new = NewOrganisation(name, capacity, scheme, number or None, country or None, prefix)
    node = Node.existing(Settings())
    with node.writer() as ledger:
        print(register_organisation(node, ledger, new))


@cli.command("list")
def list_all(
    after: Annotated[str, typer.Option(help="Go on after this handle.")] = "",
    limit: Annotated[int, typer.Option(min=1, max=1000)] = 100,
) -> None:
    """All organisations of the log."""
    table = Table("handle", "name", "number", "verified", "capacities")
    with Node.existing(Settings()).reader.open() as snapshot:
        for handle in snapshot.view.names("organisation", after=after, limit=limit):
            found = organisation(snapshot.view, handle)
            table.add_row(
                handle,
                " · ".join(found.name.values()),
                f"{found.scheme} {found.number}".strip(),
                "yes" if found.verified else "no",
                ", ".join(sorted(found.capacities)),
            )
    console.print(table)
