"""`tallystick limit`: set by two persons, and what is used and reserved."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.console import Console
from rich.table import Column, Table

import tallystick.finance as finance
from tallystick.app.people.saying import AuthorKey, Draft, MemberRefused, Person, Url, formed, say
from tallystick.app.reads.looking import looking
from tallystick.ledger import Body

cli = typer.Typer(
    help="Limits by currency, of cores and groups by their node, of funders by themselves.",
    no_args_is_help=True,
)
console = Console()
_Firm = Annotated[str, typer.Argument(metavar="ORGANISATION", help="Its handle: 99.100/O-….")]


@cli.command("list")
def list_all(
    firm: _Firm,
    after: Annotated[str | None, typer.Option(help="Go on after this mark.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=200)] = 100,
) -> None:
    """What is set, used and reserved, and what waits for a second person."""
    columns = ("limit", "of", "currency", "amount", "used", "reserved", "free", "version")
    table = Table(*(Column(name, overflow="fold") for name in columns))
    with looking("limit list", firm) as reading:
        page = finance.limits.limits(reading, firm, after, limit)
        waiting = finance.limits.proposals(reading, firm)
    for one in page.rows:
        sums = [
            "not set" if minor is None else finance.format_amount(minor, one.currency)
            for minor in (one.amount, one.used, one.reserved, one.free)
        ]
        table.add_row(one.kind, one.subject or one.whose, one.currency, *sums, str(one.version))
    console.print(table if page.rows else "No limit is set, and nothing is used.")
    for asked in waiting:
        line = f"tallystick limit approve {asked.proposal} --author …  ({asked.row['limit']})"
        console.print(line, highlight=False, soft_wrap=True)
    if page.after:
        console.print(f"Go on with --after '{page.after}'", highlight=False, soft_wrap=True)


@cli.command("propose")
def propose(
    kind: Annotated[str, typer.Argument(help="core, group, funder-core, funder or supplier.")],
    author: AuthorKey,
    after: Annotated[int, typer.Option(min=0, help="The version that you have seen; 0: none.")],
    amount: Annotated[
        str, typer.Option(help="As 2,000,000.00; without it, there is no such limit any more.")
    ] = "",
    currency: Annotated[str, typer.Option(help="ISO 4217 code.")] = "CNY",
    subject: Annotated[
        str | None, typer.Option(help="The core; of a supplier limit the seller.")
    ] = None,
    group: Annotated[str | None, typer.Option(help="Code of the group: STEEL.")] = None,
    member: Annotated[
        list[str] | None, typer.Option(help="A core of the group; repeat it, and name all.")
    ] = None,
    url: Url = "",
    draft: Draft = None,
) -> None:
    """Propose a limit: of a core or group as a person of its node, of a funder as its maker."""
    if kind not in finance.limits.kinds:
        raise MemberRefused(f"{kind}: one of {', '.join(finance.limits.kinds)}")
    told = {
        "kind": kind,
        "currency": currency,
        "amount": finance.parse_amount(amount, currency) if amount else None,
        "subject": subject,
        "group": group,
        "members": tuple(member or ()),
        "after": after,
    }
    _say("finance.limit.propose/1", formed(finance.LimitPropose, told), Person(author, url, draft))


@cli.command("approve")
def approve(
    proposal: Annotated[str, typer.Argument(metavar="PROPOSAL", help="Its payload hash.")],
    author: AuthorKey,
    url: Url = "",
    draft: Draft = None,
) -> None:
    """Put a proposed limit in force, as a second person of the same organisation."""
    body = formed(finance.LimitApprove, {"proposal": proposal})
    _say("finance.limit.approve/1", body, Person(author, url, draft))


def _say(entry_type: str, body: Body, by: Person) -> None:
    index = say(entry_type, body, by)
    if index is not None:
        console.print(f"Entry {index}.", highlight=False)
