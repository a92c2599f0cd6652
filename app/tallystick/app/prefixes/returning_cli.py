"""`tallystick prefix expect`, `decline`, `return`: what the receiving node prepares, and a prefix that stays after all."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer
from pydantic import ValidationError
from rich.console import Console

from tallystick.app.bootstrap import Node
from tallystick.app.bundles.make import make
from tallystick.app.files import write_file
from tallystick.app.prefixes.carrying import NothingCarried
from tallystick.app.prefixes.proving import FolderRefused, returning
from tallystick.app.prefixes.sealing import Receiving
from tallystick.app.prefixes.sending import scribe, speaking, when_final
from tallystick.app.reads.commands import noted
from tallystick.app.settings import Settings
from tallystick.identity import DeclinePrefix
from tallystick.ledger import Snapshot, auditor_reader
from tallystick.ledger.bundle import Request

console = Console()
Prefix = Annotated[str, typer.Argument(metavar="PREFIX", help="Such as 99.100.7.")]
Url = Annotated[
    str, typer.Option("--node", help="Send it to this running node; else into this store.")
]
AuthorRef = Annotated[str, typer.Option("--author", help="Key reference of whoever says it.")]
AuthorKey = Annotated[
    Path | None, typer.Option(help="The private key of --author, if the node does not hold it.")
]


def add(cli: typer.Typer) -> None:
    """Add the commands to a group."""
    for name, command in (("expect", expect), ("decline", decline), ("return", come_back)):
        cli.command(name)(command)


def expect(prefix: Prefix) -> None:
    """Before a prefix comes: print the key for which the other node seals the secrets of its batches."""
    node = Node.existing(Settings())
    typer.echo(Receiving(node.settings.folder, prefix).public())


def decline(
    prefix: Prefix,
    file: Annotated[Path, typer.Argument(help="Where to write the proof for the other log.")],
    origin: Annotated[str, typer.Option(help="Origin of the log that it left.")],
    leave: Annotated[int, typer.Option(min=0, help="Index of the entry by which it left.")],
    url: Url = "",
    author: AuthorRef = "",
    author_key: AuthorKey = None,
) -> None:
    """Say that this log never takes a prefix in that left for it, so that it can stay where it was."""
    node = Node.existing(Settings())
    try:
        body = DeclinePrefix(prefix=prefix, origin=origin, leave=leave)
    except ValidationError as error:
        raise FolderRefused(error.errors()[0]["msg"]) from None
    index = _declined(node, body)
    if index is None:
        by = author or speaking(node, prefix, by_holder=False)
        with scribe(node, url, by, author_key) as saying:
            index = saying.say("identity.prefix.decline/1", body)
    request = Request.of("entry", index=index)

    def write(snapshot: Snapshot) -> None:
        with noted(node, auditor_reader, "prefix decline", prefix) as reader:
            write_file(file, make(snapshot, reader, [request]))

    when_final(node, write)
    _say(f"{prefix} is declined, entry {index}. Give {file} to the other log's operator, who runs")
    _say(f"tallystick prefix return {prefix} {file.name}")


def come_back(
    prefix: Prefix,
    file: Annotated[Path, typer.Argument(help="The proof that the other log declined it.")],
    url: Url = "",
    author: AuthorRef = "",
    author_key: AuthorKey = None,
) -> None:
    """Have a prefix that left and was declined active here again."""
    node = Node.existing(Settings())
    with node.reader.open() as snapshot:
        move: Any = snapshot.view.get("prefix-move", prefix)
    if move is None or "log_key" not in move:
        raise NothingCarried(prefix)
    body = returning(file, prefix, move["log_key"])
    by = author or speaking(node, prefix, by_holder=True)
    with scribe(node, url, by, author_key) as saying:
        index = saying.say("identity.prefix.return/1", body)
    _say(f"{prefix} is at home here again, entry {index}.")


def _declined(node: Node, body: DeclinePrefix) -> int | None:
    """The entry that says it already."""
    with node.reader.open() as snapshot:
        part = f"{body.origin} {body.leave}"
        found: Any = snapshot.view.get("prefix-answer", body.prefix, part)
    return int(found["since"]) if found and found["answer"] == "declined" else None


def _say(text: str) -> None:
    console.print(text, markup=False, highlight=False, soft_wrap=True)
