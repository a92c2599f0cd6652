"""`tallystick handle import` and `export`: records from other Handle servers, and back to them."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from tallystick.app import template_cli
from tallystick.app.bootstrap import Node
from tallystick.app.exchange.giving_out import GivingOut
from tallystick.app.exchange.taking_in import (
    Done,
    Looked,
    TakingIn,
    author_of,
    dry_run,
    look_through,
)
from tallystick.app.leaving import leaves_to
from tallystick.app.progress import progress
from tallystick.app.reads.commands import noted
from tallystick.app.settings import Settings
from tallystick.identity import exchange, organisation
from tallystick.identity.exchange import Fault, ImportRefused
from tallystick.ledger import Reader, Snapshot, public_reader

console = Console(stderr=True)
shown_notices_max = 5
shown_faults_max = 20
forms_help = "batch (the Handle server's), csv, ndjson or sql; by default what the name shows."
reasons = ("mistake", "duplicate", "retired", "destroyed", "withdrawn")


def import_handles(
    source: Annotated[
        str, typer.Argument(help="A file, or a database address with a table `handles`.")
    ],
    author: Annotated[
        str, typer.Option("--as", help="Handle of the organisation whose records they become.")
    ],
    form: Annotated[str, typer.Option("--format", help=forms_help)] = "",
    reason: Annotated[
        str, typer.Option(help=f"Why DELETE deletes: {', '.join(reasons)}.")
    ] = "withdrawn",
    dry: Annotated[
        bool, typer.Option("--dry-run", help="Read and judge everything, write nothing.")
    ] = False,
) -> None:
    """Take in handle records: from a batch file, the table of a Handle server, CSV or NDJSON.

    A source with a fault is taken in not at all. Run again, it goes on where it stopped and adds nothing twice.
    """
    if reason not in reasons:
        raise typer.BadParameter(f"one of {', '.join(reasons)}", param_hint="--reason")
    read = exchange.source_of(source, exchange.form_of(source, form))
    looked = look_through(read)
    _print_notices(looked.notices, looked.noticed)
    if looked.faulty:
        raise ImportRefused.of(looked.faults)
    node = Node.existing(Settings())
    if dry:
        _dry_run(node, read, author, reason, looked)
        return
    key = node.keys.get(f"300:{author}")
    with node.writer() as ledger, progress("taking in") as tick:
        taking = TakingIn(
            ledger, node.reader, author_of(ledger, key, author), reason, tick, looked.operations
        )
        done = taking.run(read)
    _print_done("taken in", done)


def export_handles(
    prefix: Annotated[str, typer.Argument(help="The prefix, such as 99.7.")],
    target: Annotated[
        str, typer.Option("--to", help="A file, a database address, or - for standard output.")
    ] = "-",
    form: Annotated[str, typer.Option("--format", help=forms_help)] = "",
    who: Annotated[
        str, typer.Option("--as", help="Read as this organisation; as the public without.")
    ] = "",
    recipient: Annotated[
        str, typer.Option("--for", metavar="NAME", help="Whom it is for, as permissions name them.")
    ] = "",
    country: Annotated[
        str, typer.Option(metavar="CC", help="The country it goes to; by default the node's.")
    ] = "",
) -> None:
    """Write the records of a prefix into a file or a database, as far as the reader may read them.

    Values that may not leave to whom it is for are left out.
    """
    chosen = exchange.form_of(target, form or ("ndjson" if target == "-" else ""))
    node = Node.existing(Settings())
    with ExitStack() as stack:
        snapshot = stack.enter_context(node.reader.open())
        tick = stack.enter_context(progress("writing"))
        own = _reader(snapshot, who)
        away = leaves_to(snapshot.view, node.settings, own, "export", recipient, country)
        reader = stack.enter_context(noted(node, away, "handle export", prefix))
        giving = GivingOut(snapshot.view, reader, prefix, tick)
        if chosen == "sql":
            giving.to_database(target)
        elif target == "-":
            giving.to_output(chosen)
        else:
            giving.to_file(chosen, Path(target))
    _print_notices(giving.notices, giving.noticed)
    console.print(f"{giving.records:,} records")


def search_handles(
    value_type: Annotated[str, typer.Argument(help="The type of the value, such as URL.")] = "",
    value: Annotated[str, typer.Argument(help="What it says; * stands for any characters.")] = "",
    prefix: Annotated[str, typer.Option(help="Only under this prefix.")] = "",
    template: Annotated[str, typer.Option(help="Only of this template, as version:handle.")] = "",
    who: Annotated[
        str, typer.Option("--as", help="Read as this organisation; as the public without.")
    ] = "",
    after: Annotated[str, typer.Option(help="Go on behind this handle.")] = "",
    limit: Annotated[int, typer.Option(min=1, max=500)] = 100,
) -> None:
    """Records that say a value, as lines of JSON with what the reader may read. Exit code 1: none."""
    node, what = Node.existing(Settings()), f"{value_type} {value}".strip()
    with (
        node.reader.open() as snapshot,
        noted(node, _reader(snapshot, who), "handle search", what) as reader,
    ):
        view = snapshot.view
        sought = exchange.Sought(value_type, value, prefix, template)
        found = exchange.page(view, reader, sought, after=after, limit=limit)
    for one in found.found:
        print(exchange.record_line(one.record, one.values), end="")
    if found.go_on:
        console.print(f"There may be more: --after {found.go_on}", highlight=False)
    if not found.found:
        sys.exit(1)


def _reader(snapshot: Snapshot, who: str) -> Reader:
    """Raises `UnknownParty`."""
    if not who:
        return public_reader
    own = Reader.party(organisation(snapshot.view, who).handle)
    return own.grading(snapshot.raised)


def _dry_run(node: Node, read: exchange.Source, author: str, reason: str, looked: Looked) -> None:
    with node.reader.open() as snapshot, progress("judging") as tick:
        done, faults = dry_run(
            read, snapshot, node.rules, author, reason, lambda n, _: tick(n, looked.operations)
        )
    _print_done("would be taken in", done)
    console.print("[bold]Dry run[/bold]: nothing was written.")
    for fault in faults[:shown_faults_max]:
        console.print(f"[red]{fault.sentence()}[/red]", highlight=False)
    if faults:
        sys.exit(1)


def _print_notices(notices: Sequence[Fault], count: int) -> None:
    for notice in notices[:shown_notices_max]:
        console.print(f"[yellow]{notice.sentence()}[/yellow]", highlight=False)
    if count > shown_notices_max:
        console.print(f"{count:,} notices in all")


def _print_done(what: str, done: Done) -> None:
    table = Table("handles", "")
    table.add_row(f"operations {what}", f"{done.done:,}")
    table.add_row("there already", f"{done.there:,}")
    table.add_row("entries", f"{done.entries:,}")
    console.print(table)


def join(handle: typer.Typer) -> None:
    """Add these commands to `tallystick handle`."""
    handle.command("import")(import_handles)
    handle.command("export")(export_handles)
    handle.command("search")(search_handles)
    handle.add_typer(template_cli.cli, name="template")
