"""`tallystick name`: codes of other schemes that name records."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.console import Console
from rich.table import Column, Table

from tallystick.app.bootstrap import Node
from tallystick.app.naming.speaking import body, enter, owner_of
from tallystick.app.settings import Settings
from tallystick.identity import (
    ClaimName,
    Contest,
    ContestName,
    Continues,
    Name,
    ReleaseName,
    SettleName,
    by_name,
    codes,
    contests_about,
    contests_of,
    names_of,
    resolve,
)
from tallystick.ledger import Body

cli = typer.Typer(
    help="Names of records: codes of other schemes, claimed, contested and resolved.",
    no_args_is_help=True,
)
console = Console()

Scheme = Annotated[str, typer.Argument(help="As `tallystick name schemes` lists it.")]
Text = Annotated[str, typer.Argument(metavar="CODE", help="As it is printed or typed.")]
Record = Annotated[str, typer.Argument(help="The record, spelled as registered.")]
By = Annotated[
    str, typer.Option("--as", help="Organisation that says so; by default the record's owner.")
]
Readers = Annotated[
    list[str] | None, typer.Option("--reader", help="Not public, but for these; repeat.")
]
Resolver = Annotated[str, typer.Option(help="URL where the code's history before us was.")]
Evidence = Annotated[str, typer.Option(help="SHA-256 of what was kept of it, or shows it.")]


@cli.command()
def claim(
    handle: Record,
    scheme: Scheme,
    code: Text,
    continues: Resolver = "",
    evidence: Evidence = "",
    replaces: Annotated[str, typer.Option(help="The code that it takes the place of.")] = "",
    reader: Readers = None,
    by: By = "",
) -> None:
    """Let a code name a record from now on. Its check digit is checked; its issuer is not asked."""
    node = Node.existing(Settings())
    before = body(Continues, {"resolver": continues, "evidence": evidence}) if continues else None
    old = codes.parse(scheme, replaces).value if replaces else None
    told = {**_named(handle, scheme, code), "continues": before, "replaces": old}
    said = body(ClaimName, {**told, "readers": tuple(reader or ())})
    _told(node, "claim", said, by or owner_of(node, handle))


@cli.command()
def release(handle: Record, scheme: Scheme, code: Text, by: By = "") -> None:
    """Let a code name the record no longer, or withdraw the record's contest for it."""
    node = Node.existing(Settings())
    said = body(ReleaseName, _named(handle, scheme, code))
    _told(node, "release", said, by or owner_of(node, handle))


@cli.command()
def contest(
    handle: Annotated[str, typer.Argument(help="The record that should have the code.")],
    scheme: Scheme,
    code: Text,
    reason: Annotated[str, typer.Option(help="ours, mistake, acquired or copied.")] = "ours",
    evidence: Evidence = "",
    by: By = "",
) -> None:
    """Dispute a code that names another's record. Both claimants and the node above them see it."""
    node = Node.existing(Settings())
    told = {**_named(handle, scheme, code), "reason": reason, "evidence": evidence}
    _told(node, "contest", body(ContestName, told), by or owner_of(node, handle))


@cli.command()
def settle(
    handle: Annotated[str, typer.Argument(help="The record that contests the code.")],
    scheme: Scheme,
    code: Text,
    outcome: Annotated[str, typer.Option(help="granted or dismissed.")],
    by: Annotated[str, typer.Option("--as", help="The organisation above both claimants.")],
) -> None:
    """Decide a contest, as the organisation that holds the prefix above both claimants."""
    node = Node.existing(Settings())
    said = body(SettleName, {**_named(handle, scheme, code), "outcome": outcome})
    _told(node, "settle", said, by)


@cli.command("list")
def list_names(handle: Record) -> None:
    """All names of a record, private ones too, and the contests about it."""
    with Node.existing(Settings()).reader.open() as snapshot:
        found, disputed = names_of(snapshot.view, handle), contests_of(snapshot.view, handle)
    table = Table("scheme", Column("code", overflow="fold"), "since", "readers", "more")
    for name in found:
        table.add_row(name.scheme, name.code, str(name.since), _readers(name), _more(name))
    console.print(table)
    if disputed:
        console.print(_contests(disputed))


@cli.command()
def contests(
    organisation: Annotated[str, typer.Argument(help="A claimant, or who decides.")],
) -> None:
    """Open contests that an organisation has a part in."""
    with Node.existing(Settings()).reader.open() as snapshot:
        console.print(_contests(contests_about(snapshot.view, organisation)))


@cli.command("resolve")
def resolve_name(scheme: Scheme, code: Text) -> None:
    """Which record a code names, and its public values."""
    node = Node.existing(Settings())
    parsed = codes.parse(scheme, code)
    with node.reader.open() as snapshot:
        found = by_name(snapshot.view, scheme, code)
        record = resolve(snapshot.view, found.handle) if found else None
    if found is None or record is None:
        console.print(f"{parsed} names no record here.", markup=False, soft_wrap=True)
        raise typer.Exit(1)
    console.print(f"{parsed} names {found.handle}", markup=False, soft_wrap=True)
    table = Table("index", "type", Column("value", overflow="fold"))
    for value in record.values:
        if value.public:
            table.add_row(str(value.index), value.type, str(value.value))
    console.print(table)


@cli.command()
def schemes() -> None:
    """Every scheme of codes, its canonical spelling and what is checked."""
    table = Table("scheme", "is", "title", "canonical", "checked")
    for one in codes.schemes.values():
        table.add_row(one.name, one.source, one.title["en"], one.form["en"], one.check["en"])
    console.print(table)


def _named(handle: str, scheme: str, code: str) -> dict[str, object]:
    """As entries hold it; raises `CodeRefused`, `SchemeUnknown`."""
    return {"handle": handle, "scheme": scheme, "code": codes.parse(scheme, code).value}


def _told(node: Node, verb: str, said: Body, author: str) -> None:
    index = enter(node, f"identity.name.{verb}/1", said, author)
    console.print(f"Entry {index}.")


def _readers(name: Name) -> str:
    return "everybody" if name.public else ", ".join((name.owner, *name.readers))


def _more(name: Name) -> str:
    told = (
        f"replaces {name.replaces}" if name.replaces else "",
        f"replaced by {name.replaced_by}" if name.replaced_by else "",
        f"continues {name.continues['resolver']}" if name.continues else "",
    )
    return "; ".join(one for one in told if one)


def _contests(found: tuple[Contest, ...]) -> Table:
    headings = ("code", "should name", "says", "held by", "reason", "decided by", "outcome")
    # A handle that ends in dots names nobody.
    table = Table(*(Column(heading, overflow="fold") for heading in headings))
    for one in found:
        table.add_row(
            f"{one.scheme} {one.code}", one.handle, one.owner, one.holder, one.reason,
            one.decider or "nobody", one.outcome or "open",
        )  # fmt: skip
    return table
