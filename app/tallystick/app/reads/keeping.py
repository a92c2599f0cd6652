"""Keeping the read log: rows wait in memory and are written by a thread of their own, off every request's path.

A clean stop loses none. A kill loses what waits: what was looked at within about `written_every_s`. While rows
cannot be written they wait, `waiting_max` of them; beyond that a request writes itself, so that nobody reads faster
than it is noted. Once a day is over and settled, its root goes into the log (`telling`).
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import structlog

from tallystick.app.bootstrap import Node
from tallystick.app.reads.seen import Looked
from tallystick.app.reads.who import Who, row_of
from tallystick.ledger import Clock, KeptRead, Reader, SystemClock, TallystickError, reads

written_every_s = 1.0
told_every_s = 60.0
stop_timeout_s = 10
waiting_max = 20_000
_log = structlog.get_logger()


class ReadLog:
    """Of one process; several write into the same tables."""

    def __init__(self, node: Node, clock: Clock | None = None) -> None:
        self._node = node
        self._clock = clock or SystemClock()
        self._waiting: list[reads.ReadRow] = []
        self._lock = threading.Lock()
        self._writing = threading.Lock()
        self._stop = threading.Event()

    def note(self, who: Who, reader: Reader, looked: Looked, route: str, path: str) -> None:
        """What a request was let see; nothing of one that saw what everybody sees."""
        if not looked:
            return
        row = row_of(who, reader, looked, self._clock.now_ms(), route, path)
        with self._lock:
            self._waiting.append(row)
            full = len(self._waiting) > waiting_max
        if full:
            self.flush()

    def flush(self) -> None:
        """Write what waits; what cannot be written now waits on, and is said in the log of the process."""
        with self._writing:
            with self._lock:
                rows, self._waiting = self._waiting, []
            if not rows:
                return
            try:
                with self._node.store.note() as transaction:
                    transaction.reads.add([_kept(row, self._today()) for row in rows])
            except TallystickError as error:
                _log.error("reads-not-written", rows=len(rows), code=error.code)
                with self._lock:
                    self._waiting = [*rows, *self._waiting]

    def waiting(self) -> int:
        return len(self._waiting)

    @contextmanager
    def kept(self, tell: Callable[[], object] | None = None) -> Iterator[None]:
        """Written every second, and once more at the end; `tell` says what is due of earlier days."""
        thread = threading.Thread(target=self._run, args=(tell,), name="reads", daemon=True)
        thread.start()
        try:
            yield
        finally:
            self._stop.set()
            thread.join(stop_timeout_s)
            self.flush()

    def _today(self) -> str:
        """A row belongs to the day on which it is written: so no day grows after it was told."""
        return reads.day_of(self._clock.now_ms())

    def _run(self, tell: Callable[[], object] | None) -> None:
        next_s = time.monotonic() + written_every_s
        while not self._stop.wait(written_every_s):
            self.flush()
            if tell is not None and time.monotonic() >= next_s:
                next_s = time.monotonic() + told_every_s
                tell()


def _kept(row: reads.ReadRow, day: str) -> KeptRead:
    return KeptRead(
        day, reads.new_row_id(), row.at_ms, row.organisation or "", row.parties, row.encode()
    )
