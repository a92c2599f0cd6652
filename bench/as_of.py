"""What a record said then: resolution as of an index and of a time, with ten versions of each handle.

Records and entries are generated and loaded in bulk; what resolves them is the product's own.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from functools import partial

from bench.context import Bench
from bench.measure import Result, Row, in_turn, median_ms, size_name

from tallystick.app.bootstrap import rule_set
from tallystick.identity import index_of, resolve
from tallystick.ledger import InvariantError, LogReader, Snapshot, Store, canonical, instant
from tallystick.ledger.store import EntryRow, TreeState

versions = 10
loaded_at_once = 20_000
begin_ms = 1_767_600_000_000
owner = "99.100/O-BENCH00000000"
#: Handles are written by the hundred, as in bulk.
handles_per_entry = 100


def rows(bench: Bench) -> Iterator[Result]:
    """Milliseconds for each resolution, by number of handles; each version is written with those of 99 others."""
    index, time, now = dict[str, float](), dict[str, float](), dict[str, float]()
    for size in bench.scale.heads:
        with bench.sqlite() as url:
            store = Store(url)
            store.migrate()
            _load(store, size)
            draw = random.Random(size)
            asked = [
                (_handle(draw.randrange(size)), draw.randrange(1, versions))
                for _ in range(bench.scale.few)
            ]
            reader = LogReader(store, rule_set())
            told = size_name(size)
            spent = in_turn(
                bench.scale.rounds,
                index=partial(_each, reader, asked, partial(_as_of_index, size)),
                time=partial(_each, reader, asked, partial(_as_of_time, size)),
                now=partial(_each, reader, asked, _now),
            )
            index[told], time[told] = median_ms(spent["index"]), median_ms(spent["time"])
            now[told] = median_ms(spent["now"])
            store.close()
    for name, figures in (("an index", index), ("a time", time)):
        yield Row(
            f"handle resolved as of {name}, {versions} versions of each",
            next(iter(figures.values())),
            next(iter(now.values())),
            "ms",
            "the same handles resolved as they are now, in the same store",
            figures,
            {f"now, {told}": spent_ms for told, spent_ms in now.items()},
        )


def _as_of_index(size: int, snapshot: Snapshot, handle: str, version: int) -> None:
    _check(snapshot, handle, version, version * size // handles_per_entry)


def _as_of_time(size: int, snapshot: Snapshot, handle: str, version: int) -> None:
    last = index_of(snapshot, instant(begin_ms + version * size // handles_per_entry))
    _check(snapshot, handle, version, last)


def _check(snapshot: Snapshot, handle: str, version: int, at: int) -> None:
    found = resolve(snapshot.view, handle, at)
    if found is None or found.values[0].value not in (f"{version}", f"{version - 1}"):
        raise InvariantError(f"{handle} as of {at}: {found}")


def _now(snapshot: Snapshot, handle: str, version: int) -> None:
    found = resolve(snapshot.view, handle)
    if found is None or found.values[0].value != f"{versions - 1}":
        raise InvariantError(f"{handle} before {version}: {found}")


def _each(
    reader: LogReader,
    asked: Sequence[tuple[str, int]],
    resolves: Callable[[Snapshot, str, int], None],
) -> int:
    """Each in a snapshot of its own, as a request has one."""
    for handle, version in asked:
        with reader.open() as snapshot:
            resolves(snapshot, handle, version)
    return len(asked)


def _load(store: Store, size: int) -> None:
    """Entries follow one another by a millisecond, and go through all handles once for each version."""
    count = versions * size
    for low in range(0, count, loaded_at_once):
        numbers = range(low, min(low + loaded_at_once, count))
        with store.write() as transaction:
            written = sorted({number // handles_per_entry for number in numbers})
            transaction.add_entries([_entry(index) for index in written])
            transaction.fill("document", [_document(number, size) for number in numbers])
    with store.write() as transaction:
        entries = count // handles_per_entry
        tree = TreeState(entries, bytes(32), b"", bytes(32), entries, instant(begin_ms + entries))
        transaction.set_tree(None, tree)


def _entry(index: int) -> EntryRow:
    return EntryRow(
        index, owner, f"{index}", "identity.handle.write/1", None, "accepted", None,
        instant(begin_ms + index), b"", b"", b"",
    )  # fmt: skip


def _document(number: int, size: int) -> tuple[str, str, str, str]:
    version, handle = divmod(number, size)
    since = number // handles_per_entry
    value = {"index": 1, "type": "NAME", "data": f"{version}", "time": instant(begin_ms + since)}
    row = {"handle": _handle(handle), "owner": owner, "since": since, "values": [value]}
    past = version < versions - 1
    kind, part = ("handle-past", f"{since:020d}") if past else ("handle", "")
    return kind, _handle(handle), part, canonical.encode(row).decode()


def _handle(number: int) -> str:
    return f"99.100.1/SN-{number:09d}"
