"""Handles resolved by the native protocol on the loopback, beside servers in the same process that send back what they get.

The store holds a real log; its handle records beyond that are rows that nobody signed, loaded in bulk, each with
two public values and one that is not. The client is one process with so many questions on the way at once.
"""

from __future__ import annotations

import asyncio
import json
import multiprocessing
import random
import socket
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path

from bench.context import Bench
from bench.log import bench_log
from bench.measure import Result, Row, in_turn, median_rate, size_name
from bench.pens import core
from sqlalchemy import insert

from tallystick.app.bootstrap import Node
from tallystick.app.settings import Settings
from tallystick.identity import native
from tallystick.identity.native.bodies import Question
from tallystick.identity.native.message import (
    Message,
    envelope_bytes,
    keep_alive,
    public_only,
    read_message,
    resolution,
)
from tallystick.ledger import InvariantError, LogReader, Store
from tallystick.ledger.store.tables import document

start_seconds_max = 180
timeout_s = 60
window = 32
page_rows = 10_000
#: Handles that are asked for again and again, where what is remembered is measured.
popular = 1000
questions_per_few = 50


def rows(bench: Bench) -> Iterator[Result]:
    sizes = [10 * size for size in bench.scale.heads[:1]]
    if sizes[0] > 10_000:
        sizes = [10_000, *sizes]
    measured = {size: _measured(bench, size) for size in sizes}
    largest = measured[sizes[-1]]
    for by in ("UDP", "TCP"):
        name = by.lower()
        yield Row(
            f"handles resolved by {by}, {size_name(sizes[-1])} of them, those asked for of late",
            largest[f"{name}_again"],
            largest[f"{name}_echo"],
            "handles/s",
            f"an asyncio server in the same process that sends back what it gets by {by}",
            growth={size_name(size): told[f"{name}_first"] for size, told in measured.items()},
            details={
                "asked for the first time, handles/s (growth is of these)": largest[
                    f"{name}_first"
                ],
                "the same, in parts of the reference": largest[f"{name}_first"]
                / largest[f"{name}_echo"],
            },
        )


def _measured(bench: Bench, size: int) -> dict[str, float]:
    folder = bench.new_folder()
    url = f"sqlite:///{folder / 'ledger.sqlite3'}"
    with bench_log(url, folder, bench.new_pens()) as log:
        _load(log.store, size)
    count, rounds = bench.scale.few * questions_per_few, bench.scale.rounds + 1
    chance = random.Random(size)
    first = [_question(number) for number in chance.sample(range(size), min(size, count * rounds))]
    again = [_question(chance.randrange(popular)) for _ in range(count)]
    with _server(url, folder) as ports, ExitStack() as stack:
        udp, udp_echo = (stack.enter_context(closing(_Udp(port))) for port in ports[::2])
        tcp, tcp_echo = (stack.enter_context(closing(_Tcp(port))) for port in ports[1::2])
        parts = [first[n::rounds] for n in range(rounds)]
        udp_parts, tcp_parts = iter(parts), iter(parts)
        spent = in_turn(
            rounds,
            udp_first=lambda: udp.ask(next(udp_parts)),
            udp_again=lambda: udp.ask(again),
            udp_echo=lambda: udp_echo.ask(again),
        )
    # A new process remembers nothing.
    with _server(url, folder) as ports, ExitStack() as stack:
        tcp, tcp_echo = (stack.enter_context(closing(_Tcp(port))) for port in ports[1::2])
        spent |= in_turn(
            rounds,
            tcp_first=lambda: tcp.ask(next(tcp_parts)),
            tcp_again=lambda: tcp.ask(again),
            tcp_echo=lambda: tcp_echo.ask(again),
        )
    # The first round warms all up.
    return {name: median_rate(each[1:]) for name, each in spent.items()}


def _handle(number: int) -> str:
    return f"99.100.1/SN-{number:07d}"


def _question(number: int) -> bytes:
    body = Question(_handle(number)).encode()
    flags = public_only | keep_alive
    return Message(resolution, body, flags=flags, request=number).encode()


