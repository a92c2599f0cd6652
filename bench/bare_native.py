"""What a server of the native protocol would do if it did almost nothing: send back, or send one row of a table.

Neither reads more of a question than where its handle stands, judges who may read what, or puts an answer in the
form of the protocol.
"""

from __future__ import annotations

import asyncio
import sqlite3
import struct
from collections.abc import Callable
from pathlib import Path

from tallystick.identity.native.message import envelope_bytes, header_bytes

Work = Callable[[bytes], bytes]
_start = envelope_bytes + header_bytes
_length = struct.Struct(">I")
_select = "SELECT value FROM document WHERE kind = 'handle' AND name = ? AND part = ''"


def echo(data: bytes) -> bytes:
    return data


def selecting(path: Path) -> Work:
    """The document under the handle of a question, as it is stored, behind the question's own header."""
    cursor = sqlite3.connect(path, isolation_level=None).cursor()

    def work(data: bytes) -> bytes:
        (size,) = _length.unpack_from(data, _start)
        handle = data[_start + 4 : _start + 4 + size].decode()
        body = cursor.execute(_select, (handle,)).fetchone()[0].encode()
        whole = _length.pack(header_bytes + len(body) + 4)
        return b"".join(
            (data[:16], whole, data[20 : _start - 4], _length.pack(len(body)), body, bytes(4))
        )

    return work


async def datagrams(work: Work) -> int:
    """The port of a server by UDP."""
    loop = asyncio.get_running_loop()
    made, _ = await loop.create_datagram_endpoint(
        lambda: _Datagrams(work), local_addr=("127.0.0.1", 0)
    )
    return int(made.get_extra_info("sockname")[1])


async def stream(work: Work) -> int:
    """The port of a server by TCP."""
    loop = asyncio.get_running_loop()
    made = await loop.create_server(lambda: _Stream(work), "127.0.0.1", 0)
    return int(made.sockets[0].getsockname()[1])


class _Datagrams(asyncio.DatagramProtocol):
    def __init__(self, work: Work) -> None:
        self._work = work

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        self._transport.sendto(self._work(data), addr)  # type: ignore[attr-defined]


class _Stream(asyncio.Protocol):
    """Takes messages of the protocol apart as whoever answers must."""

    def __init__(self, work: Work) -> None:
        self._work = work

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport, self._buffer = transport, bytearray()

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        while len(self._buffer) >= envelope_bytes:
            size = envelope_bytes + int.from_bytes(self._buffer[16:20], "big")
            if len(self._buffer) < size:
                break
            self._transport.write(self._work(bytes(self._buffer[:size])))  # type: ignore[attr-defined]
            del self._buffer[:size]
