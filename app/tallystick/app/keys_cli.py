"""`tallystick keys`: the master keys under which attachments are sealed."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Column, Table

from tallystick.app.bootstrap import Node
from tallystick.app.files import FileUnwritable, read_bytes
from tallystick.app.handles import HandleUsers
from tallystick.app.progress import progress
from tallystick.app.settings import Settings
from tallystick.ledger import SystemClock, replace_durably, rotate, vault

cli = typer.Typer(help="The master keys under which attachments are sealed.", no_args_is_help=True)
console = Console()


@cli.command("list")
def list_keys() -> None:
    """The master keys in the file, and how many attachments are sealed under others than the current one."""
    node = Node.existing(Settings())
    with node.store.read() as transaction:
        used = transaction.attached.key_ids()
    table = Table("master key", "since", "seals", Column("", overflow="fold"))
    keys = node.master.all()
    for number, key in enumerate(keys, start=1):
        current = "current" if number == len(keys) else "until `tallystick keys rotate` has ended"
        table.add_row(key.id, key.made, "yes" if key.id in used else "nothing", current)
    for missing in sorted({*used} - {key.id for key in keys}):
        table.add_row(missing, "", "yes", "NOT HERE: restore it with `tallystick keys restore`")
    console.print(table)
    _say(f"They are in {node.master.path}.")


@cli.command("rotate")
def rotate_keys() -> None:
    """Make a new master key, put every attachment's key under it, and destroy the old one. The log may be served meanwhile.

    Broken off, run it again: it goes on where it was.
    """
    node = Node.existing(Settings())
    with progress("keys") as tick:
        users = HandleUsers(node.settings.folder, node.master)
        done = rotate(node.store, node.master, tick, users.reseal)
    _say(f"Master key {done.current}: {done.wrapped:,} keys of attachments were put under it.")
    for key_id in done.destroyed:
        _say(f"Master key {key_id} is destroyed. Its backups are not: destroy them on their day.")
    if done.resumed:
        _say("That ended an earlier rotation. For a fresh key, run `tallystick keys rotate` again.")


@cli.command()
def backup(
    file: Annotated[Path, typer.Argument(help="Where to write it: never beside a backup of data.")],
    days: Annotated[
        int,
        typer.Option(min=1, max=vault.backup_days_max, help="After so many days, destroy it."),
    ] = vault.backup_days_default,
) -> None:
    """Write the master keys into a file that names the day on which it is to be destroyed."""
    node = Node.existing(Settings())
    data = vault.write_key_backup(node.master, SystemClock(), days)
    try:
        replace_durably(file, data, secret=True)
    except OSError as error:
        raise FileUnwritable(f"{file}: {error.strerror}") from None
    _, expires = vault.read_key_backup(data, SystemClock())
    _say(f"{file}: destroy it by {expires}. Whoever has it and an old copy of the database can "
         "read what was erased in between.")  # fmt: skip


@cli.command()
def restore(
    file: Annotated[Path, typer.Argument(help="What `tallystick keys backup` wrote.")],
) -> None:
    """Add the master keys of a backup that are not here. Refused once its day is past."""
    node = Node.at(Settings())
    added = vault.restore_keys(node.master, read_bytes(file), SystemClock())
    names = ", ".join(key.id for key in added)
    _say(f"Added: {names}" if names else "All of its keys were here already.")
    if added:
        _say("`tallystick keys rotate` puts everything under the current key, and destroys these.")


@cli.command()
def make(
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask: you have read it.")] = False,
) -> None:
    """Make a new current master key. After older ones were lost for good, this lets the node go on without their attachments."""
    node = Node.existing(Settings())
    with node.store.read() as transaction:
        used = transaction.attached.key_ids()
    missing = sorted({*used} - {key.id for key in node.master.all()})
    if missing and not yes:
        _say(f"Attachments are sealed under {', '.join(missing)}, which are not here.")
        typer.confirm("Go on without them? A backup can still bring them back.", abort=True)
    _say(f"Master key {node.master.make_current().id} seals from now on.")


def _say(text: str) -> None:
    console.print(text, markup=False, highlight=False, soft_wrap=True)
