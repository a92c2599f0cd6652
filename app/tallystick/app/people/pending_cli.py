"""`tallystick pending`: acts of several persons, and the others' answers."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import typer
from rich.console import Console
from rich.table import Column, Table

from tallystick.app.bootstrap import Node
from tallystick.app.people.saying import AuthorKey, Draft, Person, Url, formed, said, say
from tallystick.app.reads.looking import looking
from tallystick.app.settings import Settings
from tallystick.identity import Decide, organisation, pending, pending_of, restated

cli = typer.Typer(
    help="Acts of several persons: what was proposed, and the others' answers.",
    no_args_is_help=True,
)
console = Console()
Proposal = Annotated[
    str, typer.Argument(metavar="PROPOSAL", help="The payload hash of the entry that proposed it.")
]


@cli.command("list")
def list_all(
    firm: Annotated[str, typer.Argument(metavar="ORGANISATION", help="Its handle: 99.100/O-….")],
    everything: Annotated[
        bool, typer.Option("--all", help="Also what was decided, withdrawn, or lapsed.")
    ] = False,
    after: Annotated[str, typer.Option(help="Go on after this proposal.")] = "",
    limit: Annotated[int, typer.Option(min=1, max=200)] = 100,
) -> None:
    """What waits for other persons in an organisation, or for its help as a node."""
    columns = ("proposal", "what", "by", "since", "until", "state")
    table = Table(*(Column(name, overflow="fold") for name in columns))
    with looking("pending list", firm) as reading:
        organisation(reading.view, firm)
        found = pending_of(
            reading.view, reading.reader, firm, after, limit, only_open=not everything
        )
    for row in found:
        until = row.get("after", row["until"])
        table.add_row(
            row["proposal"], row["what"]["kind"], row["by"], row["time"], until, row["state"]
        )
    console.print(table if found else "Nothing waits.")


@cli.command()
def show(proposal: Proposal) -> None:
    """One proposal with everything that it asks for."""
    with looking("pending show", proposal) as reading:
        console.print_json(data=pending(reading.view, reading.reader, proposal))


@cli.command()
def approve(proposal: Proposal, author: AuthorKey, url: Url = "", draft: Draft = None) -> None:
    """Agree, as one more person; the one that completes it carries it out."""
    _decide(proposal, "approve", Person(author, url, draft))


@cli.command()
def refuse(proposal: Proposal, author: AuthorKey, url: Url = "", draft: Draft = None) -> None:
    """Refuse."""
    _decide(proposal, "refuse", Person(author, url, draft))


@cli.command()
def withdraw(proposal: Proposal, author: AuthorKey, url: Url = "", draft: Draft = None) -> None:
    """Take back what you proposed."""
    _decide(proposal, "withdraw", Person(author, url, draft))


def _decide(proposal: str, decision: Literal["approve", "refuse", "withdraw"], by: Person) -> None:
    told: dict[str, Any] = {"proposal": proposal, "decision": decision}
    if decision == "approve":
        with Node.existing(Settings()).reader.open() as snapshot:
            told["recovered"] = restated(snapshot.view, proposal, by.handle)
    body = formed(Decide, told)
    said(decision, say("identity.decide/1", body, by))
