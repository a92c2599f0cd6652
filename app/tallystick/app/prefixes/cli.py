"""`tallystick prefix`: leases, and what is known of them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal

import typer
from pydantic import ValidationError
from rich.console import Console
from rich.table import Column, Table

from tallystick.app.bootstrap import Node
from tallystick.app.prefixes import moving_cli
from tallystick.app.prefixes.figures import Figures
from tallystick.app.prefixes.sending import scribe
from tallystick.app.settings import Settings
from tallystick.identity import (
    DelegatePrefix,
    HandPrefix,
    LiftPrefix,
    PrefixNotFound,
    RenewPrefix,
    SuspendPrefix,
    listed_prefixes,
    overseer,
    prefix_data,
    prefix_holder,
)
from tallystick.ledger import Body, TallystickError

cli = typer.Typer(
    help="Prefixes as leases: delegated, suspended, handed on, moved to another log.",
    no_args_is_help=True,
)
console = Console()
Prefix = Annotated[str, typer.Argument(metavar="PREFIX", help="Such as 99.100.7.")]
Url = Annotated[
    str, typer.Option("--node", help="Send it to this running node; else into this store.")
]
AuthorRef = Annotated[
    str,
    typer.Option(
        "--author", help="Key reference of whoever says it; by default key 300 of who may say it."
    ),
]
AuthorKey = Annotated[
    Path | None, typer.Option(help="The private key of --author, if the node does not hold it.")
]
Quota = Annotated[
    int | None, typer.Option(min=1, help="How many handles may be made; no limit without it.")
]
Expires = Annotated[
    str, typer.Option(help="When the lease ends: 2027-01-01T00:00:00.000Z; never without it.")
]


class PrefixRefused(TallystickError):
    code = "prefix-refused"
    status = 400
    title = "This cannot be said of a prefix in this form"
    advice = "Correct what is named; `tallystick prefix --help` lists the commands."


@cli.command("list")
def list_all(
    holder: Annotated[str, typer.Option(help="Only those that this organisation holds.")] = "",
    after: Annotated[str, typer.Option(help="Go on after this prefix.")] = "",
    limit: Annotated[int, typer.Option(min=1, max=1000)] = 100,
) -> None:
    """Prefixes of the log: who holds them, how much is used, until when, where they are at home."""
    columns = ("prefix", "holder", "role", "state", "used", "quota", "expires", "home")
    table = Table(*(Column(name, overflow="fold") for name in columns))
    with Node.existing(Settings()).reader.open() as snapshot:
        for row in listed_prefixes(snapshot.view, after, limit, holder):
            home = row["home"]["url"] if row["home"] else ""
            told = (*(row[name] for name in columns[:-1]), home)
            table.add_row(*("" if value is None else str(value) for value in told))
    console.print(table)


@cli.command()
def show(prefix: Prefix) -> None:
    """One prefix: lease, state, home, and how far it is on its way."""
    with Node.existing(Settings()).reader.open() as snapshot:
        found = prefix_data(snapshot.view, prefix)
    if found is None:
        raise PrefixNotFound(prefix)
    console.print_json(data=found)


@cli.command()
def delegate(
    prefix: Prefix,
    holder: Annotated[str, typer.Argument(help="Handle of the organisation that gets it.")],
    role: Annotated[
        Literal["secondary", "enterprise"], typer.Option(help="A node below, or an enterprise.")
    ] = "enterprise",
    quota: Quota = None,
    expires: Expires = "",
    url: Url = "",
    author: AuthorRef = "",
    author_key: AuthorKey = None,
) -> None:
    """Let a prefix to an organisation."""
    told = {"prefix": prefix, "holder": holder, "role": role, "quota": quota, "expires": expires}
    _say("delegate", DelegatePrefix, told, url, author, author_key)


@cli.command()
def renew(
    prefix: Prefix,
    quota: Quota = None,
    expires: Expires = "",
    url: Url = "",
    author: AuthorRef = "",
    author_key: AuthorKey = None,
) -> None:
    """Let a prefix anew: the whole lease, so that what is left out is not limited any more."""
    told = {"prefix": prefix, "quota": quota, "expires": expires}
    _say("renew", RenewPrefix, told, url, author, author_key)


@cli.command()
def suspend(
    prefix: Prefix,
    reason: Annotated[
        Literal["unpaid", "abuse", "investigation", "request"], typer.Option(help="Why.")
    ],
    url: Url = "",
    author: AuthorRef = "",
    author_key: AuthorKey = None,
) -> None:
    """Take in nothing more under a prefix; its handles resolve on, with a warning."""
    told = {"prefix": prefix, "reason": reason}
    _say("suspend", SuspendPrefix, told, url, author, author_key)


@cli.command()
def lift(
    prefix: Prefix, url: Url = "", author: AuthorRef = "", author_key: AuthorKey = None
) -> None:
    """End a suspension."""
    _say("lift", LiftPrefix, {"prefix": prefix}, url, author, author_key)


@cli.command()
def hand(
    prefix: Prefix,
    holder: Annotated[str, typer.Argument(help="Handle of the organisation that gets it.")],
    url: Url = "",
    author: AuthorRef = "",
    author_key: AuthorKey = None,
) -> None:
    """Hand a prefix to another organisation; records, keys and history stay as they are."""
    told = {"prefix": prefix, "holder": holder}
    _say("hand", HandPrefix, told, url, author, author_key, by_holder=True)


@cli.command()
def statistics(
    prefix: Prefix,
    first: Annotated[str, typer.Option(help="From this day on: 2026-11-01.")] = "0000-01-01",
    last: Annotated[str, typer.Option(help="Up to this day.")] = "9999-12-31",
) -> None:
    """How often handles of a prefix were asked for, by day (UTC). Nothing is kept about who asked."""
    node = Node.existing(Settings())
    with node.reader.open() as snapshot:
        if prefix_holder(snapshot.view, prefix) is None:
            raise PrefixNotFound(prefix)
    table = Table("day", "found", "missing")
    for day, told in sorted(Figures(node).read(prefix, first, last).items()):
        table.add_row(day, str(told.get("found", 0)), str(told.get("missing", 0)))
    console.print(table)


def _say(
    verb: str,
    model: type[Body],
    told: Mapping[str, object],
    url: str,
    reference: str,
    key: Path | None,
    *,
    by_holder: bool = False,
) -> None:
    node = Node.existing(Settings())
    prefix = str(told["prefix"])
    try:
        body = model.model_validate({k: v for k, v in told.items() if v not in (None, "")})
    except ValidationError as error:
        wrong = error.errors()[0]
        raise PrefixRefused(f"{'/'.join(map(str, wrong['loc']))}: {wrong['msg']}") from None
    by = reference or speaking(node, prefix, by_holder=by_holder)
    with scribe(node, url, by, key) as saying:
        index = saying.say(f"identity.prefix.{verb}/1", body)
    console.print(f"{prefix}: {verb}, entry {index}.", highlight=False)


def speaking(node: Node, prefix: str, *, by_holder: bool) -> str:
    """Key 300 of the prefix's holder, or of whoever let it."""
    with node.reader.open() as snapshot:
        holder = prefix_holder(snapshot.view, prefix)
        return f"300:{holder if by_holder and holder else overseer(snapshot.view, prefix)}"


moving_cli.add(cli, speaking)
