"""`tallystick grade`: grades of an organisation's own data, raised and lowered, and what it lets leave."""

from __future__ import annotations

import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Column, Table

from tallystick.app import erasing
from tallystick.app.bootstrap import Node, rule_set
from tallystick.app.files import read_bytes
from tallystick.app.grading import retention
from tallystick.app.people.saying import AuthorKey, Draft, Person, Url, formed, propose, said, say
from tallystick.app.reads.looking import looking
from tallystick.app.settings import Settings
from tallystick.identity import grades, organisation, speaker
from tallystick.ledger import PrivateKey, SigningKey, grading, instant

cli = typer.Typer(
    help="Classes and grades of data: the table, raised, lowered by two, permitted to leave.",
    no_args_is_help=True,
)
console = Console()
due_exit = 1
Firm = Annotated[str, typer.Argument(metavar="ORGANISATION", help="Its handle: 99.100/O-….")]
Thing = Annotated[
    str,
    typer.Argument(
        metavar="THING",
        help="type:finance.order/1, field:finance.order/1#/number, template:2:99.100.7/T-PART#7, attachment:<hash>.",
    ),
]
Grade = Annotated[str, typer.Argument(metavar="GRADE", help="public, partner, restricted or core.")]
Reason = Annotated[str, typer.Option(help="Why, in one of the words that the entry type lists.")]


@cli.command("list")
def list_all() -> None:
    """Class and grade of every entry type, and of fields and attachments that differ."""
    columns = ("thing", "class", "grade", "level")
    table = Table(*(Column(name, overflow="fold") for name in columns))
    for name, kind in rule_set().types.items():
        for pointer, mark in kind.data.marks():
            thing = f"field:{name}#{pointer}" if pointer else f"type:{name}"
            table.add_row(thing, mark.data_class, mark.grade, grading.level_of(mark.grade))
        if kind.data.attachments is not None:
            mark = kind.data.attachments
            table.add_row(f"attachments of {name}", mark.data_class, mark.grade, "")
    console.print(table)


@cli.command()
def show(firm: Firm) -> None:
    """The grades that an organisation set, beyond what is declared."""
    columns = ("thing", "grade", "by", "since entry")
    table = Table(*(Column(name, overflow="fold") for name in columns))
    with looking("grade show", firm) as reading:
        organisation(reading.view, firm)
        reading.reader.lists_of(firm)
        rows: dict[str, Any] = dict(reading.view.group("grade", firm))
    for thing, row in rows.items():
        way = "lowered" if row["lowered"] else "raised"
        table.add_row(thing, f"{row['grade']} ({way})", row["by"], str(row["since"]))
    console.print(table if rows else f"{firm} set no grades of its own.")


@cli.command("raise")
def raise_grade(
    thing: Thing,
    grade: Grade,
    author: AuthorKey,
    reason: Reason,
    url: Url = "",
    draft: Draft = None,
) -> None:
    """Raise the grade of a thing of your organisation: one person suffices."""
    by = Person(author, url, draft)
    with Node.existing(Settings()).reader.open() as snapshot:
        firm = speaker(snapshot.view, by.handle).organisation
    told = {"organisation": firm, "thing": thing, "grade": grade, "reason": reason}
    index = say("identity.grade.raise/1", formed(grades.RaiseGrade, told), by)
    said(f"{thing} is {grade} from now on", index)


@cli.command()
def lower(
    thing: Thing,
    grade: Grade,
    author: AuthorKey,
    reason: Reason,
    url: Url = "",
    draft: Draft = None,
) -> None:
    """Propose to lower a grade: a second person approves with `tallystick pending approve`."""
    what = {"kind": "lower-grade", "thing": thing, "grade": grade, "reason": reason}
    propose(what, Person(author, url, draft))


