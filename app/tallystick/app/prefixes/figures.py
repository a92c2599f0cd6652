"""How often handles are asked for, kept by day: counted in memory, written in batches by a thread of its own."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

import structlog

from tallystick.app.bootstrap import Node
from tallystick.identity import DailyCounts
from tallystick.ledger import TallystickError

written_every_s = 15.0
stop_timeout_s = 10
_log = structlog.get_logger()


class Figures:
    """The figures of one serving process; several add to the same rows."""

    def __init__(self, node: Node) -> None:
        self._node = node
        self.counts = DailyCounts(self._keep)
        self._stop = threading.Event()

    def read(self, prefix: str, first: str, last: str) -> Mapping[str, Mapping[str, int]]:
        """Day → outcome → how often, with what waits to be written."""
        self.flush()
        with self._node.store.read() as transaction:
            return transaction.daily.of(prefix, first, last)

    def flush(self) -> None:
        """Write what waits; what cannot be written now waits on, and is said in the log."""
        try:
            self.counts.flush()
        except TallystickError as error:
            _log.warning("figures-not-written", code=error.code, detail=error.detail)

    @contextmanager
    def kept(self) -> Iterator[None]:
        """Written every few seconds, and once more at the end."""
        thread = threading.Thread(target=self._run, name="figures", daemon=True)
        thread.start()
        try:
            yield
        finally:
            self._stop.set()
            thread.join(stop_timeout_s)
            self.flush()

    def _run(self) -> None:
        while not self._stop.wait(written_every_s):
            self.flush()

    def _keep(self, rows: Sequence[tuple[str, str, str, int]]) -> None:
        with self._node.store.write() as transaction:
            transaction.daily.add(rows)
