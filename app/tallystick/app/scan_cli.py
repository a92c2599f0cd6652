"""`tallystick label` and `tallystick decode`: codes on paper and back."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

import tallystick.scanners as scanners
from tallystick.app.bootstrap import Node
from tallystick.app.settings import Settings
from tallystick.identity import digital_link

console = Console()


def label(
    handles: Annotated[list[str], typer.Argument(help="Handles to print.")],
    out: Annotated[Path, typer.Option(help="A .png for one label, a .pdf for sheets.")],
    name: Annotated[str, typer.Option(help="A name to print under the handle.")] = "",
    gs1: Annotated[
        bool, typer.Option("--gs1", help="GS1 Digital Links, of records with a GTIN and serial.")
    ] = False,
) -> None:
    """Print labels with QR codes that lead to the consumer page."""
    base_url = Settings().base_url
    labels = [scanners.Label(handle, name or None) for handle in handles]
    if gs1:
        labels = _with_links(labels, base_url)
    if out.suffix == ".png" and len(labels) == 1:
        printed = scanners.label_png(labels[0], base_url)
    elif out.suffix == ".pdf":
        printed = scanners.label_sheet(labels, base_url)
    else:
        raise typer.BadParameter("one label goes to a .png, any number to a .pdf")
    out.write_bytes(printed.data)
    for warning in printed.warnings:
        console.print(f"[yellow]{warning}[/yellow]")
    console.print(f"{len(labels)} label(s) in {out}")


def _with_links(labels: list[scanners.Label], base_url: str) -> list[scanners.Label]:
    """Each with its Digital Link, and the key under it as GS1 wants it for people (HRI)."""
    found = []
    with Node.existing(Settings()).look() as view:
        for label in labels:
            link = digital_link.printed(view, label.handle)
            if link is None:
                raise scanners.LabelRefused(f"{label.handle} is not known by a GTIN and a serial")
            told = {"link": link.uri(base_url), "caption": link.element_string()}
            found.append(replace(label, **told))
    return found


def decode(
    image: Path,
    second: Annotated[bool, typer.Option(help="Ask the second decoder in any case.")] = False,
) -> None:
    """Read all codes in an image file."""
    found = scanners.decode(image, second="always" if second else "needed")
    if not found:
        console.print("[yellow]No code was found.[/yellow]")
        sys.exit(1)
    table = Table("handle", "text", "format", "decoder", "second decoder")
    base_url = Settings().base_url
    for code in found:
        opinion = {None: "not asked", True: "agrees", False: "differs"}[code.agreed]
        handle = scanners.handle_of(code.text, [base_url]) or ""
        table.add_row(handle, code.text, code.format, code.decoder, opinion)
    console.print(table)
