"""`tallystick mint labels`: sheets of QR codes from a label file, each with its link if the file has one."""

from __future__ import annotations

import csv
import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, TextIO

import orjson
import typer
from rich.console import Console

import tallystick.scanners as scanners
from tallystick.app.files import FileUnreadable, write_file
from tallystick.app.minting.saying import MintingRefused
from tallystick.app.settings import Settings
from tallystick.identity import minting

console = Console()
labels_per_sheet_file_max = 2000


def add(cli: typer.Typer) -> None:
    """Add the command to `tallystick mint`."""
    cli.command()(labels)


def labels(
    file: Annotated[Path, typer.Argument(help="A label file, as `mint batch` wrote it.")],
    out: Annotated[Path, typer.Option(help="A .pdf with sheets of QR codes.")],
    first: Annotated[int, typer.Option(min=0, help="Begin behind so many labels.")] = 0,
    count: Annotated[int, typer.Option(min=1, max=labels_per_sheet_file_max)] = 100,
) -> None:
    """Print some labels of a batch as sheets of QR codes: the link of each, or else the handle's address here."""
    wanted = list(itertools.islice(labels_of(file), first, first + count))
    if out.suffix != ".pdf" or not wanted:
        raise MintingRefused(f"{len(wanted)} labels from {first} on, into {out}")
    printed = scanners.label_sheet(wanted, Settings().base_url)
    write_file(out, printed.data)
    for warning in printed.warnings:
        _say(warning)
    _say(f"{len(wanted)} labels in {out}")


def labels_of(path: Path) -> Iterator[scanners.Label]:
    """Labels of a label file, line by line; raises `FileUnreadable`."""
    try:
        with path.open(encoding="utf-8", newline="") as lines:
            for handle, link in _csv(lines) if path.suffix == ".csv" else _ndjson(lines):
                if minting.read_serial(handle) is not None:
                    yield scanners.Label(handle, link=link or None)
    except (OSError, ValueError, csv.Error) as error:
        raise FileUnreadable(f"{path}: {error}") from None


def _csv(lines: TextIO) -> Iterator[tuple[str, str]]:
    for row in csv.reader(lines):
        yield row[0] if row else "", row[1] if len(row) > 1 else ""


def _ndjson(lines: TextIO) -> Iterator[tuple[str, str]]:
    for line in lines:
        found = orjson.loads(line)
        told = found if isinstance(found, dict) else {}
        yield str(told.get("handle", "")), str(told.get("link", ""))


def _say(text: str) -> None:
    console.print(text, markup=False, highlight=False, soft_wrap=True)
