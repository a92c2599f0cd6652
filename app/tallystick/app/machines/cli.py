"""`tallystick client`: programs of organisations that get access tokens (OAuth 2.0 client credentials)."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from pydantic import ValidationError
from rich.console import Console
from rich.table import Column, Table

from tallystick.app.bootstrap import Node
from tallystick.app.files import read_bytes
from tallystick.app.machines.client_keys import read_pem
from tallystick.app.machines.clients import Clients, NewClient
from tallystick.app.machines.token_keys import TokenKeys
from tallystick.app.settings import Settings
from tallystick.identity import NotEntitled, organisation, speaker
from tallystick.ledger import SystemClock, TallystickError

overlap_hours_max = 24 * 30
cli = typer.Typer(help="Programs of organisations, which get access tokens.", no_args_is_help=True)
console = Console()


class ClientAuthorRefused(TallystickError):
    code = "client-author-refused"
    status = 400
    title = "A client writes as its organisation or as a service device of it"
    advice = (
        "`tallystick handle user add` makes a service device; people and scanners sign themselves."
    )


@cli.command()
def add(
    owner: Annotated[
        str, typer.Argument(metavar="ORGANISATION", help="Handle of the one it asks for.")
    ],
    name: Annotated[str, typer.Option(help="Its name for you, such as erp.")],
    scope: Annotated[
        list[str], typer.Option(help="What it may: identity:read, finance:read, …; repeat.")
    ],
    public_key: Annotated[
        Path | None,
        typer.Option(
            help="PEM file of the public key with which it signs assertions (RFC 7523); "
            "by default it gets a secret."
        ),
    ] = None,
    author: Annotated[
        str,
        typer.Option(
            "--as", help="Service device as which it writes; by default the organisation."
        ),
    ] = "",
) -> None:
    """Let a program in. Prints its id, and once its secret."""
    node = Node.existing(Settings())
    _require_author(node, owner, author or owner)
    jwk = read_pem(read_bytes(public_key)) if public_key else None
    try:
        new = NewClient(name, owner, author or owner, tuple(scope), jwk)
        made, secret = _clients(node).add(new)
    except ValidationError:
        raise typer.BadParameter("a name has 1 to 100 characters and no spaces") from None
    _print(made.id)
    if secret:
        _print(secret)
    if any(one.endswith(":write") for one in scope) and not _holds_key(node, made.author):
        Console(stderr=True).print(
            f"This node holds no key of {made.author}: what the client writes is refused until it does.",
            highlight=False,
        )


@cli.command("list")
def list_clients() -> None:
    """Who was let in, for whom, and what each may."""
    table = Table(
        Column("client", overflow="fold"), "name", Column("organisation", overflow="fold"),
        Column("scopes", overflow="fold"), "by",
    )  # fmt: skip
    for one in _clients(Node.existing(Settings())).all():
        table.add_row(one.id, one.name, one.organisation, " ".join(one.scopes), one.by)
    console.print(table)


@cli.command()
def remove(client: Annotated[str, typer.Argument(help="Its id.")]) -> None:
    """Take a client away: no token of it counts any more, in a second everywhere."""
    _clients(Node.existing(Settings())).remove(client)
    console.print(f"{client} asks for nobody any more.", highlight=False)


@cli.command()
def rotate(
    client: Annotated[str, typer.Argument(help="Its id.")],
    public_key: Annotated[
        Path | None, typer.Option(help="PEM file of its new key; by default it gets a new secret.")
    ] = None,
    overlap_hours: Annotated[
        int,
        typer.Option(
            min=0, max=overlap_hours_max,
            help="For how long the old secret or key counts besides; 0 ends it and all tokens at once.",
        ),
    ] = 24,
) -> None:  # fmt: skip
    """Give a client a new secret or key. Prints the secret once."""
    node = Node.existing(Settings())
    jwk = read_pem(read_bytes(public_key)) if public_key else None
    secret = _clients(node).rotate(client, jwk, overlap_hours * 3_600_000)
    if secret:
        _print(secret)


@cli.command("token-key")
def rotate_token_key(
    at_once: Annotated[
        bool,
        typer.Option("--at-once", help="No token that was given before counts any more."),
    ] = False,
) -> None:
    """Sign access tokens with a new key. Those signed by the old one count until they expire."""
    settings = Settings()
    keys = TokenKeys(settings.folder, SystemClock(), settings.token_lifetime_s * 1000)
    console.print(f"Tokens are signed with key {keys.rotate(at_once=at_once)}.", highlight=False)


def _clients(node: Node) -> Clients:
    return Clients(node.store, SystemClock())


def _print(text: str) -> None:
    console.print(text, soft_wrap=True, highlight=False, markup=False)


def _require_author(node: Node, owner: str, author: str) -> None:
    """Raises `UnknownParty`, `NotEntitled` or `ClientAuthorRefused`."""
    with node.reader.open() as snapshot:
        organisation(snapshot.view, owner)
        who = speaker(snapshot.view, author)
        device = snapshot.view.get("device", author)
    if who.organisation != owner:
        raise NotEntitled(f"{author} does not speak for {owner}")
    if who.kind == "person" or (device and device["purpose"] != "service"):
        raise ClientAuthorRefused(author)


def _holds_key(node: Node, author: str) -> bool:
    with node.reader.open() as snapshot:
        known = node.directory.keys_of(snapshot.view, author)
    return any(one.until is None and node.keys.has(one.reference) for one in known)
