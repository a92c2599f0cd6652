"""`tallystick erase`: destroy an attachment by a signed entry, and see who has destroyed copies."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Column, Table

from tallystick.app.bootstrap import Node
from tallystick.app.erasing import planned, sent, written
from tallystick.app.files import read_bytes
from tallystick.app.progress import progress
from tallystick.app.settings import Settings
from tallystick.ledger import PrivateKey, SigningKey, SystemClock, apply_erasures, erasure, instant

cli = typer.Typer(help="Destroy attachments, and see who has done so.", no_args_is_help=True)
console = Console()


@cli.command()
def attachment(
    index: Annotated[int, typer.Argument(min=0, help="The entry that holds it.")],
    reason: Annotated[erasure.Reason, typer.Option(help="Why, as a code.")],
    holds: Annotated[
        erasure.TextClass,
        typer.Option(help="What kind of text it held."),
    ],
    author: Annotated[str, typer.Option(help="Key reference of the owner: 300:99.100/O-….")],
    key: Annotated[Path, typer.Option(help="The private key of --author (PEM).")],
    hashes: Annotated[
        list[str] | None,
        typer.Option("--hash", help="Only these; by default all that the entry still holds."),
    ] = None,
    node_url: Annotated[
        str, typer.Option("--node", help="Send it to this running node; else into this store.")
    ] = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would go, and end.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask: you have read it.")] = False,
) -> None:
    """Destroy attachments of an entry for ever: bytes, salt and key. The entry itself stays, and so does the proof that they were there."""
    node = Node.existing(Settings())
    plan = planned(node, index, hashes or ())
    table = Table(
        Column("hash", overflow="fold"), "type", "grade", Column("bytes", justify="right")
    )
    for held in plan.held:
        table.add_row(held.digest, escape(held.type), held.grade, f"{held.size:,}")
    console.print(table)
    _say(f"Entry {index} is by {plan.author}; its owner is {plan.owner}.")
    for digest, others in plan.also.items():
        _say(f"{digest} is held by {', '.join(map(str, others))} too: erase it there as well.")
    if dry_run:
        _say("Nothing was erased.")
        return
    if not yes:
        typer.confirm("Destroy them? Nobody can bring them back.", abort=True)
    signer = SigningKey(author, PrivateKey.from_pem(read_bytes(key)))
    for entry in written(node, plan, reason, holds, signer):
        at = sent(node, node_url, entry)
        _say(f"Erased by entry {at}.")
    _say("Now `tallystick erase scrub`, and the steps of docs/how-to/erase-personal-data.md for "
         "exports, backups and mirrors.")  # fmt: skip


@cli.command()
def status() -> None:
    """What was erased, and which mirrors stated that they destroyed their copies."""
    node = Node.existing(Settings())
    table = Table("entry", Column("hash", overflow="fold"), "by entry", "time", "reason", "held")
    with node.reader.open() as snapshot:
        found, statements = snapshot.erasures(), snapshot.erasure_statements()
    for one in found:
        told = (one.hash, str(one.index), one.time, one.reason, one.text_class)
        table.add_row(str(one.entry), *map(escape, told))
    console.print(table)
    for kept in statements:
        _say(kept.statement.sentence())
        behind = f"It has not answered {kept.missing:,} yet. " if kept.missing else ""
        _say(f"  {behind}Signed by {kept.key}, received {kept.received}.")
    if found and not statements:
        _say("No mirror has stated anything yet.")
    scrubbed = node.scrubs().size()
    last = found[-1].index + 1 if found else 0
    if scrubbed < last:
        _say("This store's own files may still hold traces: `tallystick erase scrub`.")


@cli.command()
def scrub() -> None:
    """Get what was erased out of the database's own files: WAL, free pages, dead rows. Takes a while, and room for a copy."""
    node = Node.existing(Settings())
    with node.reader.open() as snapshot:
        size = snapshot.size()
    with progress("scrub") as tick:
        done = node.store.scrub(tick)
    node.scrubs().done(size, instant(SystemClock().now_ms()))
    over = f", {done.segments} segments of WAL were written over" if done.segments else ""
    _say(f"Scrubbed up to {size:,} entries{over}.")
    for place in done.elsewhere:
        _say(f"Not reached from here: {place}. See docs/how-to/erase-personal-data.md.")


@cli.command()
def again() -> None:
    """Apply all erasures that the log holds once more: after a restore, before anybody is served."""
    node = Node.existing(Settings())
    with progress("erase") as tick:
        gone = apply_erasures(node.store, progress=tick)
    for index, digest in gone:
        _say(f"{digest} of entry {index} was there again, and is destroyed.")
    _say(f"{len(gone)} were left. Now `tallystick erase scrub`." if gone else "Nothing was left.")


def _say(text: str) -> None:
    console.print(text, markup=False, highlight=False, soft_wrap=True)
