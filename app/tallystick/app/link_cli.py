"""`tallystick link`: GS1 Digital Links read, written and checked; needs no log."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Column, Table

from tallystick.app.files import read_text
from tallystick.app.progress import progress
from tallystick.app.settings import Settings
from tallystick.identity import codes, digital_link
from tallystick.identity.digital_link import DigitalLink, LinkRefused

cli = typer.Typer(
    help="GS1 Digital Links: read, build, compress and check them.", no_args_is_help=True
)
console = Console(soft_wrap=True)
not_valid_exit = 1
refusals_shown_max = 20

Uri = Annotated[str, typer.Argument(help="An address such as https://id.example/01/….")]
Host = Annotated[
    str, typer.Option(help="Scheme and host of the address; by default this node's base URL.")
]


@cli.command()
def parse(
    uri: Uri, as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False
) -> None:
    """What a Digital Link or an EPC URN says, and the names under which a record may be claimed."""
    link = _read(uri)
    scheme, spelling = codes.code_of(link)
    if as_json:
        print(json.dumps({**_told(link), "scheme": scheme, "code": spelling}, ensure_ascii=False))
        return
    table = Table("AI", "title", Column("value", overflow="fold"), "role")
    for role, pairs in _roles(link).items():
        for ai, value in pairs:
            table.add_row(ai, _title(ai), escape(value), role)
    console.print(table)
    console.print(f"canonical: {link.canonical()}", markup=False)
    console.print(f"element string: {link.element_string()}", markup=False)
    console.print(f"claimed as: {scheme} {spelling}", markup=False)


@cli.command()
def build(
    elements: Annotated[
        list[str], typer.Argument(metavar="AI=VALUE…", help="In any order: 01=… 21=… 17=….")
    ],
    host: Host = "",
) -> None:
    """Print the Digital Link of these values, its qualifiers in order."""
    pairs = (element.partition("=") for element in elements)
    made = digital_link.from_elements((ai, value) for ai, _, value in pairs)
    address = made.uri(host or Settings().base_url)
    digital_link.parse(address)
    print(address)


@cli.command()
def compress(
    uri: Uri,
    keep_key: Annotated[
        bool, typer.Option("--keep-key", help="Leave the primary key as it is, for people to read.")
    ] = False,
) -> None:
    """Print a Digital Link in fewer characters, for a smaller symbol."""
    print(digital_link.compress_address(uri, key_too=not keep_key))


@cli.command()
def expand(uri: Uri) -> None:
    """Print the Digital Link that a compressed one stands for."""
    print(digital_link.expand(uri).uri)


@cli.command()
def urn(
    uri: Uri,
    prefix_digits: Annotated[
        int, typer.Option(min=6, max=12, help="How many digits the GS1 company prefix has.")
    ],
) -> None:
    """Print the EPC URN of a Digital Link, as older EPCIS systems name things."""
    print(digital_link.to_urn(_read(uri), prefix_digits))


@cli.command()
def check(
    uris: Annotated[list[str] | None, typer.Argument(help="Addresses to check.")] = None,
    file: Annotated[Path | None, typer.Option(help="A file with an address on each line.")] = None,
) -> None:
    """Whether addresses are valid Digital Links. Exit codes: 0 all are, 1 some are not."""
    lines = list(uris or [])
    if file is not None:
        lines += [line for line in read_text(file).splitlines() if line.strip()]
    if not lines:
        raise typer.BadParameter("give addresses, or --file")
    refused = _refused(lines)
    for line, error in refused[:refusals_shown_max]:
        console.print(f"[red]{error.code}[/red]: {escape(line[:200])}: {escape(error.diagnosis())}")
    if len(refused) > refusals_shown_max:
        console.print(f"… and {len(refused) - refusals_shown_max} more")
    console.print(f"{len(lines) - len(refused)} valid, {len(refused)} not")
    if refused:
        sys.exit(not_valid_exit)


def _read(text: str) -> DigitalLink:
    if text.startswith("urn:"):
        return digital_link.parse_urn(text)
    return digital_link.parse(text)


def _refused(lines: list[str]) -> list[tuple[str, LinkRefused]]:
    found = []
    with progress("check") as tick:
        for done, line in enumerate(lines, start=1):
            try:
                digital_link.parse(line.strip()).require_whole()
            except LinkRefused as error:
                found.append((line, error))
            tick(done, len(lines))
    return found


def _roles(link: DigitalLink) -> dict[str, tuple[tuple[str, str], ...]]:
    return {"key": (link.key,), "qualifier": link.qualifiers, "attribute": link.attributes}


def _told(link: DigitalLink) -> dict[str, object]:
    return {
        "key": dict([link.key]),
        "qualifiers": dict(link.qualifiers),
        "attributes": dict(link.attributes),
        "others": list(link.others),
        "canonical": link.canonical(),
        "element_string": link.element_string(),
    }


def _title(ai: str) -> str:
    if ai in digital_link.keys:
        return digital_link.keys[ai].identifier.title
    return digital_link.qualifiers[ai].title if ai in digital_link.qualifiers else ""
