"""`tallystick equality`: ledger, bank and register of a day, side by side."""

from __future__ import annotations

from typing import Annotated

import orjson
import typer
from rich.console import Console
from rich.table import Column, Table

import tallystick.finance as finance
from tallystick.app.bootstrap import Node
from tallystick.app.equality import keeping
from tallystick.app.reads.looking import looking
from tallystick.app.settings import Settings

console = Console()
not_explained_exit = 1


def equality(
    day: Annotated[str, typer.Option(help="2026-07-10; without it, the last that is over.")] = "",
    organisation: Annotated[str, typer.Option(help="The part of this bank alone.")] = "",
    keep: Annotated[bool, typer.Option("--keep", help="Keep it, as the worker does.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="As JSON, in minor units.")] = False,
) -> None:
    """Ledger, bank and register of a day side by side, and why they differ. Exit code 1: not all is explained."""
    node = Node.existing(Settings())
    with looking("equality", day or "yesterday", node=node) as reading:
        day = day or finance.plus_days(keeping.today(reading.snapshot), -1)
        found = keeping.made(reading.snapshot, day)
        shown = [one for one in found if one.organisation == organisation]
        for whose in {organisation} if organisation else {one.organisation for one in found} - {""}:
            reading.reader.lists_of(whose)
    if keep:
        keeping.keep(node, day)
    if as_json:
        typer.echo(orjson.dumps([one.document() for one in shown], option=orjson.OPT_INDENT_2))
    else:
        _print(day, shown)
    if any(one.unexplained for one in shown):
        raise typer.Exit(not_explained_exit)


def _print(day: str, found: list[finance.equality.Report]) -> None:
    if not found:
        console.print(f"{day}: nothing was issued.")
    for one in found:
        columns = ("line", "ledger", "bank or register", "because", "not explained")
        table = Table(
            *(Column(name, overflow="fold") for name in columns), title=f"{day} {one.currency}"
        )
        for name, line in one.lines.items():
            because = ", ".join(
                f"{reason} {finance.format_amount(amount, one.currency)}"
                for reason, amount in sorted(line.because.items())
                if amount
            )
            sums = (line.ledger, line.other, line.unexplained)
            ledger, other, rest = (finance.format_amount(sum_, one.currency) for sum_ in sums)
            table.add_row(name, ledger, other, because, rest)
        console.print(table)
