"""`tallystick content`: digital things, by the digest of a file that stays where it is."""

from __future__ import annotations

import hashlib
import mimetypes
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer
from packaging.licenses import InvalidLicenseExpression, canonicalize_license_expression
from rich.console import Console
from rich.table import Table

from tallystick.app.bootstrap import Node
from tallystick.app.files import read_bytes
from tallystick.app.naming.speaking import SaidWrongly, body, enter, owner_of
from tallystick.app.progress import progress
from tallystick.app.settings import Settings
from tallystick.identity import (
    Digested,
    Licence,
    RegisterContent,
    computed_digests,
    digest_file,
    records_with,
)

cli = typer.Typer(
    help="Digital things: drawings, processes, algorithms, data sets, by their digest.",
    no_args_is_help=True,
)
console = Console()
File = Annotated[Path, typer.Argument(exists=True, dir_okay=False, readable=True)]


@cli.command()
def register(
    file: File,
    handle: Annotated[str, typer.Option(help="The record that stands for it.")],
    what: Annotated[
        str,
        typer.Option(
            help="drawing, model, process, algorithm, program, data-set, document or media."
        ),
    ],
    licence: Annotated[str, typer.Option(help="An SPDX expression, such as CC-BY-4.0.")] = "",
    licence_file: Annotated[
        Path | None, typer.Option(help="A licence text; its digest is registered.")
    ] = None,
    licence_url: Annotated[str, typer.Option(help="Where that text is to be read.")] = "",
    media_type: Annotated[str, typer.Option(help="By default from the file's name.")] = "",
    also: Annotated[
        list[str] | None, typer.Option(help="A second digest: sha-384, sha-512, sha3-256; repeat.")
    ] = None,
    reader: Annotated[
        list[str] | None, typer.Option("--reader", help="Not public, but for these; repeat.")
    ] = None,
) -> None:
    """Register the digest of a file under a record: proof that its owner had it by then."""
    node = Node.existing(Settings())
    terms = body(Licence, _licence(licence, licence_file, licence_url))
    found = _digest(file, also or ())
    guessed = media_type or mimetypes.guess_type(file.name)[0] or "application/octet-stream"
    told = {
        "handle": handle, "what": what, "sha256": found.sha256, "size": found.size,
        "digests": dict(found.digests) or None, "media_type": guessed, "licence": terms,
        "readers": tuple(reader or ()),
    }  # fmt: skip
    said = body(RegisterContent, told)
    index = enter(node, "identity.content.register/1", said, owner_of(node, handle))
    console.print(f"{found.sha256}: entry {index}.", soft_wrap=True)
    console.print(f"`tallystick bundle make --entry {index}` makes the proof.", highlight=False)


@cli.command()
def find(file: File) -> None:
    """Who registered this very file, the earliest first. Exit code 1 if nobody did."""
    digest = _digest(file).sha256
    with Node.existing(Settings()).reader.open() as snapshot:
        found = records_with(snapshot.view, digest)
    table = Table("record", "owner", "what", "entry", "time", "licence")
    for one in found:
        terms = one.licence.get("spdx") or one.licence.get("url") or one.licence["text"]
        table.add_row(one.handle, one.owner, one.what, str(one.since), one.time, terms)
    console.print(f"{digest}", soft_wrap=True)
    console.print(table if found else "Nobody registered it.")
    if not found:
        raise typer.Exit(1)


def _digest(file: Path, also: Sequence[str] = ()) -> Digested:
    """Raises `SaidWrongly`."""
    unknown = sorted(set(also) - set(computed_digests))
    if unknown:
        raise SaidWrongly(f"--also: {unknown[0]} is none of {', '.join(computed_digests)}")
    with progress(file.name) as tick:
        return digest_file(file, tick, also)


def _licence(expression: str, text: Path | None, url: str) -> dict[str, object]:
    """An expression is held against the SPDX list here: the log itself knows only its form (ADR 0035).

    Raises `SaidWrongly`.
    """
    told: dict[str, object] = {"url": url}
    if text is not None:
        told["text"] = hashlib.sha256(read_bytes(text)).hexdigest()
    if expression:
        try:
            told["spdx"] = str(canonicalize_license_expression(expression))
        except InvalidLicenseExpression as error:
            raise SaidWrongly(f"--licence: {error}") from None
    return told
