"""`tallystick subcontract`: the buyer's material at a subcontractor, and the notes that move it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Column, Table

from tallystick import finance
from tallystick.app.files import read_model
from tallystick.app.people.saying import AuthorKey, Draft, Person, Url, say
from tallystick.app.reads.looking import looking
from tallystick.ledger import Body

cli = typer.Typer(
    help="Subcontract orders (委外加工): the buyer's material goes out, and only the fee is billed.",
    no_args_is_help=True,
)
console = Console()
body_bytes_max = 1024 * 1024
Json = Annotated[
    Path,
    typer.Argument(metavar="FILE", help="The body as JSON: docs/reference/entry-types.md says it."),
]
Order = Annotated[str, typer.Argument(metavar="ORDER", help="99.100/O-…#PO-17.")]


@cli.command()
def propose(body: Json, author: AuthorKey, url: Url = "", draft: Draft = None) -> None:
    """As the buyer: say which material an order takes, and what may be lost; the subcontractor agrees."""
    told = read_model(body, finance.subcontracts.Subcontract, body_bytes_max)
    _say("finance.subcontract/1", told, Person(author, url, draft))


@cli.command()
def note(body: Json, author: AuthorKey, url: Url = "", draft: Draft = None) -> None:
    """Say that material was issued, returned or lost; the other firm agrees."""
    told = read_model(body, finance.subcontracts.MaterialNote, body_bytes_max)
    _say("finance.material/1", told, Person(author, url, draft))


@cli.command("list")
def list_all(
    organisation: Annotated[str, typer.Argument(metavar="FIRM")],
    limit: Annotated[int, typer.Option(min=1, max=200)] = 100,
) -> None:
    """Subcontract orders of a firm, and what of the material is where."""
    shown = _table("order", "item", "issued", "used", "lost", "returned", "balance", "held")
    with looking("subcontract list", organisation) as reading:
        found = finance.subcontracts.views.subcontracts(reading, organisation, None, limit).rows
    for view in found:
        for one in view.materials:
            shown.add_row(view.order, one.item, *_figures(one))
    console.print(shown if found else "No subcontract order yet.")


@cli.command()
def show(order: Order) -> None:
    """One order: its material, and every note."""
    views = finance.subcontracts.views
    with looking("subcontract show", order) as reading:
        view, notes = views.subcontract(reading, order), views.notes(reading, order, None, 200)
    shown = _table("item", "unit", "issued", "used", "lost", "returned", "balance", "held")
    for one in view.materials:
        shown.add_row(one.item, one.row["unit"], *_figures(one))
    console.print(shown)
    moved = _table("note", "", "day", "items", "status")
    for found in notes.rows:
        row = found.row
        items = "\n".join(f"{line['item']} {line['quantity']}" for line in row["lines"])
        moved.add_row(found.name, row["moved"], row["moved_on"], items, row["status"])
    console.print(moved if notes.rows else "Nothing was issued yet.")


def _table(*names: str) -> Table:
    return Table(*(Column(name, overflow="fold") for name in names))


def _figures(one: finance.subcontracts.views.MaterialView) -> tuple[str, ...]:
    found, scale = one.balance, int(one.row["scale"])
    sums = (found.issued, found.used, found.lost, found.returned, found.balance, found.held)
    return tuple(_number(value, scale) for value in sums)


def _number(value: int, scale: int) -> str:
    """
    >>> _number(1_250, 3), _number(7, 0)
    ('1.250', '7')
    """
    whole, rest = divmod(value, 10**scale)
    return f"{whole:,}" + (f".{rest:0{scale}d}" if scale else "")


def _say(entry_type: str, body: Body, by: Person) -> None:
    index = say(entry_type, body, by)
    if index is not None:
        console.print(f"Entry {index}.", highlight=False)
