"""Whether a process is stopping, and how many requests it is answering."""

from __future__ import annotations

import asyncio
import threading
import time
from dataclasses import dataclass

from tallystick.app.operations.reasons import LoopStuck
from tallystick.ledger import Stopping

loop_answers_within_s = 2


@dataclass
class Standing:
    """One for each process. `in_flight` is counted on the event loop alone."""

    in_flight: int = 0
    stopping_since_ns: int = 0
    loop: asyncio.AbstractEventLoop | None = None

    def begin_stopping(self) -> None:
        """From now on new requests are refused with Retry-After."""
        if not self.stopping_since_ns:
            self.stopping_since_ns = time.monotonic_ns()

    @property
    def stopping(self) -> bool:
        return self.stopping_since_ns > 0

    def stopping_for_ms(self) -> int:
        return (time.monotonic_ns() - self.stopping_since_ns) // 1_000_000

    def require_staying(self) -> None:
        """Raises `Stopping`."""
        if self.stopping:
            raise Stopping

    def require_loop(self) -> None:
        """Raises `LoopStuck`. Never call it on the loop."""
        if self.loop is None or self.loop.is_closed():
            return
        answered = threading.Event()
        self.loop.call_soon_threadsafe(answered.set)
        if not answered.wait(loop_answers_within_s):
            raise LoopStuck(f"for {loop_answers_within_s} seconds")
