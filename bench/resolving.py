"""Handles resolved and searched over HTTP on the loopback, beside handlers that answer with the same bytes.

The records are loaded in bulk, as the rules would have left them; the log holds no entries about them.
"""

from __future__ import annotations

import http.client
import random
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import orjson
from bench.context import Bench
from bench.log import bench_log
from bench.measure import Result, Row, Spent, in_turn, median_rate, size_name
from bench.pens import core
from bench.serving import bare_handle_path, server

from tallystick.app.bootstrap import rule_set
from tallystick.identity import searching
from tallystick.identity.searching import Term
from tallystick.ledger import InvariantError, LogReader, Store, public_reader

records_usual, records_quick = 1_000_000, 10_000
loaded_at_once = 10_000
requests_per_few = 10
timeout_s = 120
bare_search = (
    "SELECT d.value FROM lookup l JOIN document d ON d.kind = 'handle' AND d.name = l.name AND d.part = l.part "
    "WHERE l.index_name = ? AND l.key = ?"
)
time = "2026-03-05T08:00:00.000Z"


def rows(bench: Bench) -> Iterator[Result]:
    """By number of handles; the largest is the headline."""
    quick = bench.scale.generated[0] <= 1000
    spent = {}
    for count in (records_quick,) if quick else (records_quick, records_usual):
        folder = bench.new_folder()
        url = f"sqlite:///{folder / 'ledger.sqlite3'}"
        with bench_log(url, folder, bench.new_pens()):
            pass
        load(Store(url), count)
        spent[count] = _resolved(bench, url, folder, count)
    yield _row(spent)
    yield _searched(bench, url, count)


def _resolved(bench: Bench, url: str, folder: Path, count: int) -> dict[str, list[Spent]]:
    asked, chance = bench.scale.few * requests_per_few, random.Random(7)
    with server(url, folder) as base, closing(_connection(base)) as connection:

        def resolve() -> int:
            for _ in range(asked):
                _get(connection, f"/api/handles/{name(chance.randrange(count))}", b"responseCode")
            return asked

        def bare() -> int:
            for _ in range(asked):
                path = f"{bare_handle_path}/{name(chance.randrange(count))}"
                _get(connection, path, b"responseCode")
            return asked

        # The first round warms both up.
        found = in_turn(bench.scale.rounds + 1, ours=resolve, bare=bare)
    return {who: each[1:] for who, each in found.items()}


def _searched(bench: Bench, url: str, count: int) -> Row:
    """An exact value, found and read, each time in a snapshot of its own."""
    asked, chance = bench.scale.few * requests_per_few, random.Random(7)
    store = Store(url)
    reader = LogReader(store, rule_set())

    def ours() -> int:
        for _ in range(asked):
            term = Term("URL", address(chance.randrange(count)))
            with reader.open() as snapshot:
                found = list(searching.find(snapshot.view, public_reader, [term]))
            if len(found) != 1:
                raise InvariantError(str(term))
        return asked

    def bare() -> int:
        for _ in range(asked):
            key = f"*\nURL\n{address(chance.randrange(count))}"
            told = (searching.by_value_index, key)
            with store.engine.connect() as connection, connection.begin():
                found = connection.exec_driver_sql(bare_search, told).fetchall()
            if len(found) != 1:
                raise InvariantError(key)
        return asked

    spent = in_turn(bench.scale.rounds + 1, ours=ours, bare=bare)
    store.close()
    return Row(
        f"search by an exact value, {count:,} handles",
        median_rate(spent["ours"][1:]),
        median_rate(spent["bare"][1:]),
        "searches/s",
        "the same look-up and document in one statement, in a transaction of the same pool",
    )


def _row(spent: Mapping[int, Mapping[str, list[Spent]]]) -> Row:
    largest = max(spent)
    return Row(
        f"resolution over HTTP, {largest:,} handles, one client",
        median_rate(spent[largest]["ours"]),
        median_rate(spent[largest]["bare"]),
        "handles/s",
        "a handler on the same uvicorn that answers with such a record where the request is, without a thread",
        {size_name(count): median_rate(each["ours"]) for count, each in spent.items()},
    )


def name(number: int) -> str:
    return f"99.100.1/SN-{number:08d}"


def address(number: int) -> str:
    return f"https://example.com/{number}"


def document(number: int) -> dict[str, Any]:
    values = [
        {"index": 1, "type": "URL", "data": address(number), "time": time},
        {"index": 2, "type": "NAME", "data": "电池包", "time": time},
        {"index": 3, "type": "NOTE", "data": "inner", "time": time, "permissions": "1100"},
    ]
    return {"handle": name(number), "owner": core, "since": 9, "values": values}


def load(store: Store, count: int) -> None:
    """So many records, with their rows in the indexes."""
    kind = rule_set().kinds["handle"]
    for start in range(0, count, loaded_at_once):
        made = [
            (name(number), document(number))
            for number in range(start, min(start + loaded_at_once, count))
        ]
        with store.write() as transaction:
            transaction.put_documents(
                [("handle", one, "", orjson.dumps(told).decode()) for one, told in made]
            )
            transaction.put_lookups(
                [
                    (index, key, one, "")
                    for index, keys in kind.indexes.items()
                    for one, told in made
                    for key in keys(one, "", told)
                ]
            )
    store.close()


def _get(connection: http.client.HTTPConnection, path: str, holds: bytes) -> None:
    connection.request("GET", path)
    answer = connection.getresponse()
    data = answer.read()
    if answer.status != 200 or holds not in data:
        raise InvariantError(f"{path}: {answer.status} {data[:200]!r}")


def _connection(base: str) -> http.client.HTTPConnection:
    return http.client.HTTPConnection(urlsplit(base).netloc, timeout=timeout_s)
