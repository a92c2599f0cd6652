"""A scan on the device: EPCIS event made, checked, summarised, signed and durable in the queue."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

from bench.context import Bench
from bench.measure import Result, Row, in_turn, median_rate
from bench.pens import RunningClock, Seeded, commissioning, key, origin, prefix, scanners

from tallystick.scanners import Device, HttpTransport, Queue

nowhere = "http://127.0.0.1:9"


def rows(bench: Bench) -> Iterator[Result]:
    handle, count = scanners[0], bench.scale.few * 2
    folder = bench.new_folder()
    queue = Queue(folder / "queue.sqlite3", handle, origin)
    device = Device(
        handle,
        key(f"300:{handle}"),
        origin,
        queue,
        HttpTransport(nowhere),
        RunningClock(),
        Seeded("device"),
    )

    def ours() -> int:
        for n in range(count):
            device.capture([commissioning(f"{prefix}/IT-{n:07d}")])
        return count

    ours()
    newest = queue.entry(queue.position().seq - 1)
    size = 0
    if newest is not None:
        s = newest.submission
        size = len(s.envelope) + len(s.body) + sum(len(a.data) for a in s.attachments)
    bare = _Bare(folder / "bare.sqlite3", bytes(size))
    spent = in_turn(bench.scale.rounds, ours=ours, bare=lambda: bare.insert(count))
    bare.close()
    yield Row(
        "scan captured on the device",
        median_rate(spent["ours"]),
        median_rate(spent["bare"]),
        "captures/s",
        "one row of the same size inserted and committed with synchronous=FULL",
        details={"bytes of a capture": size},
    )


class _Bare:
    """A table of one column; one durable transaction per row."""

    def __init__(self, path: Path, row: bytes) -> None:
        self._connection = sqlite3.connect(path, isolation_level=None)
        self._connection.execute("PRAGMA journal_mode=WAL")
        self._connection.execute("PRAGMA synchronous=FULL")
        self._connection.execute("CREATE TABLE queue (n INTEGER PRIMARY KEY, data BLOB NOT NULL)")
        self._row = row

    def insert(self, count: int) -> int:
        for _ in range(count):
            self._connection.execute("INSERT INTO queue (data) VALUES (?)", (self._row,))
        return count

    def close(self) -> None:
        self._connection.close()
