"""`tallystick calendar`: a country's business days, published by two persons of a node."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Column, Table

from tallystick.app.bootstrap import Node
from tallystick.app.files import read_bytes
from tallystick.app.people.saying import AuthorKey, Draft, Person, Url, say
from tallystick.app.settings import Settings
from tallystick.finance import CalendarFileWrong, CalendarUnknown, calendars
from tallystick.identity import speaker

cli = typer.Typer(
    help="Calendars of business days: tables of years, proposed and approved by two persons of a node.",
    no_args_is_help=True,
)
console = Console()
Name = Annotated[str, typer.Argument(metavar="CALENDAR", help="publisher#code: 99.100/O-…#CN.")]
Source = Annotated[
    str,
    typer.Argument(metavar="FILE", help="CSV or iCalendar, or a shipped table: CN-2025, CN-2026."),
]
Code = Annotated[str, typer.Option(help="Country, perhaps with a system: CN, EU-TARGET.")]
Year = Annotated[str, typer.Option(help="The year, where the file does not say it.")]
Rest = Annotated[str, typer.Option(help="Weekly rest days, 1 is Monday: 6,7.")]
Authority = Annotated[str, typer.Option(help="Whose notice the table comes from.")]
Title = Annotated[str, typer.Option(help="The title of that notice.")]
Until = Annotated[str, typer.Option(help="The last known day; by default the year's last.")]


@cli.command("import")
def import_table(
    source: Source,
    code: Code = "",
    year: Year = "",
    rest: Rest = "",
    authority: Authority = "",
    title: Title = "",
    known_until: Until = "",
) -> None:
    """Read a file and show the table that `propose` would propose; nothing is written."""
    said = _said(code, year, rest, authority, title, known_until)
    read = _read(source)
    body = calendars.proposal(read, 0, said)
    console.print_json(data=body.model_dump(mode="json", exclude_none=True))
    for one in read.left_out:
        console.print(f"Left out, since it says neither 休 nor 班: {one}", highlight=False)


@cli.command()
def propose(
    source: Source,
    author: AuthorKey,
    code: Code = "",
    year: Year = "",
    rest: Rest = "",
    authority: Authority = "",
    title: Title = "",
    known_until: Until = "",
    url: Url = "",
    draft: Draft = None,
) -> None:
    """Propose a year's table as a maker of a node; prints what the checker approves."""
    by = Person(author, url, draft)
    said, read = _said(code, year, rest, authority, title, known_until), _read(source)
    node = Node.existing(Settings())
    with node.reader.open() as snapshot:
        publisher = speaker(snapshot.view, by.handle).organisation
        name = f"{publisher}#{said.get('code') or read.head.get('code', '')}"
        found = snapshot.view.get("calendar", name)
    after = 0 if found is None else int(str(found["versions"]))
    index = say("finance.calendar.propose/1", calendars.proposal(read, after, said), by)
    if index is None:
        return
    console.print(f"{name}: proposed by entry {index}.", highlight=False)
    if not url:
        with node.reader.open() as snapshot:
            proposal = snapshot.row(index).payload_hash.hex()
        console.print(f"tallystick calendar approve {proposal} --author …", highlight=False)


@cli.command()
def approve(
    proposal: Annotated[
        str, typer.Argument(metavar="PROPOSAL", help="The payload hash that `propose` printed.")
    ],
    author: AuthorKey,
    url: Url = "",
    draft: Draft = None,
) -> None:
    """Approve as a checker: the calendar has another version from here on."""
    body = calendars.CalendarApprove(proposal=proposal)
    index = say("finance.calendar.approve/1", body, Person(author, url, draft))
    if index is not None:
        console.print(f"In force from entry {index} on.", highlight=False)


@cli.command("list")
def list_all(
    after: Annotated[str, typer.Option(help="Go on after this calendar.")] = "",
    limit: Annotated[int, typer.Option(min=1, max=200)] = 100,
) -> None:
    """All calendars of the log."""
    columns = ("calendar", "version", "years", "known until")
    table = Table(*(Column(name, overflow="fold") for name in columns))
    with Node.existing(Settings()).reader.open() as snapshot:
        found = calendars.views.listed(snapshot.view, after, limit).rows
    for row in found:
        years = ", ".join(map(str, row.years))
        table.add_row(row.name, str(row.version), years, row.known_until)
    console.print(table if found else "No calendar is published yet.")


@cli.command()
def show(
    name: Name,
    year: Annotated[int, typer.Option(help="Only this year, with all its days.")] = 0,
) -> None:
    """One calendar: its versions, or one year's table as it stands."""
    with Node.existing(Settings()).reader.open() as snapshot:
        found = calendars.views.calendar(snapshot.view, name)
    if year:
        if year not in found.years:
            raise CalendarUnknown(f"{name} has no table of {year}")
        console.print_json(data=dict(found.years[year].row))
        return
    columns = ("version", "year", "known until", "source", "approved", "entry")
    table = Table(*(Column(column, overflow="fold") for column in columns))
    for version in found.versions:
        table.add_row(*_line(version.number, version.row))
    console.print(table)


@cli.command()
def check(
    name: Name,
    day: Annotated[str, typer.Argument(help="YYYY-MM-DD.")],
    roll: Annotated[calendars.Roll, typer.Option(help="What becomes of a due date.")] = "following",
    add: Annotated[
        int,
        typer.Option(
            min=-calendars.views.check_days_max,
            max=calendars.views.check_days_max,
            help="So many business days on.",
        ),
    ] = 0,
    version: Annotated[
        int, typer.Option(min=0, help="By this version; the newest by default.")
    ] = 0,
) -> None:
    """Whether a day is a business day, and where it leads."""
    with Node.existing(Settings()).reader.open() as snapshot:
        found = calendars.views.check(snapshot.view, name, day, roll, add, version or None)
    kind = "a business day" if found.business else "no business day"
    console.print(f"{day} is {kind}{_known(not found.known)}.", highlight=False)
    console.print(f"{roll}: {found.rolled.on}{_known(found.rolled.provisional)}", highlight=False)
    if add:
        told = f"{add:+d} business days: {found.added.on}{_known(found.added.provisional)}"
        console.print(told, highlight=False)
    console.print(f"{name}, version {found.version}", highlight=False, soft_wrap=True)


def _known(beyond: bool) -> str:
    return " (provisional: beyond the table)" if beyond else ""


def _line(number: int, row: Any) -> tuple[str, ...]:
    source = row["source"]
    told = " ".join(filter(None, (source["title"], source.get("number", ""))))
    return str(number), str(row["year"]), row["known_until"], told, row["time"], str(row["index"])


def _read(source: str) -> calendars.Read:
    """A shipped table by its name, or a file."""
    if source in calendars.shipped():
        return calendars.read_table(calendars.builtin(source))
    data = read_bytes(Path(source), calendars.file_bytes_max)
    try:
        return calendars.read_table(data.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise CalendarFileWrong(f"{source}: not UTF-8") from None


def _said(
    code: str, year: str, rest: str, authority: str, title: str, known_until: str
) -> dict[str, str]:
    return {
        "code": code, "year": year, "rest": rest, "authority": authority, "title": title,
        "known-until": known_until,
    }  # fmt: skip
