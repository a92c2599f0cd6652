"""POST /v1/entries over HTTP on the loopback, beside a handler that only reads the same request."""

from __future__ import annotations

import multiprocessing
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import httpx
import uvicorn
from fastapi import Request

from bench.context import Bench
from bench.log import bench_log
from bench.measure import Result, Row, Work, in_turn, median_ms, median_rate
from bench.pens import Pens, key, log, origin
from tallystick.app.bootstrap import Node
from tallystick.app.http import create_app
from tallystick.app.settings import Settings
from tallystick.identity import Directory
from tallystick.ledger import (
    Checker,
    FileMemory,
    InvariantError,
    Ledger,
    LogSigner,
    SystemClock,
    write_batch,
)

request_entries = 256
requests_per_round = 4
start_seconds_max = 60
bare_path = "/bench/bare"


def rows(bench: Bench) -> Iterator[Result]:
    folder = bench.new_folder()
    url = f"sqlite:///{folder / 'ledger.sqlite3'}"
    pens = bench.new_pens()
    with bench_log(url, folder, pens):
        pass
    with _server(url, folder) as base, httpx.Client(base_url=base, timeout=60.0) as client:
        sender = _Sender(client, pens)
        spent = in_turn(bench.scale.rounds + 1, ours=sender.entries, bare=sender.bare)
        lone = in_turn(
            1, ours=_repeat(sender.lone, bench.scale.few), bare=_repeat(sender.lone_bare, bench.scale.few)
        )
    # The first round warms both up.
    yield Row(
        f"POST /v1/entries, {request_entries} entries each, one client",
        median_rate(spent["ours"][1:]),
        median_rate(spent["bare"][1:]),
        "entries/s",
        "the same request to a FastAPI handler that reads it and answers, on the same uvicorn",
    )
    yield Row(
        "POST /v1/entries, a lone entry, until it is durable",
        median_ms(lone["ours"]),
        median_ms(lone["bare"]),
        "ms",
        "the same request to a FastAPI handler that reads it and answers",
    )


def _repeat(work: Work, count: int) -> Work:
    return lambda: sum(work() for _ in range(count))


class _Sender:
    """One client on one connection. Entries are signed before the clock runs: see `_fresh`."""

    def __init__(self, client: httpx.Client, pens: Pens) -> None:
        self._client = client
        self._pens = pens
        self._minted = 0
        self._last = b""

    def entries(self) -> int:
        done = 0
        for _ in range(requests_per_round):
            done += self._post("/v1/entries", self._fresh(request_entries), request_entries)
        return done

    def bare(self) -> int:
        for _ in range(requests_per_round):
            self._client.post(bare_path, content=self._last).raise_for_status()
        return requests_per_round * request_entries

    def lone(self) -> int:
        return self._post("/v1/entries", self._fresh(1), 1)

    def lone_bare(self) -> int:
        self._client.post(bare_path, content=self._last).raise_for_status()
        return 1

    def _fresh(self, count: int) -> bytes:
        start, self._minted = self._minted, self._minted + count
        self._last = write_batch(self._pens.minted(start, count))
        return self._last

    def _post(self, path: str, content: bytes, count: int) -> int:
        answer = self._client.post(path, content=content)
        answer.raise_for_status()
        results = answer.json()["results"]
        if [row.get("outcome") for row in results] != ["accepted"] * count:
            raise InvariantError(str(results[:1]))
        return count


@contextmanager
def _server(url: str, folder: Path) -> Iterator[str]:
    """The product's application in a process of its own, on a free port of the loopback."""
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe()
    process = context.Process(target=serve, args=(url, str(folder), there), daemon=True)
    process.start()
    try:
        if not here.poll(start_seconds_max):
            raise InvariantError("the server did not come up")
        port = here.recv()
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.join()


def serve(url: str, folder: str, pipe: Connection) -> None:
    """Serve the log at `url` and a bare handler; sends the port once it listens."""
    node = Node.at(Settings(home=Path(folder), database_url=url))
    book = Ledger(
        node.store,
        node.rules,
        Directory(),
        LogSigner(origin, key(f"300:{log}"), FileMemory(Path(folder) / "last.json")),
        key(f"301:{log}"),
        SystemClock(),
        Checker(),
    )
    book.open()
    app = create_app(node, book)

    @app.post(bare_path)
    async def bare(request: Request) -> dict[str, Any]:
        return {"bytes": len(await request.body())}

    listening = socket.create_server(("127.0.0.1", 0))
    pipe.send(listening.getsockname()[1])
    config = uvicorn.Config(app, log_level="error")
    uvicorn.Server(config).run(sockets=[listening])
