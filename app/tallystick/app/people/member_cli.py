"""`tallystick member`: people of organisations. What binds takes two of them (`tallystick pending`)."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

import typer
from rich.console import Console
from rich.table import Column, Table

from tallystick.app.bootstrap import Node
from tallystick.app.directory.secrets import Secrets, secret_chars_max
from tallystick.app.files import read_bytes
from tallystick.app.people.saying import (
    AuthorKey,
    Draft,
    MemberRefused,
    Person,
    Url,
    formed,
    propose,
    said,
    say,
)
from tallystick.app.reads.looking import looking
from tallystick.app.settings import Settings
from tallystick.identity import (
    AddPerson,
    FoundOrganisation,
    LeavePerson,
    SuspendPerson,
    new_person_handle,
    organisation,
    people_of,
)
from tallystick.ledger import Body, SystemClock

cli = typer.Typer(
    help="People of an organisation: registered, given roles, suspended, gone.",
    no_args_is_help=True,
)
console = Console()
Handle = Annotated[str, typer.Argument(metavar="PERSON", help="Its handle: 99.100/P-….")]
Firm = Annotated[str, typer.Argument(metavar="ORGANISATION", help="Its handle: 99.100/O-….")]
Roles = Annotated[
    list[str],
    typer.Option(
        "--role",
        help="maker, checker, warehouse, finance, reader, administrator, security-administrator, "
        "audit-administrator; may be given several times.",
    ),
]


@cli.command("list")
def list_all(
    firm: Firm,
    after: Annotated[str, typer.Option(help="Go on after this person.")] = "",
    limit: Annotated[int, typer.Option(min=1, max=200)] = 100,
) -> None:
    """Who belongs to an organisation, in which roles, with how many valid keys."""
    table = Table(*(Column(name, overflow="fold") for name in ("person", "roles", "state", "keys")))
    with looking("member list", firm) as reading:
        organisation(reading.view, firm)
        found = people_of(reading.view, reading.reader, firm, after, limit)
    for row in found:
        state = f"suspended: {row['suspended']['reason']}" if "suspended" in row else "active"
        table.add_row(row["person"], ", ".join(row["roles"]), state, str(len(row["keys"])))
    console.print(table if found else f"Nobody is registered for {firm}.")


@cli.command()
def add(
    firm: Firm,
    author: AuthorKey,
    role: Roles,
    person: Annotated[str, typer.Option(help="Its handle; a random one by default.")] = "",
    url: Url = "",
    draft: Draft = None,
) -> None:
    """Register a person; prints its handle. Once people decide, without roles that bind."""
    with Node.existing(Settings()).reader.open() as snapshot:
        prefix = organisation(snapshot.view, firm).node
    handle = person or new_person_handle(prefix)
    told = {"person": handle, "organisation": firm, "roles": tuple(role)}
    say("identity.person.add/1", formed(AddPerson, told), Person(author, url, draft))
    print(handle)


@cli.command()
def found(firm: Firm, author: AuthorKey, url: Url = "", draft: Draft = None) -> None:
    """From here on the organisation's own officers decide about its people, and its key does not."""
    body = FoundOrganisation(organisation=firm)
    index = say("identity.organisation.found/1", body, Person(author, url, draft))
    said(f"{firm}: its people decide from here on", index)


@cli.command()
def roles(
    person: Handle,
    author: AuthorKey,
    role: Annotated[list[str] | None, typer.Option("--role", help="None: no role at all.")] = None,
    url: Url = "",
    draft: Draft = None,
) -> None:
    """Propose all roles that a person has from then on."""
    what = {"kind": "roles", "person": person, "roles": tuple(role or ())}
    propose(what, Person(author, url, draft))


@cli.command()
def dismiss(
    person: Handle,
    author: AuthorKey,
    reason: Annotated[Literal["left", "dismissed", "mistake"], typer.Option()] = "left",
    url: Url = "",
    draft: Draft = None,
) -> None:
    """Propose that a person goes; its keys end with it."""
    propose({"kind": "dismiss", "person": person, "reason": reason}, Person(author, url, draft))


@cli.command()
def leave(
    person: Handle,
    author: AuthorKey,
    reason: Annotated[Literal["left", "dismissed", "mistake"], typer.Option()] = "left",
    url: Url = "",
    draft: Draft = None,
) -> None:
    """Go yourself, or take away somebody who cannot bind the organisation. There is no way back."""
    body = LeavePerson(person=person, reason=reason)
    _one("identity.person.leave/1", body, person, Person(author, url, draft))


@cli.command()
def suspend(
    person: Handle,
    author: AuthorKey,
    reason: Annotated[Literal["key-lost", "suspected", "absent", "dispute"], typer.Option()],
    url: Url = "",
    draft: Draft = None,
) -> None:
    """Stop a person at once. Two people readmit it: `tallystick member readmit`."""
    body = SuspendPerson(person=person, reason=reason)
    _one("identity.person.suspend/1", body, person, Person(author, url, draft))


@cli.command()
def readmit(person: Handle, author: AuthorKey, url: Url = "", draft: Draft = None) -> None:
    """Propose the end of a suspension."""
    propose({"kind": "readmit", "person": person}, Person(author, url, draft))


@cli.command()
def control(
    author: AuthorKey,
    tier: Annotated[
        list[str] | None,
        typer.Option(
            "--tier",
            help="CNY:10000000:2 (above 10,000,000 minor units two persons sign), CNY:10000000:1:2 (with two keys each); none: no tiers.",
        ),
    ] = None,
    url: Url = "",
    draft: Draft = None,
) -> None:
    """Propose from which amounts on how many persons sign for the organisation."""
    what = {"kind": "control", "tiers": tuple(map(_tier, tier or ()))}
    propose(what, Person(author, url, draft))


@cli.command("directory-secret")
def directory_secret(
    firm: Firm,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Holds the client's secret.")],
) -> None:
    """Keep the secret of an organisation's directory (OpenID Connect), sealed, outside the log."""
    node = Node.existing(Settings())
    secret = read_bytes(file, secret_chars_max).decode().strip()
    Secrets.of(node.settings.folder, SystemClock()).keep(firm, secret)
    console.print(f"The secret for {firm} is kept, sealed.", highlight=False)


def _tier(text: str) -> dict[str, Any]:
    currency, *numbers = text.split(":")
    if not 2 <= len(numbers) <= 3 or not all(map(str.isascii, numbers)):
        raise MemberRefused(
            f"{text}: a tier is CURRENCY:ABOVE:PERSONS or CURRENCY:ABOVE:PERSONS:KEYS"
        )
    try:
        told = zip(("above", "persons", "keys"), map(int, numbers), strict=False)
        return {"currency": currency, **dict(told)}
    except ValueError:
        raise MemberRefused(f"{text}: amount, persons and keys are whole numbers") from None


def _one(entry_type: str, body: Body, person: str, by: Person) -> None:
    verb = entry_type.split(".")[-1].partition("/")[0]
    said(f"{person}: {verb}", say(entry_type, body, by))
