"""An inclusion proof from cold: a fresh connection, no tile in our memory.

The stores are bulk-loaded with generated leaves: real tiles and a real checkpoint, but entries that nobody
signed. The operating system may still have pages of the file in its memory, for both alike.
"""

from __future__ import annotations

import hashlib
import random
from collections.abc import Iterator, Sequence
from functools import partial

from bench.context import Bench
from bench.measure import Result, Row, in_turn, median_ms, size_name
from bench.pens import core, key, log, origin

from tallystick.app.bootstrap import rule_set
from tallystick.ledger import Checkpoint, FileMemory, LogReader, LogSigner, Store, tiles
from tallystick.ledger.merkle import Frontier
from tallystick.ledger.store import EntryRow, TreeState

page_entries = 8192
leaf_bytes = 700


def rows(bench: Bench) -> Iterator[Result]:
    """Milliseconds per proof file, by size of the log."""
    growth, bare = {}, 0.0
    for size in bench.scale.generated:
        with bench.sqlite() as url:
            store = Store(url)
            _load(store, size, bench)
            reader = LogReader(store, rule_set())
            chosen = random.Random(size).choices(range(size), k=bench.scale.few)
            spent = in_turn(
                bench.scale.rounds,
                ours=partial(_proofs, store, reader, chosen),
                bare=partial(_selects, store, chosen),
            )
            store.close()
        growth[size_name(size)] = median_ms(spent["ours"])
        bare = bare or median_ms(spent["bare"])
    yield Row(
        "inclusion proof from cold (generated leaves)",
        next(iter(growth.values())),
        bare,
        "ms",
        "one indexed SELECT of the entry on a fresh connection",
        growth,
    )


def _proofs(store: Store, reader: LogReader, indexes: Sequence[int]) -> int:
    for index in indexes:
        store.engine.dispose()
        with reader.open() as snapshot:
            snapshot.proof_file(index).encode()
    return len(indexes)


def _selects(store: Store, indexes: Sequence[int]) -> int:
    for index in indexes:
        store.engine.dispose()
        with store.engine.connect() as connection:
            connection.exec_driver_sql("SELECT leaf FROM entry WHERE idx = ?", (index,)).one()
    return len(indexes)


def _load(store: Store, size: int, bench: Bench) -> None:
    """Entries, tiles, tree and checkpoint of `size` generated leaves."""
    store.migrate()
    builder = tiles.TileBuilder(Frontier(), lambda _level, _n: b"")
    with store.write() as transaction:
        for low in range(0, size, page_entries):
            rows = [_row(index) for index in range(low, min(low + page_entries, size))]
            for row in rows:
                builder.append(row.leaf_hash)
            transaction.add_entries(rows)
        touched = builder.touched.items()
        transaction.put_tiles((level, n, bytes(data)) for (level, n), data in touched)
        frontier = builder.frontier
        root = frontier.root()
        transaction.set_tree(
            None, TreeState(size, root, frontier.encode(), bytes(32), size, _row(0).time)
        )
        signer = LogSigner(origin, key(f"300:{log}"), FileMemory(bench.new_folder() / "last.json"))
        transaction.add_checkpoint(size, signer.sign(Checkpoint(origin, size, root), []).encode())


def _row(index: int) -> EntryRow:
    leaf = hashlib.shake_256(b"leaf %d" % index).digest(leaf_bytes)
    digest = hashlib.sha256(b"\x00" + leaf).digest()
    return EntryRow(
        index, core, f"{index:032x}", "bench.generated/1", None, "accepted", None,
        "2026-03-05T08:00:00.000Z", digest, digest, leaf,
    )  # fmt: skip
