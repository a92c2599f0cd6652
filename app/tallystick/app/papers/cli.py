"""`tallystick paper`: the papers of a certificate, as PDF/A files."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer
from rich.console import Console

import tallystick.finance as finance
from tallystick.app.files import write_file
from tallystick.app.papers import gather
from tallystick.app.reads.looking import looking
from tallystick.app.settings import Settings

cli = typer.Typer(
    help="Papers of a certificate (PDF/A): undertaking, assignment, notice, settlement.",
    no_args_is_help=True,
)
console = Console()
Certificate = Annotated[str, typer.Argument(metavar="CERTIFICATE", help="99.100/O-…#C-17.")]
Hop = Annotated[int | None, typer.Option(help="The entry of the assignment it is about.", min=0)]


@cli.command("list")
def list_all(certificate: Certificate) -> None:
    """Which papers can be had, with the entries of assignments."""
    with looking("paper list", certificate) as reading:
        view = finance.views.certificate(reading, certificate)
    for one in gather.available(view):
        about = "" if one.hop is None else f" --hop {one.hop}"
        console.print(f"{one.kind}{about}", highlight=False, soft_wrap=True)


@cli.command()
def make(
    certificate: Certificate,
    kind: Annotated[
        Literal["undertaking", "assignment", "notice", "settlement"], typer.Argument(metavar="KIND")
    ],
    output: Annotated[Path, typer.Option("--output", "-o", metavar="FILE")],
    lang: Annotated[Literal["zh", "en"], typer.Option()] = "zh",
    hop: Hop = None,
) -> None:
    """Write one paper: undertaking, assignment, notice or settlement."""
    settings = Settings()
    with looking("paper make", certificate) as reading:
        data = gather.made(reading, certificate, kind, lang, settings.base_url, hop)
    write_file(output, data)
    console.print(str(output), highlight=False, soft_wrap=True)
