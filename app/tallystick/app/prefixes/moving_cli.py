"""`tallystick prefix leave`, `carry`, `arrive`: a prefix moves to another log. Each may be run again."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import httpx
import typer
from pydantic import ValidationError
from rich.console import Console

from tallystick.app.bootstrap import Node
from tallystick.app.prefixes import returning_cli
from tallystick.app.prefixes.carrying import carry, check_sizes, write_folder
from tallystick.app.prefixes.coming import arrive
from tallystick.app.prefixes.proving import Wanted
from tallystick.app.prefixes.sending import scribe, speaking, when_final
from tallystick.app.progress import progress
from tallystick.app.reads.commands import noted
from tallystick.app.sending import answer_timeout_s
from tallystick.app.settings import Settings
from tallystick.identity import LeavePrefix, minting
from tallystick.ledger import Snapshot, TallystickError, Verifier, auditor_reader, open_checkpoint

checkpoint_chars_max = 20_000
console = Console()
Prefix = Annotated[str, typer.Argument(metavar="PREFIX", help="Such as 99.100.7.")]
Folder = Annotated[Path, typer.Argument(metavar="DIR", help="What goes along.")]
Url = Annotated[
    str, typer.Option("--node", help="Send it to this running node; else into this store.")
]
LogKey = Annotated[
    str, typer.Option(help="The other log's verifier key, as its operator published it.")
]
AuthorRef = Annotated[str, typer.Option("--author", help="Key reference of whoever says it.")]
AuthorKey = Annotated[
    Path | None, typer.Option(help="The private key of --author, if the node does not hold it.")
]


class LeaveRefused(TallystickError):
    code = "prefix-leave-refused"
    status = 400
    title = "What is said of the other log is not in its form"
    advice = (
        "Its key is the verifier key that its operator published; its address begins with https://."
    )


class HomeNotFound(TallystickError):
    code = "prefix-home-not-found"
    status = 502
    title = "The other log does not answer at this address with a checkpoint by this key"
    advice = "Compare both with its operator: a prefix that left for a log that is not there comes back by nobody."


def leave_log(
    prefix: Prefix,
    log_key: LogKey,
    address: Annotated[str, typer.Option(help="Where that log answers: https://…")],
    receiver: Annotated[
        str, typer.Option(help="For which secrets of batches are sealed: see `expect`.")
    ] = "",
    site: Annotated[
        str, typer.Option(help="IP:PORT where it speaks the Handle System's protocol.")
    ] = "",
    unchecked: Annotated[
        bool, typer.Option("--unchecked", help="Do not ask that log for its checkpoint.")
    ] = False,
    url: Url = "",
    author: AuthorRef = "",
    author_key: AuthorKey = None,
) -> None:
    """Freeze a prefix here and name its new home. It resolves on; nothing more is written under it."""
    node = Node.existing(Settings())
    told: dict[str, object] = {"prefix": prefix, "address": address, "log_key": log_key}
    told |= {"receiver": receiver} if receiver else {}
    body = _leaving(told, site)
    if not unchecked:
        _ask_checkpoint(body)
    with node.reader.open() as snapshot:
        count = check_sizes(snapshot.view, prefix)
    by = author or speaking(node, prefix, by_holder=True)
    with scribe(node, url, by, author_key) as saying:
        index = saying.say("identity.prefix.leave/1", body)
    _say(f"{prefix} goes to {body.origin}, entry {index}; {count} records go along.")
    _say(f"Next: tallystick prefix carry {prefix} DIR")


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
        carry(node.reader, saying, prefix, tick, minting.Folder(node.settings.folder))
    _write(node, prefix, folder)
    _say(f"{folder}: give it to the other log's operator, who runs")
    _say(f"tallystick prefix arrive {prefix} {folder.name} --holder … --log-key …")


def take_in(
    prefix: Prefix,
    folder: Folder,
    holder: Annotated[str, typer.Option(help="The organisation that holds it here.")],
    log_key: LogKey,
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
        arrive(node.reader, saying, prefix, folder, wanted, tick, node.settings.folder)
    _say(f"{prefix} is at home here.")


def add(cli: typer.Typer) -> None:
    """Add the commands to a group."""
    for name, command in (("leave", leave_log), ("carry", carry_out), ("arrive", take_in)):
        cli.command(name)(command)
    returning_cli.add(cli)


def _write(node: Node, prefix: str, folder: Path) -> None:
    kept = minting.Folder(node.settings.folder)

    def write(snapshot: Snapshot) -> None:
        with (
            noted(node, auditor_reader, "prefix carry", prefix) as reader,
            progress("writing") as tick,
        ):
            write_folder(snapshot, prefix, folder, tick, kept, reader)

    when_final(node, write)


def _leaving(told: dict[str, object], site: str) -> LeavePrefix:
    host, colon, port = site.rpartition(":")
    if site:
        number = int(port) if colon and port.isdecimal() else 0
        told |= {"site": {"address": host.strip("[]"), "port": number}}
    try:
        told |= {"origin": Verifier.parse(str(told["log_key"])).name}
        return LeavePrefix.model_validate(told)
    except ValidationError as error:
        wrong = error.errors()[0]
        raise LeaveRefused(f"{'/'.join(map(str, wrong['loc']))}: {wrong['msg']}") from None


def _ask_checkpoint(body: LeavePrefix) -> None:
    """Raises `HomeNotFound`."""
    url = f"{body.address.rstrip('/')}/log/checkpoint"
    try:
        answer = httpx.get(url, timeout=answer_timeout_s).raise_for_status()
        open_checkpoint(answer.text[:checkpoint_chars_max], Verifier.parse(body.log_key))
    except (httpx.HTTPError, httpx.InvalidURL, UnicodeError) as error:
        raise HomeNotFound(f"{url}: {error or type(error).__name__}") from None
    except TallystickError as error:
        raise HomeNotFound(f"{url}: {error.detail}") from None


def _say(text: str) -> None:
    console.print(text, markup=False, highlight=False, soft_wrap=True)
