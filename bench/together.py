"""64 transfers at once, of one certificate and of 64, against 16 connections that post as many by two rows each."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack, closing, contextmanager
from functools import partial
from statistics import median
from typing import Any

import psycopg
from bench.context import Bench
from bench.log import BenchLog, bench_log
from bench.measure import Result, Row, median_rate, spend
from bench.trade import Trade, Transfer, others, owner
from sqlalchemy import make_url

from tallystick.ledger import Answer, Sequencer, Submission

Submit = Callable[[list[Submission]], list[Answer]]
writers_max = 64
#: A test server of PostgreSQL takes no 64.
connections = 16
patience_s = 60
_create = (
    "CREATE TABLE account (holder TEXT PRIMARY KEY, amount BIGINT NOT NULL CHECK (amount >= 0))",
    "CREATE TABLE entry (id BIGINT, holder TEXT NOT NULL, amount BIGINT NOT NULL)",
)


def rows(bench: Bench) -> Iterator[Result]:
    with bench.sqlite() as url, bench.sqlite() as plain:
        yield from _on(bench, "SQLite", url, plain)
    with bench.postgresql() as url, bench.postgresql() as plain:
        yield from _on(bench, "PostgreSQL", url, plain)


def transfers_of(trade: Trade, names: Sequence[str], count: int) -> list[Transfer]:
    """So many transfers by the first holder, over these certificates in turn."""
    return [
        trade.transfer(names[n % len(names)], owner, others[n % len(others)]) for n in range(count)
    ]


def pass_at_once(submit: Submit, made: Sequence[Transfer]) -> int:
    """Each by a client of its own, offer and then acceptance; raises where one is refused."""
    start = threading.Barrier(len(made))
    with ThreadPoolExecutor(len(made)) as pool:
        list(pool.map(lambda one: _passed(submit, start, one), made))
    return len(made)


def _on(bench: Bench, name: str, url: str, plain: str) -> Iterator[Row]:
    with bench_log(url, bench.new_folder(), bench.new_pens()) as log, _clients(plain) as clients:
        log.ledger.checker = bench.checker(0)
        trade = Trade(log)
        writers = min(writers_max, bench.scale.few)
        for certificates in (1, writers):
            rounds = [
                transfers_of(trade, [trade.certificate() for _ in range(certificates)], writers)
                for _ in range(bench.scale.rounds)
            ]
            ours, bare = [], []
            with sequencing(log) as submit:
                for made in rounds:
                    ours.append(median_rate([spend(partial(pass_at_once, submit, made))]))
                    bare.append(
                        median_rate([spend(partial(_post_at_once, clients, writers, certificates))])
                    )
            of = "one certificate" if certificates == 1 else f"{certificates} certificates"
            yield Row(
                f"{writers} transfers (offer, acceptance) at once, of {of}, durable on {name}",
                median(ours),
                median(bare),
                "transfers/s",
                f"{connections} connections, {writers} transactions of two rows and two balances, from "
                f"{'one account' if certificates == 1 else 'as many accounts'}, unsigned",
            )


def _passed(submit: Submit, start: threading.Barrier, transfer: Transfer) -> None:
    start.wait(patience_s)
    for entry in (transfer.offer, transfer.accept):
        (answer,) = submit([entry])
        if not answer.accepted:
            raise AssertionError(answer)


@contextmanager
def sequencing(log: BenchLog) -> Iterator[Submit]:
    """As a served node takes entries in: what waits goes into one commit."""
    sequencer = Sequencer(log.ledger)
    sequencer.start()
    try:
        yield sequencer.submit
    finally:
        sequencer.stop()


@contextmanager
def connected(url: str) -> Iterator[tuple[Any, str]]:
    """A connection to the plain database, and how it marks a parameter."""
    path = make_url(url)
    if path.drivername.startswith("sqlite"):
        opened: AbstractContextManager[Any] = closing(
            sqlite3.connect(
                str(path.database),
                isolation_level=None,
                timeout=patience_s,
                check_same_thread=False,
            )
        )
        with opened as connection:
            connection.execute("PRAGMA journal_mode=WAL")
            connection.execute("PRAGMA synchronous=FULL")
            yield connection, "?"
        return
    told = path.set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(told, autocommit=True) as connection:
        yield connection, "%s"


@contextmanager
def _clients(url: str) -> Iterator[list[tuple[Any, str]]]:
    """Connections to a database that knows debits and credits and nothing else."""
    with ExitStack() as stack:
        found = [stack.enter_context(connected(url)) for _ in range(connections)]
        connection, mark = found[0]
        for statement in _create:
            connection.execute(statement)
        for n in range(writers_max):
            for side in "AB":
                told = (f"{side}{n}", 10**12)
                connection.execute(f"INSERT INTO account VALUES ({mark}, {mark})", told)
        yield found


def _post_at_once(clients: Sequence[tuple[Any, str]], writers: int, accounts: int) -> int:
    start = threading.Barrier(len(clients))

    def post(place: int) -> None:
        connection, mark = clients[place]
        insert = f"INSERT INTO entry VALUES ({mark}, {mark}, {mark})"
        change = f"UPDATE account SET amount = amount + {mark} WHERE holder = {mark}"
        start.wait(patience_s)
        for number in range(place, writers, len(clients)):
            connection.execute("BEGIN IMMEDIATE" if mark == "?" else "BEGIN")
            for holder, minor in ((f"A{number % accounts}", -1), (f"B{number}", 1)):
                connection.execute(insert, (number, holder, minor))
                connection.execute(change, (minor, holder))
            connection.execute("COMMIT")

    with ThreadPoolExecutor(len(clients)) as pool:
        list(pool.map(post, range(len(clients))))
    return writers
