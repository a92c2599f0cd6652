"""GS1 Digital Links resolved over HTTP, beside a handler of the same server that redirects and does nothing else.

The store is filled with records as the rules write them, without signatures: each has a default link and a claim of
its GTIN and serial. One client on one connection asks for serials at random.
"""

from __future__ import annotations

import http.client
import random
from collections.abc import Iterator
from contextlib import closing
from functools import partial
from urllib.parse import urlsplit

from bench.context import Bench
from bench.log import BenchLog, bench_log
from bench.measure import Result, Row, in_turn, median_rate, size_name
from bench.pens import core, prefix
from bench.serving import bare_redirect_path, server

from tallystick.ledger import Change, InvariantError, canonical
from tallystick.ledger.store import StateCache, StoredState

gtin = "09521234543213"
records_per_write = 1_000
requests_per_few = 5
timeout_s = 60
_redirect = 307


def rows(bench: Bench) -> Iterator[Result]:
    growth: dict[str, float] = {}
    reference = 0.0
    for size in bench.scale.sizes:
        ours, bare = _measured(bench, size)
        growth[size_name(size)] = ours
        reference = reference or bare
    yield Row(
        "GS1 Digital Link to its default link, over HTTP, one client",
        next(iter(growth.values())),
        reference,
        "links/s",
        "a handler on the same uvicorn that redirects, without a thread, and does nothing else",
        {f"{size} records": rate for size, rate in growth.items()},
    )


def _measured(bench: Bench, size: int) -> tuple[float, float]:
    folder = bench.new_folder()
    url = f"sqlite:///{folder / 'ledger.sqlite3'}"
    with bench_log(url, folder, bench.new_pens()) as log:
        _fill(log, size)
    count = bench.scale.few * requests_per_few
    with server(url, folder) as base, closing(_connection(base)) as connection:
        spent = in_turn(
            bench.scale.rounds + 1,
            ours=partial(_resolve, connection, size, count),
            bare=partial(_bare, connection, count),
        )
    # The first round warms both up.
    return median_rate(spent["ours"][1:]), median_rate(spent["bare"][1:])


def _connection(base: str) -> http.client.HTTPConnection:
    return http.client.HTTPConnection(urlsplit(base).netloc, timeout=timeout_s)


def _fill(log: BenchLog, size: int) -> None:
    since = log.size()
    for start in range(0, size, records_per_write):
        numbers = range(start, min(start + records_per_write, size))
        with log.store.write() as transaction:
            stored = StoredState(transaction, log.rules, StateCache())
            stored.apply(change for number in numbers for change in _record(number, since))
            stored.flush()


def _record(number: int, since: int) -> tuple[Change, Change]:
    handle = f"{prefix}/DL-{number:07d}"
    told = {"default": True, "href": _target(number), "rel": "gs1:pip", "title": "Product"}
    link = {
        "index": 1,
        "type": "TALLYSTICK.LINK",
        "format": "json",
        "data": canonical.encode(told).decode(),
        "time": "2026-03-05T08:00:00.000Z",
    }
    return (
        Change(
            "handle", handle, {"handle": handle, "owner": core, "since": since, "values": [link]}
        ),
        Change(
            "name",
            f"sgtin:{gtin}(21){number:07d}",
            {"handle": handle, "owner": core, "since": since},
        ),
    )


def _target(number: int) -> str:
    return f"https://shop.example/products/{number:07d}"


def _resolve(connection: http.client.HTTPConnection, size: int, count: int) -> int:
    for number in random.Random(count).choices(range(size), k=count):
        where = _get(connection, f"/01/{gtin}/21/{number:07d}")
        if where != _target(number):
            raise InvariantError(where)
    return count


def _bare(connection: http.client.HTTPConnection, count: int) -> int:
    for _ in range(count):
        _get(connection, bare_redirect_path)
    return count


def _get(connection: http.client.HTTPConnection, path: str) -> str:
    connection.request("GET", path)
    answer = connection.getresponse()
    answer.read()
    if answer.status != _redirect:
        raise InvariantError(f"{path} answered {answer.status}")
    return answer.headers["location"]
