"""`tallystick share`: who may read what of whom, given, accepted and ended."""

from __future__ import annotations

from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Column, Table

from tallystick.app.people.saying import AuthorKey, Draft, Person, Url, formed, propose, said, say
from tallystick.app.reads.looking import looking
from tallystick.app.sharing import things
from tallystick.app.sharing.desk import SharingDesk
from tallystick.identity import organisation, sharing
from tallystick.ledger import Thing

cli = typer.Typer(
    help="What organisations let others read: disclosed, agreed, given to outsiders, ended.",
    no_args_is_help=True,
)
console = Console()
Firm = Annotated[str, typer.Argument(metavar="ORGANISATION", help="Its handle: 99.100/O-….")]
To = Annotated[str, typer.Argument(metavar="TO", help="Whoever may read: 99.100/O-….")]
Name = Annotated[
    str, typer.Argument(metavar="AGREEMENT", help="The payload hash of the entry that said it.")
]
Opens = Annotated[
    list[str],
    typer.Option(
        "--open",
        metavar="KIND[:NAME,…]",
        help="items, documents, certificates, devices, credentials, records, entries or part; after a colon "
        "what narrows it: names with a slash, prefixes without, and types with `type=`; `part:trace` for all of a part.",
    ),
]
Until = Annotated[str, typer.Option("--until", metavar="DAY", help="The last day, 2026-12-31.")]
Since = Annotated[str, typer.Option("--since", metavar="DAY", help="The first day; else at once.")]
Purpose = Annotated[str, typer.Option("--for", metavar="PURPOSE", help="financing, audit, quality, logistics, insurance, recall, compliance or other.")]  # fmt: skip
Evidence = Annotated[
    bool, typer.Option("--evidence", help="Also attachments that are for the parties.")
]


@cli.command("list")
def list_all(
    firm: Firm,
    received: Annotated[bool, typer.Option("--received", help="What it was given.")] = False,
    after: Annotated[str, typer.Option(help="Go on after this agreement.")] = "",
    limit: Annotated[int, typer.Option(min=1, max=sharing.sharing_page_max)] = 50,
) -> None:
    """What an organisation gave, or was given."""
    columns = ("agreement", "form", "from", "to", "opens", "until", "state")
    table = Table(*(Column(name, overflow="fold") for name in columns))
    with looking("share list", firm) as reading:
        organisation(reading.view, firm)
        reading.reader.lists_of(firm, Thing("sharing"))
        today = SharingDesk().today(reading.view)
        side: sharing.Side = "received" if received else "given"
        found = sharing.agreements(reading.view, firm, side, today, after, limit)
    for one in found:
        row = one.row
        opens = ", ".join(str(what.get("part", what["kind"])) for what in row["what"])
        table.add_row(
            one.name, row["form"], row["owner"], row["to"], opens, row["until"], one.standing
        )
    console.print(table if found else "Nothing is shared.")


@cli.command()
def show(agreement: Name) -> None:
    """One agreement, disclosure or remit."""
    with looking("share show", agreement) as reading:
        today = SharingDesk().today(reading.view)
        found = sharing.agreement(reading.view, reading.reader, agreement, today)
    console.print_json(data=found.told())


@cli.command()
def preview(firm: Firm, to: To) -> None:
    """What somebody sees today of an organisation's things, by all that it was given."""
    with looking("share preview", f"{firm} {to}") as reading:
        reading.reader.lists_of(firm, Thing("sharing"))
        view = reading.view
        given, today = SharingDesk().given(view, to)
        holding = sharing.Holding(
            lambda: (given, today), lambda handle: sharing.place_in(view, handle)
        )
        found = things.as_seen_by(view, firm, holding, things.all_kinds)
    console.print_json(data=found.told())


