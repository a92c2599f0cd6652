"""Tiles over HTTP on the loopback, beside handlers on the same server that give the same bytes.

One client on one connection that is kept; it reads each answer whole.
"""

from __future__ import annotations

import http.client
from collections.abc import Iterator, Mapping
from contextlib import closing
from functools import partial
from urllib.parse import urlsplit

from bench.context import Bench
from bench.log import bench_log
from bench.measure import Result, Row, in_turn, median_rate
from bench.serving import bare_tile_path, files_path, server

from tallystick.ledger import InvariantError, tiles

tile_path = "/log/tile/0/000"
requests_per_few = 5
timeout_s = 60


def rows(bench: Bench) -> Iterator[Result]:
    """The same full tile again and again; the first request brings it into our memory."""
    folder = bench.new_folder()
    url = f"sqlite:///{folder / 'ledger.sqlite3'}"
    with bench_log(url, folder, bench.new_pens()) as log:
        log.fill(tiles.width + 1)
    count = bench.scale.few * requests_per_few
    with server(url, folder) as base, closing(_connection(base)) as connection:
        tag = _get(connection, tile_path)
        get = partial(_gets, connection, count)
        spent = in_turn(
            bench.scale.rounds + 1,
            ours=partial(get, tile_path),
            bare=partial(get, bare_tile_path),
            files=partial(get, f"{files_path}/tile"),
            unchanged=partial(get, tile_path, {"If-None-Match": tag}),
        )
    # The first round warms all up.
    rates = {name: median_rate(each[1:]) for name, each in spent.items()}
    yield Row(
        "tiles over HTTP, one client",
        rates["ours"],
        rates["bare"],
        "tiles/s",
        "a handler on the same uvicorn that answers with the same bytes and does nothing else",
        details={
            "the same bytes as a file by Starlette's StaticFiles, tiles/s": rates["files"],
            "answered 304 to a client that has it, tiles/s": rates["unchanged"],
        },
    )


def _connection(base: str) -> http.client.HTTPConnection:
    return http.client.HTTPConnection(urlsplit(base).netloc, timeout=timeout_s)


def _gets(
    connection: http.client.HTTPConnection,
    count: int,
    path: str,
    headers: Mapping[str, str] | None = None,
) -> int:
    for _ in range(count):
        _get(connection, path, headers)
    return count


def _get(
    connection: http.client.HTTPConnection, path: str, headers: Mapping[str, str] | None = None
) -> str:
    """The entity tag, after reading the answer; raises `InvariantError` if it is another one."""
    connection.request("GET", path, headers=dict(headers or {}))
    answer = connection.getresponse()
    data = answer.read()
    wanted = (304, 0) if headers else (200, tiles.width * tiles.hash_bytes)
    if (answer.status, len(data)) != wanted:
        raise InvariantError(f"{path} answered {answer.status} with {len(data)} bytes")
    return answer.headers.get("etag", "")
