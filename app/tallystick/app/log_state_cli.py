"""`tallystick log state`: what a start would come to, without starting."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, NoReturn

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Column, Table

from tallystick.app import starting
from tallystick.app.bootstrap import Node
from tallystick.app.files import read_text
from tallystick.app.settings import Settings
from tallystick.ledger import DataLost, LogFenced, Store, StoreDamaged, TallystickError, start
from tallystick.ledger import RuleSet as Rules

console = Console()
errors = Console(stderr=True)
stop_exit = 1


def add(cli: typer.Typer) -> None:
    """Add the command to `tallystick log`."""
    cli.command("state")(state)


def state(
    checkpoint: Annotated[
        list[Path] | None,
        typer.Option(help="A checkpoint kept elsewhere; may be repeated."),
    ] = None,
    whole: Annotated[
        bool, typer.Option("--whole", help="Check all of the SQLite file, indexes too.")
    ] = False,
) -> None:
    """Hold the database against signer and witnesses, as `serve` does first, and change nothing.

    Go on, integrate what a stop left undone, or stop: exit code 1.
    """
    node = Node.existing(Settings())
    try:
        prepared = starting.prepare(node.settings, node.store, node.rules, whole=whole)
        kept = kept_claims(node.store, node.rules, checkpoint or [])
        found = start.look(node.store, node.rules, node.memory(), [*prepared.asked.claims, *kept])
    except (StoreDamaged, DataLost) as error:
        _stop(error)
    console.print(_table(node, prepared, kept))
    fence = prepared.fence(node.memory())
    if fence is not None:
        _stop(LogFenced(fence.detail))
    if found.error is not None:
        _stop(found.error)
    console.print(escape(found.told()), highlight=False, soft_wrap=True)


def kept_claims(store: Store, rules: Rules, files: list[Path]) -> list[start.Claim]:
    """What checkpoints in files claim; raises `CheckpointRefused` if this log did not sign one."""
    if not files:
        return []
    known = start.Known.by(store, rules)
    return [start.claim_by(read_text(path), known, str(path)) for path in files]


def _table(node: Node, prepared: starting.Prepared, kept: list[start.Claim]) -> Table:
    table = Table(Column("asked"), Column("says", overflow="fold"))
    with node.store.read() as transaction:
        tree, newest = transaction.tree(), transaction.checkpoint()
    if tree is not None:
        sealed = f"{tree.size:,} entries, {tree.block_size:,} of them sealed"
        table.add_row("the database", f"{sealed}, checkpoint {newest[0] if newest else 0:,}")
    table.add_row("its file", escape(prepared.checked))
    table.add_row("the signer's memory", f"signed {node.memory().load()[0]:,} last")
    for one in prepared.asked.told:
        table.add_row("a witness", escape(str(one)))
    for claim in kept:
        table.add_row(escape(claim.who), f"is of {claim.size:,} entries")
    return table


def _stop(error: TallystickError) -> NoReturn:
    said = f"[red]stop, {error.code}[/red]: {escape(error.diagnosis())}"
    errors.print(said, highlight=False, soft_wrap=True)
    sys.exit(stop_exit)