@cli.command()
def disclose(
    to: To,
    author: AuthorKey,
    opens: Opens,
    until: Until,
    purpose: Purpose,
    since: Since = "",
    capacity: Annotated[
        str, typer.Option("--as", help="partner, auditor, carrier, inspector or insurer.")
    ] = "partner",
    evidence: Evidence = False,
    url: Url = "",
    draft: Draft = None,
) -> None:
    """Let somebody read, at once. What was read cannot be unread."""
    told = {"to": to, "what": opened(opens, evidence), "until": until, "since": since, "purpose": purpose, "capacity": capacity}  # fmt: skip
    said("disclosed", say(sharing.disclose_type, formed(sharing.Disclose, told), Person(author, url, draft)))  # fmt: skip


@cli.command()
def offer(
    to: To,
    author: AuthorKey,
    opens: Opens,
    until: Until,
    purpose: Purpose,
    returns: Annotated[
        list[str],
        typer.Option("--return", metavar="KIND[:NAME,…]", help="What you want to read for it."),
    ] = [],  # noqa: B006
    since: Since = "",
    evidence: Evidence = False,
    url: Url = "",
    draft: Draft = None,
) -> None:
    """Offer an agreement, which holds when the other side accepts it."""
    told = {"to": to, "what": opened(opens, evidence), "until": until, "since": since, "purpose": purpose, "returns": opened(returns, evidence)}  # fmt: skip
    said("offered", say(sharing.offer_type, formed(sharing.OfferSharing, told), Person(author, url, draft)))  # fmt: skip


@cli.command()
def accept(agreement: Name, author: AuthorKey, url: Url = "", draft: Draft = None) -> None:
    """Accept what was offered."""
    body = formed(sharing.AcceptSharing, {"agreement": agreement})
    said("accepted", say(sharing.accept_type, body, Person(author, url, draft)))


@cli.command()
def end(
    agreement: Name,
    author: AuthorKey,
    reason: Annotated[
        str, typer.Option(help="done, withdrawn, refused, mistake or misuse.")
    ] = "done",
    url: Url = "",
    draft: Draft = None,
) -> None:
    """End it at once, or refuse or withdraw what was offered."""
    body = formed(sharing.EndSharing, {"agreement": agreement, "reason": reason})
    said("ended", say(sharing.end_type, body, Person(author, url, draft)))


@cli.command()
def remit(
    to: To,
    author: AuthorKey,
    opens: Opens,
    until: Until,
    role: Annotated[str, typer.Option("--as", help="auditor, regulator or court.")],
    of: Annotated[
        list[str],
        typer.Option(
            "--of",
            metavar="WHOSE",
            help="An organisation, a node's prefix, a country, or everybody.",
        ),
    ],
    since: Since = "",
    order: Annotated[str, typer.Option(help="SHA-256 of the court's order, in hex.")] = "",
    evidence: Evidence = False,
    url: Url = "",
) -> None:
    """Propose that an outsider reads across organisations; a second officer of the node approves."""
    told: dict[str, Any] = {
        "kind": "remit",
        "to": to,
        "role": role,
        "what": opened(opens, evidence),
    }
    told |= {"over": over(of), "since": since, "until": until, "order": order}
    propose(told, Person(author, url))


def opened(words: list[str], evidence: bool) -> tuple[dict[str, Any], ...]:
    """`items:99.100.7/SN-1,99.100.8` and the like as the body says it."""
    return tuple(_opened(one, evidence) for one in words)


def over(words: list[str]) -> dict[str, Any]:
    """Whose things a remit opens."""
    found: dict[str, Any] = {}
    for word in words:
        if word == "everybody":
            found["everybody"] = True
            continue
        country = len(word) == 2 and word.isalpha()
        name = "organisations" if "/" in word else "countries" if country else "nodes"
        found[name] = (*found.get(name, ()), word)
    return found


def _opened(word: str, evidence: bool) -> dict[str, Any]:
    kind, _, narrowed = word.partition(":")
    told: dict[str, Any] = {"kind": kind, **({"evidence": True} if evidence else {})}
    for one in filter(None, narrowed.split(",")):
        if kind == "part":
            told["part"] = one
            continue
        name = "types" if one.startswith("type=") else "names" if "/" in one else "prefixes"
        told[name] = (*told.get(name, ()), one.removeprefix("type="))
    return told
