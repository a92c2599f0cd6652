"""Whether a value stands somewhere, byte by byte, in every usual spelling."""

from __future__ import annotations

import base64
import io
import zipfile
from collections.abc import Iterator
from urllib.parse import quote


def spellings(value: str) -> Iterator[bytes]:
    """The value itself, in hex, JSON and UTF-16, and in base64 at each of its three alignments."""
    plain = value.encode()
    yield from (plain, plain.hex().encode(), value.encode("utf-16-le"))
    yield quote(value, safe="").encode()
    for shift in range(3):
        told = base64.b64encode(b"x" * shift + plain)
        # The first and the last group depend on what stands around.
        yield told[4 if shift else 0 : len(told) // 4 * 4 - 4]


def holds(data: bytes, value: str, depth: int = 2) -> bool:
    """Whether the value is in there, also in what is packed."""
    if any(one in data for one in spellings(value)):
        return True
    if depth and zipfile.is_zipfile(io.BytesIO(data)):
        with zipfile.ZipFile(io.BytesIO(data)) as opened:
            return any(holds(opened.read(name), value, depth - 1) for name in opened.namelist())
    return False
