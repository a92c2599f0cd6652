"""`tallystick log tile|bundle`: tiles of hashes and bundles of entries (C2SP tlog-tiles), printed for people."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Column, Table

from tallystick.app.files import FileUnreadable
from tallystick.ledger import Entry, Envelope, TallystickError, tiles

console = Console()
#: 256 entries of the largest size, each with its length.
bundle_bytes_max = tiles.width * (2 + 65_535)
PathOption = Annotated[
    str, typer.Option("--path", help="Its path in the log, such as tile/0/x001/067.p/17.")
]


def add(cli: typer.Typer) -> None:
    """Add these commands to `tallystick log`."""
    cli.command("tile")(tile)
    cli.command("bundle")(bundle)


def tile(file: Path, path: PathOption = "") -> None:
    """Print the hashes of a tile. With its path, also over which entries they are."""
    data = _read(file)
    hashes = tiles.read_tile(data)
    level, first = _place(path, len(hashes))
    if level == "entries":
        raise tiles.TilePathRefused(f"{path} is a bundle of entries, not a tile of hashes")
    span = 256 ** int(level) if level else 1
    _say(f"{len(hashes)} hashes" + ("" if len(hashes) == tiles.width else ", a partial tile"))
    if len(hashes) == tiles.width:
        _say(f"root of the tile: {tiles.tile_root(data).hex()}")
    table = Table(Column("entries" if level else "position"), Column("hash", overflow="fold"))
    for position, found in enumerate(hashes):
        start = (first + position) * span
        shown = f"{start}" if span == 1 else f"{start} to {start + span - 1}"
        table.add_row(shown, found.hex())
    console.print(table)


def bundle(
    file: Path,
    path: PathOption = "",
    tile: Annotated[
        Path | None, typer.Option(help="The tile of level 0 whose hashes its entries must have.")
    ] = None,
) -> None:
    """Print the entries of a bundle. With its tile, also whether they are the ones of the tree."""
    leaves = tiles.read_bundle(_read(file))
    level, first = _place(path, len(leaves))
    if level not in ("", "entries"):
        raise tiles.TilePathRefused(f"{path} is a tile of hashes, not a bundle of entries")
    hashes = tiles.bundle_hashes(leaves, _read(tile) if tile else None)
    table = Table(Column("index" if level else "position"), Column("entry", overflow="fold"))
    for position, (leaf, digest) in enumerate(zip(leaves, hashes, strict=True)):
        told = (*_told(position, leaf), f"leaf hash {digest.hex()}")
        table.add_row(str(first + position), escape("\n".join(told)))
    console.print(table)
    if tile is not None:
        _say(f"All {len(leaves)} entries have the hashes of the tile.")


def _place(path: str, count: int) -> tuple[str, int]:
    """(level, number of the first hash or entry) of a path that fits; ("", 0) without one."""
    if not path:
        return "", 0
    level, n, wide = tiles.parse_path(path.removeprefix("tile/"))
    if wide != count:
        raise tiles.TilePathRefused(f"{path} has {wide} of them, the file {count}")
    return level, n * tiles.width


def _told(position: int, leaf: bytes) -> tuple[str, str, str]:
    try:
        entry = Entry.parse(Envelope.parse(leaf).payload)
    except TallystickError as error:
        raise tiles.BundleRefused(f"position {position}: {error.title}: {error.detail}") from None
    return entry.type, entry.author, entry.id


def _read(path: Path) -> bytes:
    """Raises `FileUnreadable`."""
    try:
        with path.open("rb") as file:
            data = file.read(bundle_bytes_max + 1)
    except OSError as error:
        raise FileUnreadable(f"{path}: {error.strerror}") from None
    if len(data) > bundle_bytes_max:
        raise FileUnreadable(f"{path}: more than {bundle_bytes_max} bytes")
    return data


def _say(text: str) -> None:
    console.print(escape(text), highlight=False, soft_wrap=True)
