"""Handles resolved by the native protocol on the loopback, beside bare servers in the same process (`bare_native`).

The store holds a real log; its handle records beyond that are rows that nobody signed, loaded in bulk, each with
two public values and one that is not. The client is one process with so many questions on the way at once.
"""

from __future__ import annotations

import asyncio
import json
import multiprocessing
import random
import socket
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Protocol

from bench import bare_native
from bench.context import Bench
from bench.log import bench_log
from bench.measure import Result, Row, Spent, in_turn, median_rate, size_name
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
            f"handles resolved by {by}, {size_name(sizes[-1])} of them, asked for the first time",
            largest[f"{name}_first"],
            largest[f"{name}_select"],
            "handles/s",
            f"an asyncio server in the same process that sends what one SELECT by the same key finds by {by}",
            growth={size_name(size): told[f"{name}_first"] for size, told in measured.items()},
            details={
                f"reference at {size_name(size)}, handles/s": round(told[f"{name}_select"])
                for size, told in measured.items()
            },
        )
        yield Row(
            f"handles resolved by {by}, {size_name(sizes[-1])} of them, those asked for of late",
            largest[f"{name}_again"],
            largest[f"{name}_echo"],
            "handles/s",
            f"an asyncio server in the same process that sends back what it gets by {by}",
            growth={size_name(size): told[f"{name}_again"] for size, told in measured.items()},
        )


def _measured(bench: Bench, size: int) -> dict[str, float]:
    folder = bench.new_folder()
    url = f"sqlite:///{folder / 'ledger.sqlite3'}"
    with bench_log(url, folder, bench.new_pens()) as log:
        _load(log.store, size)
    count, rounds = bench.scale.few * questions_per_few, bench.scale.rounds + 1
    chance = random.Random(size)
    # What one has asked for is read into memory, where the other would find it: each has handles of its own.
    sampled = chance.sample(range(size), min(size, 2 * count * rounds))
    first = [_question(number) for number in sampled]
    again = [_question(chance.randrange(popular)) for _ in range(count)]
    parts = [first[n :: 2 * rounds] for n in range(2 * rounds)]
    spent: dict[str, list[Spent]] = {}
    for by, client in _clients.items():
        # A new process remembers nothing.
        with _server(url, folder) as ports, ExitStack() as stack:
            asked = [stack.enter_context(closing(client(port))) for port in ports.of(by)]
            told = _asked_in_turn(asked, parts, again)
            spent |= {f"{by}_{name}": each for name, each in told.items()}
    # The first round warms all up.
    return {name: median_rate(each[1:]) for name, each in spent.items()}


def _asked_in_turn(
    clients: Sequence[_Client], parts: Sequence[Sequence[bytes]], again: Sequence[bytes]
) -> dict[str, list[Spent]]:
    ours, echo, select = clients
    turns, selected = iter(parts[::2]), iter(parts[1::2])
    return in_turn(
        len(parts) // 2,
        first=lambda: ours.ask(next(turns)),
        select=lambda: select.ask(next(selected)),
        again=lambda: ours.ask(again),
        echo=lambda: echo.ask(again),
    )


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

    def close(self) -> None:
        self._socket.close()

    def ask(self, questions: Sequence[bytes]) -> int:
        send, receive = self._socket.send, self._socket.recv
        got, last = 0, b""
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


class _Client(Protocol):
    def ask(self, questions: Sequence[bytes]) -> int: ...

    def close(self) -> None: ...


_clients: Mapping[str, Callable[[int], _Client]] = {"udp": _Udp, "tcp": _Tcp}


def _check(answer: bytes) -> None:
    """An answer, what was sent, or what was selected; raises `InvariantError` for a refusal."""
    told = read_message(answer)
    if told.code not in (0, 1):
        raise InvariantError(f"code {told.code}")


@dataclass(frozen=True)
class _Ports:
    """Of the node, by UDP and by TCP, and of the servers beside it."""

    node: int
    udp: tuple[int, int]
    tcp: tuple[int, int]

    def of(self, by: str) -> tuple[int, int, int]:
        """Node, echo, select."""
        return (self.node, *(self.udp if by == "udp" else self.tcp))


@contextmanager
def _server(url: str, folder: Path) -> Iterator[_Ports]:
    """All of them in a process of their own."""
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe()
    process = context.Process(target=serve, args=(url, str(folder), there))
    process.start()
    try:
        if not here.poll(start_seconds_max):
            raise InvariantError("the server did not come up")
        yield here.recv()
    finally:
        process.terminate()
        process.join()


def serve(url: str, folder: str, pipe: Connection) -> None:
    """All, on one event loop; sends the ports once they listen."""
    asyncio.run(_serve(url, folder, pipe))


async def _serve(url: str, folder: str, pipe: Connection) -> None:
    node = Node.at(Settings(home=Path(folder), database_url=url))
    service = native.Service(native.Site(1, ()), "https://node.example")
    answers = native.NodeAnswers(native.Present(LogReader(node.store, node.rules)), service)
    ours = await native.NativeServer(answers, native.Guard(10**6)).listen("127.0.0.1", 0)
    select = bare_native.selecting(Path(folder) / "ledger.sqlite3")
    udp = [await bare_native.datagrams(work) for work in (bare_native.echo, select)]
    tcp = [await bare_native.stream(work) for work in (bare_native.echo, select)]
    pipe.send(_Ports(ours, (udp[0], udp[1]), (tcp[0], tcp[1])))
    await asyncio.Event().wait()
