"""An inclusion proof from cold: nothing of the tree is in our memory, and on SQLite the connection is fresh.

The stores are bulk-loaded with generated leaves (`bench.generated`). The operating system and the server may
still have pages of the files in their memory, for both alike.
"""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, closing
from dataclasses import dataclass
from functools import partial
from typing import Any

import psycopg
from bench.context import Bench
from bench.generated import leaf_tile, load, needed
from bench.measure import Result, Row, Skipped, in_turn, median_ms, size_name
from bench.pens import key, log, origin
from sqlalchemy import make_url
from tests import postgres

from tallystick.app.bootstrap import rule_set
from tallystick.ledger import LogReader, Store, Verifier, merkle, open_checkpoint, tiles

checked = 5
Fresh = Callable[[], AbstractContextManager[str]]
Keys = Sequence[Sequence[tiles.Tile]]


@dataclass(frozen=True, slots=True)
class Timed:
    """Milliseconds each; `rows` is how many rows a proof needs, its checkpoint among them."""

    ours: float
    bare: float
    rows: float


def rows(bench: Bench) -> Iterator[Result]:
    """Milliseconds per proof file, by size of the log."""
    yield _row(bench, "SQLite", bench.sqlite, "a fresh connection")
    try:
        yield _row(bench, "PostgreSQL", bench.postgresql, "a connection that is kept")
    except postgres.Unavailable as error:
        yield Skipped("inclusion proof, PostgreSQL", str(error))


def _row(bench: Bench, database: str, fresh: Fresh, connection: str) -> Row:
    timed = {size: _timed(bench, fresh, size) for size in bench.scale.generated}
    largest = timed[max(timed)]
    return Row(
        f"inclusion proof from cold, {database} (generated leaves)",
        largest.ours,
        largest.bare,
        "ms",
        f"the rows that it needs by primary key, one at a time, by the bare driver on {connection}",
        {size_name(size): one.ours for size, one in timed.items()},
        {f"reference at {size_name(size)}, ms": one.bare for size, one in timed.items()}
        | {"rows for a proof at the largest size": largest.rows},
    )


def _timed(bench: Bench, fresh: Fresh, size: int) -> Timed:
    with fresh() as url, closing(Store(url)) as store:
        load(store, size, bench.new_folder())
        reader = LogReader(store, rule_set())
        chosen = random.Random(size).choices(range(size), k=bench.scale.few)
        _check(reader, chosen[:checked], size)
        keys = [needed(index, size) for index in chosen]
        with closing(_bare(url)) as bare:
            spent = in_turn(
                bench.scale.rounds,
                ours=partial(_proofs, store, reader, chosen),
                bare=partial(bare.read, keys, size),
            )
    count = sum(len(one) + 1 for one in keys) / len(keys)
    return Timed(median_ms(spent["ours"]), median_ms(spent["bare"]), count)


def _proofs(store: Store, reader: LogReader, indexes: Sequence[int]) -> int:
    for index in indexes:
        if store.dialect == "sqlite":
            store.engine.dispose()
        with reader.open() as snapshot:
            snapshot.proof_file(index).encode()
    return len(indexes)


def _check(reader: LogReader, indexes: Sequence[int], size: int) -> None:
    """Proofs that do not verify are not worth measuring."""
    for index in indexes:
        n, place = divmod(index, tiles.width)
        leaf = leaf_tile(n, size)[place * tiles.hash_bytes :][: tiles.hash_bytes]
        with reader.open() as snapshot:
            proof = snapshot.proof_file(index)
        checkpoint = open_checkpoint(proof.checkpoint, _verifier())
        merkle.verify_inclusion(leaf, index, size, proof.path, checkpoint.root)


def _verifier() -> Verifier:
    return Verifier(origin, key(f"300:{log}").private.public)


class _BareSqlite:
    """A connection for each proof."""

    mark = "?"

    def __init__(self, path: str) -> None:
        self._path = path

    def read(self, keys: Keys, size: int) -> int:
        for tiles_of_one in keys:
            with closing(sqlite3.connect(self._path, isolation_level=None)) as connection:
                _select(connection, self.mark, tiles_of_one, size)
        return len(keys)

    def close(self) -> None:
        """Nothing is kept."""


class _BarePostgres:
    """One connection for all, as a pool keeps it."""

    mark = "%s"

    def __init__(self, url: str) -> None:
        self._connection = psycopg.connect(url, autocommit=True)

    def read(self, keys: Keys, size: int) -> int:
        for tiles_of_one in keys:
            _select(self._connection, self.mark, tiles_of_one, size)
        return len(keys)

    def close(self) -> None:
        self._connection.close()


def _bare(url: str) -> _BareSqlite | _BarePostgres:
    parsed = make_url(url)
    if parsed.drivername == "sqlite":
        return _BareSqlite(str(parsed.database))
    return _BarePostgres(parsed.set(drivername="postgresql").render_as_string(hide_password=False))


def _select(connection: Any, mark: str, wanted: Sequence[tiles.Tile], size: int) -> None:
    tile = f"SELECT hashes FROM tile WHERE level = {mark} AND n = {mark}"
    for place in wanted:
        connection.execute(tile, place).fetchone()
    connection.execute(f"SELECT note FROM checkpoint WHERE size = {mark}", (size,)).fetchone()
