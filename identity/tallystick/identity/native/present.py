"""What the log says now, for a server that answers thousands of questions a second.

One snapshot serves all questions of a moment, at most `fresh_ms`; so an answer is never older than that. Whoever
remembers answers forgets them when `generation` changes: nothing in the state changes but by an entry.
"""

from __future__ import annotations

import time
from contextlib import ExitStack

from tallystick.ledger import LogReader, Snapshot

fresh_ms = 50
_fresh_ns = fresh_ms * 1_000_000


class Present:
    """Not for several threads at once."""

    def __init__(self, reader: LogReader) -> None:
        self._reader = reader
        self._open: ExitStack | None = None
        self._snapshot: Snapshot | None = None
        self._since_ns = 0
        self._size = -1
        self.generation = 0

    def refresh(self) -> int:
        """The generation, looked up again if the last look is too old."""
        now_ns = time.monotonic_ns()
        if self._open is None or now_ns - self._since_ns > _fresh_ns:
            self._renew(now_ns)
        return self.generation

    @property
    def snapshot(self) -> Snapshot:
        """As `refresh` found it last."""
        if self._snapshot is None:
            raise RuntimeError("refresh opens it")
        return self._snapshot

    def rest(self) -> None:
        """Let go of a snapshot that is too old to be used: it would hold up the database."""
        if self._open is not None and time.monotonic_ns() - self._since_ns > _fresh_ns:
            self.close()

    def close(self) -> None:
        if self._open is not None:
            self._open.close()
        self._open = self._snapshot = None

    def _renew(self, now_ns: int) -> None:
        self.close()
        with ExitStack() as stack:
            snapshot = stack.enter_context(self._reader.open())
            size = snapshot.size()
            self._snapshot, self._open = snapshot, stack.pop_all()
        self._since_ns = now_ns
        if size != self._size:
            self._size, self.generation = size, self.generation + 1