@cli.command()
def permit(
    recipient: Annotated[
        str,
        typer.Argument(metavar="RECIPIENT", help="A reader of the node, or whom a file is for."),
    ],
    author: AuthorKey,
    data_class: Annotated[
        str, typer.Option("--class", help="identity, trade, quality, sensor, money or personal.")
    ],
    grade: Annotated[str, typer.Option(help="The highest grade that may leave.")],
    basis: Annotated[
        str,
        typer.Option(
            help="contract, consent, law, court-order, security-assessment, standard-contract, certification."
        ),
    ],
    country: Annotated[
        str, typer.Option(metavar="CC", help="Where it goes; by default the node's country.")
    ] = "",
    route: Annotated[
        list[str] | None,
        typer.Option(help="export, mirror or bundle; several times; all by default."),
    ] = None,
    days: Annotated[int, typer.Option(min=1, max=3650, help="For how long.")] = 365,
    everybody: Annotated[
        bool, typer.Option("--everybody", help="Data of all; for the root authority alone.")
    ] = False,
    url: Url = "",
    draft: Draft = None,
) -> None:
    """Propose to let data of a class leave to a named recipient: a second person approves."""
    ends = datetime.now(UTC) + timedelta(days=days)
    what: dict[str, Any] = {
        "kind": "permit-leaving",
        "recipient": recipient,
        "country": country or Settings().country,
        "data_class": data_class,
        "grade": grade,
        "routes": tuple(route or ("export", "mirror", "bundle")),
        "basis": basis,
        "ends": instant(int(ends.timestamp() * 1000)),
        "everybody": everybody,
    }
    propose(what, Person(author, url, draft))


@cli.command()
def due(
    firm: Annotated[
        str, typer.Option("--of", metavar="ORGANISATION", help="Only of this organisation.")
    ] = "",
) -> None:
    """Attachments that are kept longer than the table says. Exit code 1 if there are any."""
    columns = ("entry", "attachment", "owner", "class", "grade", "since")
    table = Table(*(Column(name, overflow="fold") for name in columns))
    node, count = Node.existing(Settings()), 0
    for one in retention.due(node, owner=firm):
        told = (one.owner, one.data_class, one.grade, one.until)
        table.add_row(str(one.index), one.digest, *told)
        count += 1
    console.print(table if count else "Nothing is due.")
    if count:
        sys.exit(due_exit)


@cli.command()
def sweep(
    author: Annotated[str, typer.Option(help="Key reference of the owner: 300:99.100/O-….")],
    key: Annotated[Path, typer.Option(help="The private key of --author (PEM).")],
    url: Url = "",
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask: you have read it.")] = False,
) -> None:
    """Erase the owner's attachments whose time is over, each by an entry; and forget old rows of the read log."""
    node = Node.existing(Settings())
    with node.reader.open() as snapshot:
        owner = speaker(snapshot.view, author.partition(":")[2]).organisation
    found = list(retention.due(node, owner=owner))
    dropped = retention.drop_reads(node)
    console.print(f"{dropped:,} rows of the read log were forgotten.", highlight=False)
    if not found:
        console.print(f"Nothing of {owner} is due.", highlight=False)
        return
    if not yes:
        typer.confirm(f"Destroy {len(found)} attachments? Nobody can bring them back.", abort=True)
    signer = SigningKey(author, PrivateKey.from_pem(read_bytes(key)))
    for one in found:
        plan = erasing.planned(node, one.index, (one.digest,))
        for entry in erasing.written(node, plan, "retention-ended", one.text_class, signer):
            at = erasing.sent(node, url, entry)
            console.print(f"{one.digest} erased by entry {at}.", highlight=False)
    console.print("Now `tallystick erase scrub`.", highlight=False)


@cli.command()
def permissions(firm: Firm) -> None:
    """What an organisation let leave, to whom, until when."""
    columns = ("permission", "to", "what", "until")
    table = Table(*(Column(name, overflow="fold") for name in columns))
    with looking("grade permissions", firm) as reading:
        organisation(reading.view, firm)
        reading.reader.lists_of(firm)
        found = grades.permissions_of(reading.view, firm)
    for row in found:
        what = f"{row['class']} up to {row['grade']} by {', '.join(row['routes'])}"
        until = f"ended at entry {row['ended']['index']}" if "ended" in row else row["ends"]
        table.add_row(row["permission"], f"{row['recipient']} ({row['country']})", what, until)
    console.print(table if found else f"{firm} permitted nothing.")


@cli.command()
def withdraw(
    permission: Annotated[
        str, typer.Argument(metavar="PERMISSION", help="As `permissions` lists it.")
    ],
    author: AuthorKey,
    reason: Reason,
    url: Url = "",
    draft: Draft = None,
) -> None:
    """End a permission from the next index on."""
    body = formed(grades.EndPermission, {"permission": permission, "reason": reason})
    index = say("identity.permission.end/1", body, Person(author, url, draft))
    said("The permission ended", index)
