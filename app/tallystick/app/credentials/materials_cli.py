"""`tallystick material`: what is in a part or a lot."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from tallystick.app.bootstrap import Node
from tallystick.app.bundles.pins import read_pins
from tallystick.app.credentials import checking
from tallystick.app.credentials.cli import Speaking, append, desk_of, last_day, read_form
from tallystick.app.credentials.moment import now_ms
from tallystick.app.credentials.presented import PresentationFile, file_bytes_max
from tallystick.app.credentials.shown import declarations
from tallystick.app.files import read_bytes
from tallystick.app.reads.looking import looking
from tallystick.app.settings import Settings
from tallystick.identity import credentials
from tallystick.identity.credentials import (
    Asked,
    Component,
    Declarations,
    Declared,
    Finding,
    MaterialDeclaration,
    ThresholdList,
    age_s_default,
    million,
)
from tallystick.ledger import SystemClock, Thing

cli = typer.Typer(
    help="What is in a part or a lot: declare it, and roll up what others declared.",
    no_args_is_help=True,
)
console = Console()
not_compliant_exit = 1


@cli.command()
def declare(
    file: Annotated[Path, typer.Argument(help="What the declaration says (JSON).")],
    author: Speaking,
    expires: Annotated[str, typer.Option(help="Last day on which it holds.")] = "",
) -> None:
    """Declare the substances of a part of yours, or of one lot; prints the declaration's name in the log."""
    said = read_form(file, MaterialDeclaration)
    node = Node.existing(Settings())
    with node.reader.open() as snapshot:
        until = last_day(expires) if expires else None
        written = desk_of(node, author).declare(snapshot.view, said, until)
    append(node, [written.submission])
    print(written.digest)


@cli.command("roll-up")
def roll_up(
    composition: Annotated[Path, typer.Argument(help="What the thing is made of (JSON).")],
    substance: Annotated[list[str], typer.Option(help="CAS or EC number; repeat for more.")],
    list_name: Annotated[str, typer.Option("--list", help="The list of thresholds.")],
    list_version: Annotated[str, typer.Option("--version", help="Its version.")],
    audience: Annotated[str, typer.Option(help="Your handle.")],
    log_key: Annotated[
        str, typer.Option(help="With --shown: the log's verifier key, as you pinned it.")
    ] = "",
    threshold_ppm: Annotated[
        int | None,
        typer.Option(
            min=0,
            max=million,
            help="Your threshold in ppm by mass, with which shares are compared instead of that of each declaration.",
        ),
    ] = None,
    shown: Annotated[
        list[Path] | None,
        typer.Option("--shown", help="A declaration presented to you; repeat for more."),
    ] = None,
    age_hours: Annotated[
        int, typer.Option(min=1, max=24 * 366, help="How old a presentation may be.")
    ] = age_s_default // 3600,
    from_log: Annotated[
        bool,
        typer.Option("--from-log", help="Also what you were shown through the log of this node."),
    ] = False,
) -> None:
    """What the declarations shown to you say of a thing; what nobody declared is not compliant. Exit codes: 0 all declared, 1 not, 2 could not."""
    for number in substance:
        credentials.numbering(number)
    whole = read_form(composition, Component)
    declarations = Declarations(
        ThresholdList(name=list_name, version=list_version),
        [
            *(_declared(file, audience, log_key, age_hours) for file in shown or ()),
            *(_of_log(audience) if from_log else ()),
        ],
    )
    table = Table("substance", "answer", "threshold", "because of")
    compliant = True
    for number in substance:
        found = credentials.roll_up(whole, number, declarations, threshold_ppm)
        compliant &= found.compliant
        because = ", ".join((*found.above, *found.lacking))
        table.add_row(number, found.answer, _thresholds(found), because)
    console.print(table)
    sys.exit(0 if compliant else not_compliant_exit)


def _thresholds(found: Finding) -> str:
    """Which thresholds counted, and whose they are."""
    whose = "yours" if found.asked else "the declaration's own"
    told = [f"{ppm} ppm, {whose}" for ppm in found.thresholds_ppm]
    return "; ".join([*told, *(["the list's"] if found.by_list else [])])


def _of_log(audience: str) -> list[Declared]:
    with looking("credential materials", audience) as reading:
        reading.reader.lists_of(audience, Thing("credentials"))
        return list(declarations(reading.snapshot, audience, now_ms(reading.view)))


def _declared(file: Path, audience: str, log_key: str, age_hours: int) -> Declared:
    """A declaration that verifies. Raises what `checking.verify` raises."""
    given = PresentationFile.parse(read_bytes(file, file_bytes_max))
    nonce = credentials.nonce_of(given.packed.credential)
    asked = Asked(audience, nonce, SystemClock().now_ms(), age_hours * 3600)
    found = checking.verify(given, read_pins(log_key), asked)
    return credentials.read_declaration(found.revealed)
