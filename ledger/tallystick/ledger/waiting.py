"""How many requests with entries may wait at once, and how much memory they may hold.

A request waits until its entries are durable. Those that wait have threads of their own, so that a crowd of
writers leaves the readers theirs; whoever comes when there is no room is told so at once, before the body is
read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TypeVar

from anyio import CapacityLimiter, to_thread

from tallystick.ledger.sequencer import Busy, waiting_batches_max

requests_waiting_max = waiting_batches_max
bytes_waiting_max = 512 * 1024 * 1024

Result = TypeVar("Result")


@dataclass
class WaitingRoom:
    """Of one event loop; nothing in it is shared between threads."""

    requests_max: int = requests_waiting_max
    bytes_max: int = bytes_waiting_max
    _requests: int = 0
    _bytes: int = 0
    _threads: CapacityLimiter = field(init=False)

    def __post_init__(self) -> None:
        self._threads = CapacityLimiter(self.requests_max)

    @contextmanager
    def place(self, size: int) -> Iterator[None]:
        """For a request of at most so many bytes; raises `Busy`."""
        if self._requests >= self.requests_max:
            raise Busy(f"{self._requests} requests wait")
        if self._requests and self._bytes + size > self.bytes_max:
            raise Busy(f"{self._bytes} bytes wait")
        self._requests, self._bytes = self._requests + 1, self._bytes + size
        try:
            yield
        finally:
            self._requests, self._bytes = self._requests - 1, self._bytes - size

    async def run(self, work: Callable[[], Result]) -> Result:
        """In a thread of those that wait."""
        return await to_thread.run_sync(work, limiter=self._threads)
