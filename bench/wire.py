"""A client that costs little: requests ready as bytes, on kept connections, many at once on one loop."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from urllib.parse import urlsplit

import orjson

from tallystick.ledger import InvariantError

Check = Callable[[bytes], None]


def post(path: str, content: bytes) -> bytes:
    """The request as it goes over the wire."""
    head = (
        f"POST {path} HTTP/1.1\r\nHost: bench\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(content)}\r\n\r\n"
    )
    return head.encode() + content


def send(base: str, requests: Sequence[bytes], writers: int, check: Check) -> list[float]:
    """Send all of them by so many writers, each waiting for its answer; milliseconds of each answer."""
    return asyncio.run(_send(base, list(requests), writers, check))


async def _send(base: str, requests: list[bytes], writers: int, check: Check) -> list[float]:
    url, waiting = urlsplit(base), iter(requests)
    taken: list[float] = []

    async def write() -> None:
        reader, writer = await asyncio.open_connection(url.hostname, url.port)
        for request in waiting:
            began = time.perf_counter()
            writer.write(request)
            check(await _body(reader))
            taken.append(1000 * (time.perf_counter() - began))
        writer.close()
        await writer.wait_closed()

    await asyncio.gather(*(write() for _ in range(writers)))
    return taken


async def _body(reader: asyncio.StreamReader) -> bytes:
    head = await reader.readuntil(b"\r\n\r\n")
    if not head.startswith(b"HTTP/1.1 200"):
        raise InvariantError(head.decode(errors="replace")[:200])
    size = next(
        int(line.partition(b":")[2])
        for line in head.split(b"\r\n")
        if line.lower().startswith(b"content-length:")
    )
    return await reader.readexactly(size)


def accepted(answer: bytes) -> None:
    """Every entry of the request is in the log."""
    for row in orjson.loads(answer)["results"]:
        if row.get("outcome") != "accepted":
            raise InvariantError(str(row)[:300])


def anything(_answer: bytes) -> None:
    """Whatever was answered with 200."""
