"""`tallystick relation`: how records belong together."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from tallystick.app.bootstrap import Node
from tallystick.app.naming.speaking import body, enter, owner_of
from tallystick.app.settings import Settings
from tallystick.identity import AddRelation, RemoveRelation, relations_of

cli = typer.Typer(
    help="Relations between records: contains, split-from, merged-into, replaced-by, same-as.",
    no_args_is_help=True,
)
console = Console()

Source = Annotated[str, typer.Argument(help="The record of which it is said.")]
Kind = Annotated[
    str, typer.Argument(help="contains, split-from, merged-into, replaced-by or same-as.")
]
Target = Annotated[str, typer.Argument(help="The other record.")]


@cli.command()
def add(
    source: Source,
    kind: Kind,
    target: Target,
    reader: Annotated[
        list[str] | None, typer.Option("--reader", help="Not public, but for these; repeat.")
    ] = None,
) -> None:
    """Say that two records belong together. The owner of the other one signs too, by a key that this node holds."""
    node = Node.existing(Settings())
    told = {"source": source, "kind": kind, "target": target, "readers": tuple(reader or ())}
    author, other = owner_of(node, source), owner_of(node, target)
    agreeing = [other] if other != author and node.keys.has(f"300:{other}") else []
    said = body(AddRelation, told)
    index = enter(node, "identity.relation.add/1", said, author, agreeing)
    console.print(f"Entry {index}.")


@cli.command()
def remove(
    source: Source,
    kind: Kind,
    target: Target,
    by: Annotated[str, typer.Option("--as", help="Owner of either; by default of the first.")] = "",
) -> None:
    """Say that a relation holds no longer. It stays in the history of both."""
    node = Node.existing(Settings())
    said = body(RemoveRelation, {"source": source, "kind": kind, "target": target})
    index = enter(node, "identity.relation.remove/1", said, by or owner_of(node, source))
    console.print(f"Entry {index}.")


@cli.command("list")
def list_relations(handle: Annotated[str, typer.Argument(help="A record.")]) -> None:
    """Relations of a record, from either end."""
    with Node.existing(Settings()).reader.open() as snapshot:
        found = relations_of(snapshot.view, handle)
    table = Table("source", "is", "target", "since")
    for one in found:
        table.add_row(one.source, one.kind, one.target, str(one.since))
    console.print(table)
