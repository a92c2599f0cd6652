"""Transfers by the number of fragments in memory, and signed and durable against plain double entry."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from functools import partial
from statistics import median

import psycopg
from bench.certificates import appended, back_and_forth, moved_between_balances
from bench.context import Bench
from bench.log import bench_log
from bench.measure import Result, Row, in_turn, median_rate, spend
from bench.trade import Trade
from sqlalchemy import make_url

from tallystick.finance import Book, Lot, Tag, run_transfers, tiered_moves
from tallystick.finance.receivables.exercise import Move

fragments_tried = (10, 65, 250, 499)
face = 900_000_000
firms = 25
batch_transfers = 512
create = (
    "CREATE TABLE balance (holder TEXT PRIMARY KEY, amount BIGINT NOT NULL CHECK (amount >= 0))",
    "CREATE TABLE posting (id BIGINT, holder TEXT NOT NULL, amount BIGINT NOT NULL)",
)
Post = Callable[[list[tuple[str, str, int]]], None]


def rows(bench: Bench) -> Iterator[Result]:
    yield _by_fragments(bench)
    with bench.sqlite() as url, bench.sqlite() as plain:
        yield _durable(bench, "SQLite", url, plain)
    with bench.postgresql() as url, bench.postgresql() as plain:
        yield _durable(bench, "PostgreSQL", url, plain)


def _by_fragments(bench: Bench) -> Row:
    """A fragment of one firm goes to another and back, among more and more fragments of the same certificate."""
    count = bench.scale.few * 50
    moves = tiered_moves(min(count, 2000))
    growth, bare = {}, []
    for fragments in fragments_tried:
        book = _fragmented(fragments)
        back = _to_and_fro(count, fragments)
        spent = in_turn(
            bench.scale.rounds,
            ours=partial(run_transfers, book, back),
            bare=partial(moved_between_balances, moves),
        )
        growth[f"{fragments} fragments"] = median_rate(spent["ours"])
        bare.append(median_rate(spent["bare"]))
    return Row(
        "transfer on a book in memory, among fragments",
        growth["65 fragments"],
        median(bare),
        "transfers/s",
        "amounts moved between balances in a dict",
        growth,
    )


def _fragmented(fragments: int) -> Book:
    """Fragments of one size, of 25 firms in turn: neighbours never join."""
    size = face // fragments
    return Book(Lot(n * size, (n + 1) * size, Tag(f"S{n % firms:02d}")) for n in range(fragments))


def _to_and_fro(count: int, fragments: int) -> list[Move]:
    """Whole fragments, so that their number stays as it is."""
    holders, amount = min(firms, fragments), face // fragments
    moves: list[Move] = []
    for n in range(count // 2):
        giver, taker = f"S{n % holders:02d}", f"S{(n + 7) % holders:02d}"
        moves += [(giver, taker, amount), (taker, giver, amount)]
    return moves


def _durable(bench: Bench, name: str, url: str, plain: str) -> Row:
    """An offer and its acceptance, two signatures, against two rows and two balances in one transaction."""
    ours, bare, alone = [], [], []
    with bench_log(url, bench.new_folder(), bench.new_pens()) as log, _plain(plain) as post:
        trade = Trade(log)
        log.ledger.checker = bench.checker(0)
        certificate = trade.certificate()
        trade.split(certificate, 10)
        for _ in range(bench.scale.rounds):
            transfers = back_and_forth(trade, certificate, bench.scale.few)
            acts = [act for one in transfers for act in (one.offer, one.accept)]
            ours.append(median_rate([spend(partial(appended, log, acts))]) / 2)
            moves = [(f"A{n % firms}", f"B{n % firms}", 1) for n in range(bench.scale.few)]
            bare.append(median_rate([spend(partial(_post, post, moves, batch_transfers))]))
            alone.append(median_rate([spend(partial(_post, post, moves, 1))]))
    return Row(
        f"transfers (offer, acceptance) signed and durable on {name}, and double entry",
        median(ours),
        median(bare),
        "transfers/s",
        f"two rows and two balances each, {batch_transfers} in a transaction, unsigned",
        {},
        {"one transaction for each, transfers/s": round(median(alone))},
    )


def _post(post: Post, moves: list[tuple[str, str, int]], size: int) -> int:
    for start in range(0, len(moves), size):
        post(moves[start : start + size])
    return len(moves)


@contextmanager
def _plain(url: str) -> Iterator[Post]:
    """A database that knows debits and credits, and nothing else."""
    path = make_url(url)
    if path.drivername.startswith("sqlite"):
        with closing(sqlite3.connect(str(path.database), isolation_level=None)) as connection:
            connection.execute("PRAGMA journal_mode=WAL")
            connection.execute("PRAGMA synchronous=FULL")
            yield _posting(connection, "?")
        return
    plain = path.set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(plain, autocommit=True) as connection:
        yield _posting(connection, "%s")


def _posting(connection: sqlite3.Connection | psycopg.Connection, mark: str) -> Post:
    for statement in create:
        connection.execute(statement)
    for n in range(firms):
        for side in "AB":
            told = (f"{side}{n}", 10**12)
            connection.execute(f"INSERT INTO balance VALUES ({mark}, {mark})", told)
    insert = f"INSERT INTO posting VALUES ({mark}, {mark}, {mark})"
    change = f"UPDATE balance SET amount = amount + {mark} WHERE holder = {mark}"

    def post(moves: list[tuple[str, str, int]]) -> None:
        connection.execute("BEGIN")
        for number, (giver, taker, amount) in enumerate(moves):
            for holder, minor in ((giver, -amount), (taker, amount)):
                connection.execute(insert, (number, holder, minor))
                connection.execute(change, (minor, holder))
        connection.execute("COMMIT")

    return post
