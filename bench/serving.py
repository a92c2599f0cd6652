"""POST /v1/entries over HTTP on the loopback, beside a handler that only reads the same request."""

from __future__ import annotations

import multiprocessing
import os
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import httpx
import uvicorn
from bench import inserting
from bench.context import Bench
from bench.log import batches, bench_log
from bench.measure import Result, Row, Work, in_turn, median_ms, median_rate
from bench.pens import Pens, key, log, origin
from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse
from starlette.staticfiles import StaticFiles

from tallystick.app.bootstrap import Node, admit
from tallystick.app.http import create_app
from tallystick.app.operations import configure_logs
from tallystick.app.settings import Settings
from tallystick.identity import Directory
from tallystick.ledger import (
    Checker,
    FileMemory,
    InvariantError,
    Ledger,
    LogSigner,
    SystemClock,
    freeze_loaded,
    tiles,
    write_batch,
)

request_entries = 256
requests_per_round = 4
start_seconds_max = 180
bare_path = "/bench/bare"
bare_redirect_path = "/bench/redirect"
bare_handle_path = "/bench/handles"
bare_tile_path, files_path = "/bench/tile", "/bench/files"


def rows(bench: Bench) -> Iterator[Result]:
    folder = bench.new_folder()
    url = f"sqlite:///{folder / 'ledger.sqlite3'}"
    pens = bench.new_pens()
    with bench_log(url, folder, pens):
        pass
    with server(url, folder) as base, httpx.Client(base_url=base, timeout=60.0) as client:
        rounds, few = bench.scale.rounds + 1, bench.scale.few
        sender = _Sender(client, pens, rounds, few)
        spent = in_turn(rounds, ours=sender.entries, bare=sender.bare)
        lone = in_turn(1, ours=_repeat(sender.lone, few), bare=_repeat(sender.lone_bare, few))
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
    """One client on one connection, with all its requests ready before the clock runs."""

    def __init__(self, client: httpx.Client, pens: Pens, rounds: int, lone: int) -> None:
        self._client = client
        batched = rounds * requests_per_round * request_entries
        entries = pens.minted(0, batched + lone)
        self._requests = [write_batch(list(b)) for b in batches(entries[:batched], request_entries)]
        self._lone = [write_batch([entry]) for entry in entries[batched:]]
        self._last = self._requests[-1]

    def entries(self) -> int:
        done = 0
        for _ in range(requests_per_round):
            self._last = self._requests.pop()
            done += self._post(self._last, request_entries)
        return done

    def bare(self) -> int:
        for _ in range(requests_per_round):
            self._client.post(bare_path, content=self._last).raise_for_status()
        return requests_per_round * request_entries

    def lone(self) -> int:
        self._last = self._lone.pop()
        return self._post(self._last, 1)

    def lone_bare(self) -> int:
        self._client.post(bare_path, content=self._last).raise_for_status()
        return 1

    def _post(self, content: bytes, count: int) -> int:
        answer = self._client.post("/v1/entries", content=content)
        answer.raise_for_status()
        results = answer.json()["results"]
        if [row.get("outcome") for row in results] != ["accepted"] * count:
            raise InvariantError(str(results[:1]))
        return count


@contextmanager
def server(url: str, folder: Path, processes: int = 0) -> Iterator[str]:
    """The product's application in a process of its own, on a free port of the loopback."""
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe()
    # Not a daemon: those may have no processes of their own, which check entries.
    process = context.Process(target=serve, args=(url, str(folder), there, processes))
    process.start()
    try:
        if not here.poll(start_seconds_max):
            raise InvariantError("the server did not come up")
        port = here.recv()
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.join()


def _add_tiles(app: FastAPI, node: Node, folder: Path) -> None:
    """The first tile from a handler that does nothing else, and from a folder of files."""
    with node.reader.open() as snapshot:
        data = snapshot.tile(0, 0, min(snapshot.size(), tiles.width))

    @app.get(bare_tile_path)
    async def tile() -> Response:
        return Response(data, media_type="application/octet-stream")

    folder.mkdir()
    (folder / "tile").write_bytes(data)
    app.mount(files_path, StaticFiles(directory=folder))


def _add_handle(app: FastAPI) -> None:
    """A record that is always there, from a handler that looks nothing up."""
    values = [
        {"index": index, "type": kind, "data": {"format": "string", "value": value}, "ttl": 86400}
        for index, kind, value in ((1, "URL", "https://example.com/12345"), (2, "NAME", "电池包"))
    ]

    @app.get(bare_handle_path + "/{handle:path}")
    async def handle(handle: str) -> JSONResponse:
        return JSONResponse({"responseCode": 1, "handle": handle, "values": values})


def serve(url: str, folder: str, pipe: Connection, processes: int) -> None:
    """Serve the log at `url` and bare handlers; sends the port once it listens."""
    settings = Settings(home=Path(folder), database_url=url)
    node = Node.at(settings)
    book = Ledger(
        node.store,
        node.rules,
        Directory(),
        LogSigner(origin, key(f"300:{log}"), FileMemory(Path(folder) / "last.json")),
        key(f"301:{log}"),
        SystemClock(),
        Checker(processes, admit),
    )
    book.open()
    app = create_app(node, book)
    ours = len(app.router.routes)

    @app.post(bare_path)
    async def bare(request: Request) -> dict[str, Any]:
        return {"bytes": len(await request.body())}

    @app.get(bare_redirect_path)
    async def redirect() -> Response:
        return Response(status_code=307, headers={"Location": "https://shop.example/"})

    inserting.add(app, url, Path(folder))
    _add_tiles(app, node, Path(folder) / "files")
    _add_handle(app)
    # In an application of their own the bare handlers would be looked for alone.
    app.router.routes[:] = app.router.routes[ours:] + app.router.routes[:ours]
    # asyncio turns Nagle's algorithm off only on sockets that say they are TCP.
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listening.bind(("127.0.0.1", 0))
    listening.listen()
    # Each request has its line, as `serve` writes it; nobody reads them here.
    with Path(os.devnull).open("w") as nowhere:
        sys.stderr = nowhere
        configure_logs(settings)
        freeze_loaded()
        pipe.send(listening.getsockname()[1])
        config = uvicorn.Config(app, log_level="error")
        uvicorn.Server(config).run(sockets=[listening])
