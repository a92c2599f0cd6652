"""`tallystick mint assign|void|reserve|release`: what is said of codes and numbers that exist."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import orjson
import typer
from rich.console import Console

from tallystick.app.bootstrap import Node
from tallystick.app.files import read_text
from tallystick.app.minting import proving
from tallystick.app.minting.saying import Author, MintingRefused, There, body_of, folder_of, pen_of
from tallystick.app.organisations import accepted
from tallystick.app.settings import Settings
from tallystick.identity import Said, minting
from tallystick.ledger import Body

console = Console()


def add(cli: typer.Typer) -> None:
    """Add these commands to `tallystick mint`."""
    for command in (assign, void, reserve, release):
        cli.command()(command)


def assign(
    prefix: str,
    number: Annotated[str, typer.Argument(help="The batch, such as 0001.")],
    shares: Annotated[
        Path, typer.Argument(help='JSON: [{"to", "start", "count", "devices"?}, …].')
    ],
    author: Author,
    node_url: There = "",
) -> None:
    """Hand positions of a batch to other makers and devices."""
    told = _json(shares)
    body = body_of(minting.AssignBatch, {"prefix": prefix, "batch": number, "shares": told})
    _write(author, node_url, minting.assign_type, body)


def void(
    prefix: str,
    number: Annotated[str, typer.Argument(help="The batch, such as 0001.")],
    author: Author,
    reason: Annotated[str, typer.Option(help="spoilt, lost, stolen or unused.")] = "spoilt",
    handle: Annotated[list[str] | None, typer.Option(help="A code; repeatable.")] = None,
    positions: Annotated[
        list[str] | None, typer.Option(help="START+COUNT of the sorted leaves; repeatable.")
    ] = None,
    node_url: There = "",
) -> None:
    """Void codes that were never used: nobody can have them seen any more."""
    node = Node.existing(Settings())
    codes = minting.IssuedCodes(folder_of(node))
    with node.look() as view:
        proven = [_proven(codes.find(view, one), one) for one in handle or ()]
    told = {
        "prefix": prefix,
        "batch": number,
        "reason": reason,
        "codes": proven,
        "positions": [_run(one) for one in positions or ()],
    }
    _write(author, node_url, minting.void_type, body_of(minting.VoidSerials, told))


def reserve(
    prefix: str,
    label: Annotated[str, typer.Argument(help="What stands before the number, such as S1-.")],
    author: Author,
    site: Annotated[str, typer.Option(help="The device or organisation that registers in it.")],
    until: Annotated[str, typer.Option(help="Ledger time, such as 2026-12-31T00:00:00.000Z.")],
    count: Annotated[int, typer.Option(min=1)],
    first: Annotated[int, typer.Option(min=0)] = 0,
    digits: Annotated[int, typer.Option(min=1, max=18)] = 6,
    node_url: There = "",
) -> None:
    """Reserve numbers for a site that goes offline; what it does not use is free afterwards."""
    told = {
        "prefix": prefix, "label": label, "digits": digits, "first": first, "count": count,
        "site": site, "until": until,
    }  # fmt: skip
    _write(author, node_url, minting.reserve_type, body_of(minting.ReserveRange, told))


def release(
    prefix: str,
    label: str,
    author: Author,
    first: Annotated[int, typer.Option(min=0)] = 0,
    digits: Annotated[int, typer.Option(min=1, max=18)] = 6,
    node_url: There = "",
) -> None:
    """End a reserved range before its time."""
    told = {"prefix": prefix, "label": label, "digits": digits, "first": first}
    _write(author, node_url, minting.release_type, body_of(minting.ReleaseRange, told))


def _write(author: str, url: str, entry_type: str, body: Body) -> None:
    node = Node.existing(Settings())
    with pen_of(node, author, url) as pen:
        (answer,) = accepted(pen.write([Said(entry_type, body)]))
    console.print(f"Entry {answer.index}.", highlight=False)


def _proven(found: minting.Issued | None, handle: str) -> dict[str, Any]:
    if found is None:
        raise proving.CodeUnknown(handle)
    return {
        "handle": found.handle,
        "salt": found.proof.salt.hex(),
        "position": found.proof.position,
        "path": [one.hex() for one in found.proof.path],
    }


def _run(told: str) -> dict[str, int]:
    start, plus, count = told.partition("+")
    if not (plus and start.isdecimal() and count.isdecimal()):
        raise MintingRefused(f"{told}: positions are START+COUNT")
    return {"start": int(start), "count": int(count)}


def _json(path: Path) -> Any:
    try:
        return orjson.loads(read_text(path))
    except ValueError as error:
        raise MintingRefused(f"{path}: {error}") from None