def _load(store: Store, size: int) -> None:
    time = "2026-03-05T08:00:00.000Z"
    values = [
        {"index": 1, "type": "URL", "data": "https://maker.example/battery", "time": time},
        {"index": 2, "type": "NAME", "data": "电池包", "time": time},
        {"index": 3, "type": "NOTE", "data": "secret", "permissions": "1100", "time": time},
    ]
    with store.engine.begin() as connection:
        for low in range(0, size, page_rows):
            page = (_handle(number) for number in range(low, min(low + page_rows, size)))
            connection.execute(
                insert(document),
                [
                    {
                        "kind": "handle",
                        "name": handle,
                        "part": "",
                        "value": json.dumps(
                            {"handle": handle, "owner": core, "since": 1, "values": values}
                        ),
                    }
                    for handle in page
                ],
            )


@dataclass
class _Udp:
    """A client with so many datagrams on the way at once."""

    port: int

    def __post_init__(self) -> None:
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.connect(("127.0.0.1", self.port))
        self._socket.settimeout(timeout_s)
        self.close = self._socket.close

    def ask(self, questions: Sequence[bytes]) -> int:
        send, receive = self._socket.send, self._socket.recv
        got = 0
        for number, question in enumerate(questions):
            send(question)
            if number - got >= window:
                last = receive(4096)
                got += 1
        while got < len(questions):
            last = receive(4096)
            got += 1
        _check(last)
        return got


@dataclass
class _Tcp:
    """A client with so many questions on the way at once, on a connection that is kept."""

    port: int

    def __post_init__(self) -> None:
        self._socket = socket.create_connection(("127.0.0.1", self.port), timeout_s)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._file = self._socket.makefile("rb", buffering=65_536)

    def close(self) -> None:
        self._file.close()
        self._socket.close()

    def ask(self, questions: Sequence[bytes]) -> int:
        send, read = self._socket.sendall, self._file.read
        got, last = 0, b""
        for number, question in enumerate(questions):
            send(question)
            if number - got >= window:
                head = read(envelope_bytes)
                last = head + read(int.from_bytes(head[16:20], "big"))
                got += 1
        while got < len(questions):
            head = read(envelope_bytes)
            last = head + read(int.from_bytes(head[16:20], "big"))
            got += 1
        _check(last)
        return got


def _check(answer: bytes) -> None:
    """One that is an answer, or what was sent; raises `InvariantError` for a refusal."""
    told = read_message(answer)
    if told.code not in (0, 1):
        raise InvariantError(f"code {told.code}")


@contextmanager
def _server(url: str, folder: Path) -> Iterator[tuple[int, int, int, int]]:
    """Ports of UDP, TCP, and of both echoes, in a process of their own."""
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe()
    process = context.Process(target=serve, args=(url, str(folder), there))
    process.start()
    try:
        if not here.poll(start_seconds_max):
            raise InvariantError("the server did not come up")
        ours, udp, tcp = here.recv()
        yield ours, ours, udp, tcp
    finally:
        process.terminate()
        process.join()


def serve(url: str, folder: str, pipe: Connection) -> None:
    """Both, on one event loop; sends the ports once they listen."""
    asyncio.run(_serve(url, folder, pipe))


async def _serve(url: str, folder: str, pipe: Connection) -> None:
    node = Node.at(Settings(home=Path(folder), database_url=url))
    service = native.Service(native.Site(1, ()), "https://node.example")
    answers = native.NodeAnswers(native.Present(LogReader(node.store, node.rules)), service)
    ours = await native.NativeServer(answers, native.Guard(10**6)).listen("127.0.0.1", 0)
    loop = asyncio.get_running_loop()
    udp, _ = await loop.create_datagram_endpoint(_Echo, local_addr=("127.0.0.1", 0))
    tcp = await loop.create_server(_EchoStream, "127.0.0.1", 0)
    pipe.send((ours, udp.get_extra_info("sockname")[1], tcp.sockets[0].getsockname()[1]))
    await asyncio.Event().wait()


class _Echo(asyncio.DatagramProtocol):
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        self._transport.sendto(data, addr)  # type: ignore[attr-defined]


class _EchoStream(asyncio.Protocol):
    """Takes messages of the protocol apart as whoever answers must."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport, self._buffer = transport, bytearray()

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        while len(self._buffer) >= envelope_bytes:
            size = envelope_bytes + int.from_bytes(self._buffer[16:20], "big")
            if len(self._buffer) < size:
                break
            self._transport.write(bytes(self._buffer[:size]))  # type: ignore[attr-defined]
            del self._buffer[:size]
