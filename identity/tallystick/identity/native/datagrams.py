"""Datagrams of a port, taken from it as many as there are: one turn of an event loop costs as much as an answer."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from tallystick.identity.native.fragments import packet_bytes_max

#: Then connections and all else have their turn.
turn_packets_max = 64
buffer_bytes = 1024 * 1024
Send = Callable[[bytes], None]
#: What came, from whom, and what sends something back.
Datagram = tuple[bytes, str, Send]


class Datagrams:
    """`asked` gets what came together."""

    def __init__(self, beside: socket.socket, asked: Callable[[list[Datagram]], None]) -> None:
        """On the address that `beside` listens on by TCP. Raises OSError."""
        self._asked = asked
        self._loop = asyncio.get_running_loop()
        self._socket = socket.socket(beside.family, socket.SOCK_DGRAM)
        try:
            if beside.family == socket.AF_INET6:
                self._socket.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer_bytes)
            self._socket.setblocking(False)
            self._socket.bind(beside.getsockname())
        except OSError:
            self._socket.close()
            raise
        self._loop.add_reader(self._socket, self._readable)

    def close(self) -> None:
        self._loop.remove_reader(self._socket)
        self._socket.close()

    def _readable(self) -> None:
        receive, taken = self._socket.recvfrom, list[Datagram]()
        for _ in range(turn_packets_max):
            try:
                data, address = receive(packet_bytes_max + 1)
            except (BlockingIOError, InterruptedError):
                break
            except OSError:
                # What somebody's machine said of an answer that it did not want.
                continue
            taken.append((data, address[0], self._sender(address)))
        self._asked(taken)

    def _sender(self, address: Any) -> Send:
        def send(packet: bytes) -> None:
            # Lost, as any datagram may be; whoever asked asks again.
            with suppress(OSError):
                self._socket.sendto(packet, address)

        return send
