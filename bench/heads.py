"""The map of heads: what a binding entry costs for it, and how long its proofs are, by size of the map.

The names are generated; the pages stand in a real SQLite database and are changed as a block changes them.
"""

from __future__ import annotations

import hashlib
import random
from collections.abc import Iterator, Sequence
from functools import partial

from bench.context import Bench
from bench.measure import Result, Row, in_turn, median_ms, median_rate, size_name

from tallystick.ledger import Store
from tallystick.ledger.heads import Touch, head_key, prove
from tallystick.ledger.store import UnwrittenHeads

kind = "certificate"
block_touches = 1000


def rows(bench: Bench) -> Iterator[Result]:
    """Names touched per second, and milliseconds per proof, each by size of the map."""
    touched: dict[str, float] = {}
    proven: dict[str, float] = {}
    sizes: dict[str, float] = {}
    raw = bare = 0.0
    for size in bench.scale.heads:
        with bench.sqlite() as url:
            store = Store(url)
            store.migrate()
            _fill(store, size)
            draw = random.Random(size)
            spent = in_turn(
                bench.scale.rounds,
                ours=partial(_touch, store, size, draw),
                raw=partial(_upsert, store, size, draw),
            )
            names = [f"C-{draw.randrange(size)}" for _ in range(bench.scale.few)]
            asked = in_turn(
                bench.scale.rounds,
                ours=partial(_prove, store, names),
                bare=partial(_select, store, names),
            )
            told = size_name(size)
            touched[told], proven[told] = median_rate(spent["ours"]), median_ms(asked["ours"])
            sizes[f"bytes of a proof, {told} names"] = _proof_bytes(store, names)
            raw = raw or median_rate(spent["raw"])
            bare = bare or median_ms(asked["bare"])
            store.close()
    yield Row(
        "heads: names touched, in blocks of 1,000",
        next(iter(touched.values())),
        raw,
        "names/s",
        "an upsert of name and count alone into the same database",
        touched,
    )
    yield Row(
        "heads: proof of presence",
        next(iter(proven.values())),
        bare,
        "ms",
        "one indexed SELECT of the name",
        proven,
        sizes,
    )


def _fill(store: Store, size: int) -> None:
    for low in range(0, size, 50_000):
        names = range(low, min(low + 50_000, size))
        _block(store, [f"C-{n}" for n in names], low)


def _block(store: Store, names: Sequence[str], index: int) -> None:
    """As the writer does, which remembers what was touched since the last block: nothing here."""
    with store.write() as transaction:
        heads = UnwrittenHeads(transaction, {})
        heads.take([Touch(kind, name, index + n, _leaf(name)) for n, name in enumerate(names)])
        heads.seal(index + len(names), index)
        heads.flush()


def _touch(store: Store, size: int, draw: random.Random) -> int:
    names = [f"C-{n}" for n in draw.sample(range(size), min(size, block_touches))]
    with store.read() as transaction:
        newest = transaction.connection.exec_driver_sql("SELECT max(last) FROM head").scalar()
    _block(store, names, int(newest or 0) + 1)
    return len(names)


def _upsert(store: Store, size: int, draw: random.Random) -> int:
    names = [f"C-{n}" for n in draw.sample(range(size), min(size, block_touches))]
    with store.write() as transaction:
        c = transaction.connection
        c.exec_driver_sql("CREATE TABLE IF NOT EXISTS plain (name TEXT PRIMARY KEY, n INTEGER)")
        c.exec_driver_sql("INSERT OR REPLACE INTO plain VALUES (?, 1)", [(name,) for name in names])
    return len(names)


def _prove(store: Store, names: Sequence[str]) -> int:
    with store.read() as transaction:
        for name in names:
            prove(transaction.heads, head_key(kind, name))
    return len(names)


def _select(store: Store, names: Sequence[str]) -> int:
    with store.read() as transaction:
        for name in names:
            transaction.heads.known([(kind, name)])
    return len(names)


def _proof_bytes(store: Store, names: Sequence[str]) -> float:
    with store.read() as transaction:
        paths = [prove(transaction.heads, head_key(kind, name))[1].path for name in names]
    return round(sum(32 * len(path) for path in paths) / len(paths))


def _leaf(name: str) -> bytes:
    return hashlib.sha256(name.encode()).digest()
