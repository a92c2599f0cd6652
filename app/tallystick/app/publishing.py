"""Publishing the log's public files (C2SP tlog-tiles) into a folder that any web server can serve.

Full tiles never change and are written once; partial tiles and the checkpoint follow. The checkpoint
comes last, so that whoever reads it finds every tile that it needs. It is the newest one that is final, and
the newest one while none is.
"""

from __future__ import annotations

import os
from pathlib import Path

from tallystick.app.bootstrap import Node
from tallystick.ledger import Snapshot, tiles

public_folder = "public/log"


def publish(node: Node, _payload: str) -> None:
    """Write what is new since the last time; safe to repeat."""
    folder = node.settings.folder / public_folder
    with node.reader.open() as snapshot:
        newest, shown = snapshot.checkpoint(), snapshot.published_checkpoint()
        if newest is None or shown is None:
            return
        # The checkpoint shown may be older than the newest, and needs partial tiles of its own size.
        for size in dict.fromkeys((shown[0], newest[0])):
            for level in range(tiles.level_max + 1):
                _publish_level(folder, snapshot, level, size)
    _write(folder / "checkpoint", shown[1].encode())


def _publish_level(folder: Path, snapshot: Snapshot, level: int, size: int) -> None:
    """From the last tile backwards, until a full one is there already."""
    last = (size >> 8 * level) // tiles.width
    for n in range(last, -1, -1):
        width = tiles.width_at(level, n, size)
        if width == 0:
            continue
        path = folder / tiles.path(level, n, width % tiles.width)
        if path.exists() and width == tiles.width:
            return
        _write(path, snapshot.tile(level, n, width))


def _write(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    fresh.write_bytes(data)
    fresh.replace(path)
