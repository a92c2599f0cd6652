"""`tallystick prefix leave`, `carry`, `arrive`: a prefix moves to another log. Each may be run again."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, Literal

import typer
from pydantic import ValidationError
from rich.console import Console

from tallystick.app.bootstrap import Node
from tallystick.app.bundles.gather import NothingFinal, NotYetFinal
from tallystick.app.prefixes.carrying import carry, check_sizes, write_folder
from tallystick.app.prefixes.coming import Wanted, arrive
from tallystick.app.prefixes.sending import scribe
from tallystick.app.progress import progress
from tallystick.app.settings import Settings
from tallystick.identity import LeavePrefix
from tallystick.ledger import TallystickError

final_within_s, asked_every_s = 30.0, 0.5
console = Console()
Prefix = Annotated[str, typer.Argument(metavar="PREFIX", help="Such as 99.100.7.")]
Folder = Annotated[Path, typer.Argument(metavar="DIR", help="What goes along.")]
Url = Annotated[
    str, typer.Option("--node", help="Send it to this running node; else into this store.")
]
AuthorRef = Annotated[str, typer.Option("--author", help="Key reference of whoever says it.")]
AuthorKey = Annotated[
    Path | None, typer.Option(help="The private key of --author, if the node does not hold it.")
]


class LeaveRefused(TallystickError):
    code = "prefix-leave-refused"
    status = 400
    title = "Origin or address of the other log is not in its form"
    advice = "The origin is the first line of its checkpoint; the address begins with https://."


def add(cli: typer.Typer, speaking: Callable[..., str]) -> None:
    """Add the commands; `speaking` names a key by which the prefix's holder, or who let it, speaks."""

    @cli.command("leave")
    def leave_log(
        prefix: Prefix,
        to: Annotated[str, typer.Option(help="Origin of the log to which it goes.")],
        address: Annotated[str, typer.Option(help="Where that log answers: https://…")],
        url: Url = "",
        author: AuthorRef = "",
        author_key: AuthorKey = None,
    ) -> None:
        """Freeze a prefix here and name its new home. It resolves on; nothing more is written under it."""
        node = Node.existing(Settings())
        try:
            body = LeavePrefix(prefix=prefix, origin=to, address=address)
        except ValidationError as error:
            raise LeaveRefused(error.errors()[0]["msg"]) from None
        with node.reader.open() as snapshot:
            count = check_sizes(snapshot.view, prefix)
        by = author or speaking(node, prefix, by_holder=True)
        with scribe(node, url, by, author_key) as saying:
            index = saying.say("identity.prefix.leave/1", body)
        _say(f"{prefix} goes to {to}, entry {index}; {count} records go along.")
        _say(f"Next: tallystick prefix carry {prefix} DIR")

    @cli.command("carry")
    def carry_out(
        prefix: Prefix,
        folder: Folder,
        url: Url = "",
        author: AuthorRef = "",
        author_key: AuthorKey = None,
    ) -> None:
        """Count the records of a prefix that left into the log, and write them into a folder."""
        node = Node.existing(Settings())
        by = author or speaking(node, prefix, by_holder=False)
        with scribe(node, url, by, author_key) as saying, progress("carrying") as tick:
            carry(node.reader, saying, prefix, tick)
        _write(node, prefix, folder)
        _say(f"{folder}: give it to the other log's operator, who runs")
        _say(f"tallystick prefix arrive {prefix} {folder.name} --holder … --log-key …")

    @cli.command("arrive")
    def take_in(
        prefix: Prefix,
        folder: Folder,
        holder: Annotated[str, typer.Option(help="The organisation that holds it here.")],
        log_key: Annotated[
            str,
            typer.Option(help="The other log's verifier key, as its operator published it."),
        ],
        address: Annotated[str, typer.Option(help="Where the other log answers: https://…")],
        role: Annotated[Literal["secondary", "enterprise"], typer.Option()] = "enterprise",
        quota: Annotated[int | None, typer.Option(min=1, help="How many new handles.")] = None,
        expires: Annotated[str, typer.Option(help="When the lease ends.")] = "",
        url: Url = "",
        author: AuthorRef = "",
        author_key: AuthorKey = None,
    ) -> None:
        """Take in a prefix that left another log: proof and every record are checked against its key."""
        node = Node.existing(Settings())
        by = author or speaking(node, prefix, by_holder=False)
        wanted = Wanted(holder, role, log_key, address, quota, expires or None)
        with scribe(node, url, by, author_key) as saying, progress("arriving") as tick:
            arrive(node.reader, saying, prefix, folder, wanted, tick)
        _say(f"{prefix} is at home here.")

    # Typer keeps them; the names only say what they are.
    _kept: tuple[Any, ...] = (leave_log, carry_out, take_in)


def _write(node: Node, prefix: str, folder: Path) -> None:
    """Once the entries of a node that runs are final, which takes it a moment. Raises `NotYetFinal`."""
    end = time.monotonic() + final_within_s
    while True:
        try:
            with node.reader.open() as snapshot, progress("writing") as tick:
                write_folder(snapshot, prefix, folder, tick)
            return
        except (NothingFinal, NotYetFinal):
            if time.monotonic() > end:
                raise
            time.sleep(asked_every_s)


def _say(text: str) -> None:
    console.print(text, markup=False, highlight=False, soft_wrap=True)
