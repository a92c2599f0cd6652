"""Tiles of hashes as files over HTTP: public, kept in memory as far as they will never change.

A tree only grows: what a tile's first hashes are, they stay (C2SP tlog-tiles). So a tile that was read once
answers every later request for as many hashes or fewer, and the database is asked only for more.
"""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tallystick.ledger import tiles
from tallystick.ledger.reader import LogReader

if TYPE_CHECKING:
    from fastapi import Request, Response

#: 8 MiB of full tiles.
tiles_in_memory_max = 1024
_tag_chars = 32


@dataclass(frozen=True, slots=True)
class File:
    """Bytes, and their entity tag: a hash of them, so that two histories never share one."""

    data: bytes
    tag: str

    @staticmethod
    def of(data: bytes) -> File:
        return File(data, f'"{hashlib.sha256(data).hexdigest()[:_tag_chars]}"')


class PublicTiles:
    """The tiles of one log; safe for several threads."""

    def __init__(self, reader: LogReader) -> None:
        self._reader = reader
        self._known: OrderedDict[tiles.Tile, File] = OrderedDict()
        self._lock = threading.Lock()

    def known(self, level: int, n: int, width: int) -> File | None:
        """`width` hashes of a tile, if they are in memory."""
        with self._lock:
            found = self._known.get((level, n))
            if found is None:
                return None
            self._known.move_to_end((level, n))
        size = width * tiles.hash_bytes
        if len(found.data) == size:
            return found
        return File.of(found.data[:size]) if size < len(found.data) else None

    def read(self, level: int, n: int, width: int) -> File:
        """`width` hashes of a tile from the store; raises `TilePathRefused`."""
        with self._reader.open() as snapshot:
            found = File.of(snapshot.tile(level, n, width))
        with self._lock:
            before = self._known.get((level, n))
            if before is None or len(before.data) < len(found.data):
                self._known[level, n] = found
            while len(self._known) > tiles_in_memory_max:
                self._known.popitem(last=False)
        return found


def respond(request: Request, file: File, media_type: str, cache: str, vary: str = "") -> Response:
    """The file, or 304 to whoever names its tag."""
    from fastapi import Response

    headers = {"Cache-Control": cache, "ETag": file.tag}
    headers |= {"Vary": vary} if vary else {}
    if _names(request.headers.get("if-none-match", ""), file.tag):
        return Response(status_code=304, headers=headers)
    return Response(file.data, media_type=media_type, headers=headers)


def _names(header: str, tag: str) -> bool:
    """Whether `If-None-Match` names this tag (RFC 9110 §13.1.2: weak comparison)."""
    named = [one.strip().removeprefix("W/") for one in header.split(",")]
    return tag in named or named == ["*"]
