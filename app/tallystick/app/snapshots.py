"""The snapshot of one request: taken when the request first looks, in the thread that works on it.

Each step from one thread to another costs about as much as a resolution. So nothing is opened beforehand, and what
was opened is let go of where the request ends, unless that would wait for a server.
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from types import TracebackType
from typing import Self

from fastapi.concurrency import run_in_threadpool

from tallystick.ledger import LogReader, Snapshot


class SnapshotOfRequest:
    """Used with `async with`. Not for several threads at once."""

    def __init__(self, log: LogReader) -> None:
        self._log = log
        self._open: AbstractContextManager[Snapshot] | None = None
        self._taken: Snapshot | None = None

    def take(self) -> Snapshot:
        """The same one each time. Raises `StoreUnusable`."""
        if self._taken is None:
            opening = self._log.open()
            self._taken = opening.__enter__()
            self._open = opening
        return self._taken

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> bool | None:
        """What the database said of a failed look gets its name here, as in any `with`."""
        if self._open is None:
            return None
        if self._log.is_beside:
            return self._open.__exit__(kind, error, trace)
        return await run_in_threadpool(self._open.__exit__, kind, error, trace)
