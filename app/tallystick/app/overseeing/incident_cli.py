"""`tallystick incident`: notices of what went wrong at a node."""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Column, Table

from tallystick.app.bootstrap import Node
from tallystick.app.files import read_bytes
from tallystick.app.people.saying import AuthorKey, Draft, Url, formed, said
from tallystick.app.reads.looking import looking
from tallystick.app.saying import Way, signing_key
from tallystick.app.settings import Settings
from tallystick.identity import TellIncident, incidents_of
from tallystick.ledger import Attachment

cli = typer.Typer(
    help="Notices of incidents: what went wrong at a node, since when, and whom it concerns.",
    no_args_is_help=True,
)
console = Console()
text_bytes_max = 1 << 20


@cli.command()
def tell(
    author: AuthorKey,
    node: Annotated[str, typer.Option("--of", help="The node's prefix.")],
    what: Annotated[
        str,
        typer.Option(
            help="outage, delay, data-lost, data-disclosed, key-compromised, key-lost, wrong-entry, attack or other."
        ),
    ],
    since: Annotated[str, typer.Option(help="2026-01-05T08:00:00.000Z.")],
    audience: Annotated[str, typer.Option(help="public, members or concerned.")] = "public",
    until: Annotated[str, typer.Option(help="When it was over.")] = "",
    concerns: Annotated[
        list[str] | None, typer.Option(help="An organisation that it concerns; may be repeated.")
    ] = None,
    follows: Annotated[str, typer.Option(help="The first notice of the same incident.")] = "",
    text: Annotated[Path | None, typer.Option(help="What there is to say, as a text file.")] = None,
    url: Url = "",
    draft: Draft = None,
) -> None:
    """Tell of an incident at once, as one officer of the node; with --follows, how it goes on or that it is over."""
    told: dict[str, Any] = {
        "node": node, "what": what, "since": since, "until": until, "audience": audience,
        "concerns": tuple(concerns or ()), "follows": follows,
    }  # fmt: skip
    attachments = []
    if text is not None:
        data = read_bytes(text, text_bytes_max)
        attached = Attachment("text/plain", data, secrets.token_bytes(32), "parties")
        attachments.append(attached)
        told["text"] = {"hash": attached.hash(), "type": attached.type, "size": len(data)}
    body = formed(TellIncident, told)
    here = Node.existing(Settings())
    way = Way(here, url, draft)
    index = way.say("identity.incident.tell/1", body, [signing_key(here, author)], attachments)
    said("told", index)
    if index is not None and not url:
        with here.reader.open() as snapshot:
            print(snapshot.row(index).payload_hash.hex())


@cli.command("list")
def list_all(
    open_only: Annotated[bool, typer.Option("--open", help="Only what is not over.")] = False,
) -> None:
    """All incidents that were told of, the newest first."""
    columns = ("incident", "node", "what", "since", "until", "audience")
    table = Table(*(Column(name, overflow="fold") for name in columns))
    with looking("incident list") as reading:
        found = incidents_of(reading.view, reading.reader)
    shown = [row for row in found if not (open_only and "until" in row)]
    for row in shown:
        table.add_row(
            row["incident"],
            row["node"],
            row["what"],
            row["since"],
            row.get("until", ""),
            row["audience"],
        )
    console.print(table if shown else "Nothing was told of.")
