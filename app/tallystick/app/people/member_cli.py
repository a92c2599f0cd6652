"""`tallystick member`: people of organisations. What binds takes two of them (`tallystick pending`)."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

import typer
from rich.console import Console
from rich.table import Column, Table

from tallystick.app.bootstrap import Node
from tallystick.app.people.saying import (
    AuthorKey,
    AuthorRef,
    MemberRefused,
    Person,
    Url,
    formed,
    propose,
    say,
)
from tallystick.app.settings import Settings
from tallystick.identity import (
    AddKey,
    AddPerson,
    FoundOrganisation,
    LeavePerson,
    SuspendPerson,
    new_person_handle,
    organisation,
    people_of,
)
from tallystick.ledger import (
    Body,
    PrivateKey,
    SigningKey,
    TallystickError,
    auditor_reader,
    replace_durably,
)

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
    with Node.existing(Settings()).reader.open() as snapshot:
        organisation(snapshot.view, firm)
        found = people_of(snapshot.view, auditor_reader, firm, after, limit)
    for row in found:
        state = f"suspended: {row['suspended']['reason']}" if "suspended" in row else "active"
        table.add_row(row["person"], ", ".join(row["roles"]), state, str(len(row["keys"])))
    console.print(table if found else f"Nobody is registered for {firm}.")


@cli.command()
def add(
    firm: Firm,
    author: AuthorRef,
    role: Roles,
    person: Annotated[str, typer.Option(help="Its handle; a random one by default.")] = "",
    author_key: AuthorKey = None,
    url: Url = "",
) -> None:
    """Register a person; prints its handle. Once people decide, without roles that bind."""
    with Node.existing(Settings()).reader.open() as snapshot:
        prefix = organisation(snapshot.view, firm).node
    handle = person or new_person_handle(prefix)
    told = {"person": handle, "organisation": firm, "roles": tuple(role)}
    say("identity.person.add/1", formed(AddPerson, told), Person(author, author_key, url))
    print(handle)


@cli.command()
def key(
    person: Handle,
    out: Annotated[
        Path, typer.Option(help="File for the new private key; only its owner reads it.")
    ],
    author: AuthorRef,
    index: Annotated[int, typer.Option(min=1, help="Index of the key.")] = 300,
    author_key: AuthorKey = None,
    url: Url = "",
) -> None:
    """Make a key of a person in a file of its own, and register it. The node never holds it."""
    if out.exists():
        raise MemberRefused(f"{out} exists")
    new = SigningKey(f"{index}:{person}", PrivateKey.generate())
    told = {"key": new.keyid, "jwk": new.private.public.jwk(), "custody": "self", "types": ("*",)}
    replace_durably(out, new.private.pem(), secret=True)
    try:
        say("identity.key.add/1", formed(AddKey, told), Person(author, author_key, url), new)
    except TallystickError:
        out.unlink()
        raise
    console.print(f"{new.keyid} is registered; keep {out} safe.", highlight=False)


@cli.command()
def found(firm: Firm, author: AuthorRef, author_key: AuthorKey = None, url: Url = "") -> None:
    """From here on the organisation's own officers decide about its people, and its key does not."""
    body = FoundOrganisation(organisation=firm)
    index = say("identity.organisation.found/1", body, Person(author, author_key, url))
    console.print(f"{firm}: its people decide from entry {index} on.", highlight=False)


@cli.command()
def roles(
    person: Handle,
    author: AuthorRef,
    role: Annotated[list[str] | None, typer.Option("--role", help="None: no role at all.")] = None,
    author_key: AuthorKey = None,
    url: Url = "",
) -> None:
    """Propose all roles that a person has from then on."""
    what = {"kind": "roles", "person": person, "roles": tuple(role or ())}
    propose(what, Person(author, author_key, url))


@cli.command()
def dismiss(
    person: Handle,
    author: AuthorRef,
    reason: Annotated[Literal["left", "dismissed", "mistake"], typer.Option()] = "left",
    author_key: AuthorKey = None,
    url: Url = "",
) -> None:
    """Propose that a person goes; its keys end with it."""
    propose(
        {"kind": "dismiss", "person": person, "reason": reason}, Person(author, author_key, url)
    )


@cli.command()
def leave(
    person: Handle,
    author: AuthorRef,
    reason: Annotated[Literal["left", "dismissed", "mistake"], typer.Option()] = "left",
    author_key: AuthorKey = None,
    url: Url = "",
) -> None:
    """Go yourself, or take away somebody who cannot bind the organisation. There is no way back."""
    body = LeavePerson(person=person, reason=reason)
    _one("identity.person.leave/1", body, person, Person(author, author_key, url))


@cli.command()
def suspend(
    person: Handle,
    author: AuthorRef,
    reason: Annotated[Literal["key-lost", "suspected", "absent", "dispute"], typer.Option()],
    author_key: AuthorKey = None,
    url: Url = "",
) -> None:
    """Stop a person at once. Two people readmit it: `tallystick member readmit`."""
    body = SuspendPerson(person=person, reason=reason)
    _one("identity.person.suspend/1", body, person, Person(author, author_key, url))


@cli.command()
def readmit(person: Handle, author: AuthorRef, author_key: AuthorKey = None, url: Url = "") -> None:
    """Propose the end of a suspension."""
    propose({"kind": "readmit", "person": person}, Person(author, author_key, url))


@cli.command()
def control(
    author: AuthorRef,
    tier: Annotated[
        list[str] | None,
        typer.Option(
            "--tier",
            help="CNY:10000000:2 (above 10,000,000 minor units two persons sign); none: no tiers.",
        ),
    ] = None,
    author_key: AuthorKey = None,
    url: Url = "",
) -> None:
    """Propose from which amounts on how many persons sign for the organisation."""
    what = {"kind": "control", "tiers": tuple(map(_tier, tier or ()))}
    propose(what, Person(author, author_key, url))


def _tier(text: str) -> dict[str, Any]:
    parts = text.split(":")
    if len(parts) != 3 or not (parts[1].isascii() and parts[2].isascii()):
        raise MemberRefused(f"{text}: a tier is CURRENCY:ABOVE:PERSONS")
    try:
        return {"currency": parts[0], "above": int(parts[1]), "persons": int(parts[2])}
    except ValueError:
        raise MemberRefused(f"{text}: amount and persons are whole numbers") from None


def _one(entry_type: str, body: Body, person: str, by: Person) -> None:
    verb = entry_type.split(".")[-1].partition("/")[0]
    console.print(f"{person}: {verb}, entry {say(entry_type, body, by)}.", highlight=False)
