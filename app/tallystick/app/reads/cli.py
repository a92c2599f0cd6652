"""`tallystick reads`: the read log: looked at, told, proven, and held against what was told."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Column, Table

from tallystick.app.bootstrap import Node
from tallystick.app.bundles.pins import read_pins
from tallystick.app.bundles.verify import forms
from tallystick.app.files import read_bytes, write_file
from tallystick.app.reads.listing import Asked, Whose, looks
from tallystick.app.reads.telling import author_of, days, told_days
from tallystick.app.saying import Way, signing_key
from tallystick.app.settings import Settings
from tallystick.identity import organisation
from tallystick.ledger import SystemClock, TallystickError, reads
from tallystick.ledger.bundle import bundle_bytes_max, open_bundle

cli = typer.Typer(
    help="The read log: who was let see what is not public, told daily, proven row by row.",
    no_args_is_help=True,
)
console = Console()
differ_exit = 1
file_bytes_max = 1_000_000


class ReadRowUnknown(TallystickError):
    code = "read-row-unknown"
    status = 404
    title = "The read log has no such row of a day that was told"
    advice = "`tallystick reads list` shows ids; a day is told some minutes after midnight, UTC."


class ReadProofRefused(TallystickError):
    code = "read-proof-refused"
    status = 422
    title = "The file does not prove that the row was in that day's read log"
    advice = "Ask for it again; if it still differs, the row or the day's root was changed."


@cli.command("list")
def list_all(
    firm: Annotated[str, typer.Argument(metavar="ORGANISATION", help="Whose things were seen.")],
    whose: Annotated[
        Whose, typer.Option(help="By its own people and programs, or by others.")
    ] = "all",
    first: Annotated[str, typer.Option(metavar="DAY", help="From this day on, in UTC.")] = "",
    last: Annotated[str, typer.Option(metavar="DAY", help="Up to this day.")] = "",
    after: Annotated[str, typer.Option(help="Go on behind this row.")] = "",
    limit: Annotated[int, typer.Option(min=1, max=200)] = 100,
) -> None:
    """Who looked at an organisation's things, newest first."""
    node = Node.existing(Settings())
    with node.look() as view:
        organisation(view, firm)
    found = looks(node, Asked(firm, whose, first, last, after), audits=True, limit=limit)
    columns = ("id", "time", "who", "what", "path")
    table = Table(*(Column(name, overflow="fold") for name in columns))
    for one in found.rows:
        who = " ".join(filter(None, (one.kind, one.name, one.organisation, *one.roles)))
        table.add_row(one.id, one.time, who, one.what, one.path)
    console.print(table if found.rows else "Nobody looked.")
    if found.next:
        console.print(f"--after {found.next}", highlight=False)


@cli.command("days")
def list_days() -> None:
    """Every day of rows, held against what the log says of it. Exit code 1: one differs."""
    node = Node.existing(Settings())
    table = Table(*(Column(name, overflow="fold") for name in ("day", "rows", "root", "entry")))
    differs = 0
    for one in days(node, "9999"):
        said = "not told yet"
        if one.told is not None:
            said = f"#{one.told['index']}" if one.agrees else f"#{one.told['index']} DIFFERS"
        differs += one.agrees is False
        table.add_row(one.day, f"{one.count:,}", one.root, said)
    console.print(table)
    if differs:
        sys.exit(differ_exit)


@cli.command()
def tell(
    url: Annotated[str, typer.Option("--node", help="Send it to this running node.")] = "",
) -> None:
    """Say the root of each day that is over and was not told; a serving node does so by itself."""
    node = Node.existing(Settings())
    today = reads.day_of(SystemClock().now_ms())
    with node.look() as view:
        key = next((one.reference for one in node.directory.keys_of(view, author_of(node, view))
                    if one.until is None and node.keys.has(one.reference)), "")  # fmt: skip
    for one in days(node, today):
        if one.told is None:
            body = reads.DailyReads(day=one.day, count=one.count, root=one.root)
            index = Way(node, url, None).say(reads.reads_type, body, [signing_key(node, key)])
            console.print(f"{one.day}: {one.count} rows, entry {index}.", highlight=False)


@cli.command()
def prove(
    row_id: Annotated[str, typer.Argument(metavar="ROW", help="Its id, as `list` shows it.")],
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Where to write the proof.")],
) -> None:
    """Prove that a row was in its day's read log, in one file."""
    node = Node.existing(Settings())
    write_file(file, (json.dumps(shown_row(node, row_id).document(), indent=1) + "\n").encode())
    console.print(f"{file} written; `tallystick reads check` checks it.", highlight=False)


@cli.command()
def check(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="As `prove` wrote it.")],
    bundle: Annotated[
        Path | None,
        typer.Option(metavar="TALLY", help="A bundle of the day's entry; else this node's log."),
    ] = None,
    log_key: Annotated[str, typer.Option(help="With --bundle: the log's verifier key.")] = "",
) -> None:
    """Check such a file, against a bundle of the day's entry or against this node's log."""
    shown = read_proof(read_bytes(file, file_bytes_max))
    body = _bundled(bundle, log_key, shown.index) if bundle else _stored(shown.index)
    told = reads.DailyReads(day=shown.day, count=shown.count, root=shown.root)
    if body != told.encode():
        raise ReadProofRefused(f"entry {shown.index} does not say this of {shown.day}")
    console.print(f"In the read log of {shown.day}, entry {shown.index}:", highlight=False)
    console.print(shown.row, markup=False, highlight=False, soft_wrap=True)


def read_proof(data: bytes) -> reads.ShownRow:
    """What such a file shows, once its row leads to its root. Raises `ReadProofRefused`."""
    try:
        shown = reads.ShownRow.of(json.loads(data))
        shown.check()
    except (ValueError, KeyError, TypeError, RecursionError, OverflowError) as error:
        raise ReadProofRefused(f"it is not in its form: {type(error).__name__}") from None
    except TallystickError as error:
        raise ReadProofRefused(error.detail) from None
    return shown


def shown_row(node: Node, row_id: str) -> reads.ShownRow:
    """Raises `ReadRowUnknown`."""
    with node.store.read() as transaction:
        found = transaction.reads.row(row_id)
        rows = [] if found is None else list(transaction.reads.of_day(found[0]))
    with node.look() as view:
        told = None if found is None else told_days(node, view).get(found[0])
    if found is None or told is None:
        raise ReadRowUnknown(row_id)
    tree, position = reads.DayTree.of(rows), [one[0] for one in rows].index(row_id)
    return reads.ShownRow(
        str(node.genesis()["origin"]), found[0], int(told["count"]), str(told["root"]), int(told["index"]),
        row_id, found[1].decode(), position, tuple(one.hex() for one in tree.path(position)),
    )  # fmt: skip


def _stored(index: int) -> bytes:
    node = Node.existing(Settings())
    with node.reader.open() as snapshot:
        return snapshot.stored_body(index) if snapshot.row(index).type == reads.reads_type else b""


def _bundled(file: Path, log_key: str, index: int) -> bytes:
    found = open_bundle(read_bytes(file, bundle_bytes_max + 1), read_pins(log_key, b"", ""), forms)
    held = found.entries.get(index)
    return b"" if held is None or held.body is None else held.body
