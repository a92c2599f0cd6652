"""`tallystick handle history`, `tallystick handle proof`: what a record said then, from this node's store."""

from __future__ import annotations

import sys
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Column, Table

from tallystick.app.access import Reading
from tallystick.app.bootstrap import Node
from tallystick.app.bundle_cli import reader_as
from tallystick.app.bundles import asked
from tallystick.app.bundles.make import make
from tallystick.app.files import write_file
from tallystick.app.leaving import bundled
from tallystick.app.reads.commands import noted
from tallystick.app.settings import Settings
from tallystick.identity import History, Version, history, history_page_max, index_of
from tallystick.ledger import canonical, log_verifier

console = Console()
Named = Annotated[str, typer.Argument(help="Such as 99.100.7/SN-0001.")]
ReadAs = Annotated[
    str, typer.Option("--as", help="Read as this organisation; without it, as an auditor.")
]


def show_history(
    handle: Named,
    before: Annotated[
        int | None, typer.Option(min=0, help="Only versions that entries below this index wrote.")
    ] = None,
    limit: Annotated[
        int, typer.Option(min=1, max=history_page_max, help="How many, the newest first.")
    ] = 50,
    organisation: ReadAs = "",
    as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
) -> None:
    """What changed in a record, when, and by whom; the newest version first."""
    node = Node.existing(Settings())
    with (
        node.reader.open() as snapshot,
        noted(node, reader_as(snapshot, organisation), "handle history", handle) as reader,
    ):
        found = history(snapshot, reader, handle, before, limit)
    if as_json:
        sys.stdout.write(canonical.encode(found.document()).decode() + "\n")
    else:
        _show(found)


def prove(
    handle: Named,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Where to write it (`.tally`).")],
    as_of: Annotated[
        str,
        typer.Option(
            "--as-of",
            metavar="INDEX|TIME",
            help="An index of the log or a time (RFC 3339); by default the newest final checkpoint.",
        ),
    ] = "",
    organisation: ReadAs = "",
    to: Annotated[
        str, typer.Option(metavar="NAME", help="Whom it is for, as permissions name them.")
    ] = "",
    country: Annotated[
        str, typer.Option(metavar="CC", help="The country it goes to; by default the node's.")
    ] = "",
) -> None:
    """Prove in one file what a record said then, and whether anything newer was written."""
    node = Node.existing(Settings())
    with ExitStack() as stack:
        snapshot = stack.enter_context(node.reader.open())
        told = bundled(snapshot, node.settings, reader_as(snapshot, organisation), to, country)
        reader = stack.enter_context(noted(node, told, "handle proof", handle))
        index = index_of(snapshot, as_of) if as_of else None
        requests = asked.as_of(Reading(snapshot, reader), handle, index)
        data = make(snapshot, reader, requests)
        log = log_verifier(snapshot.view)
    write_file(file, data)
    said = f"{file}: {len(data):,} bytes. Verify it with the log's key as you published it:"
    console.print(said, highlight=False, soft_wrap=True, markup=False)
    command = f"tallystick verify {file} --log-key {log.encode()}"
    console.print(command, highlight=False, soft_wrap=True, markup=False)


def _show(found: History) -> None:
    table = Table("entry", "time", "type", Column("author", overflow="fold"), "values")
    for one in found.versions:
        table.add_row(str(one.index), one.time, one.type, one.author, _changed(one))
    console.print(found.handle, highlight=False, markup=False)
    console.print(table)
    if found.next is not None:
        console.print(f"More: --before {found.next}", highlight=False)


def _changed(one: Version) -> str:
    marks = (("+", one.added), ("~", one.changed), ("-", one.removed))
    parts = [f"{mark}{number}" for mark, numbers in marks for number in numbers]
    return " ".join([*parts, *([f"deleted: {one.deleted}"] if one.deleted else [])])
