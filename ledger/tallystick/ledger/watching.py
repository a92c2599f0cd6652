"""What the one writer tells whoever measures it: a call for each batch, block and failure.

The ledger counts nothing itself. Whoever runs it hands in a `Watch`; calls come from the writer's thread,
so they must be short and never raise.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from tallystick.ledger.submission import Answer


class Watch(Protocol):
    """Times are nanoseconds of the monotonic clock."""

    def took(self, answers: Sequence[Answer], elapsed_ns: int) -> None:
        """A batch is durable, after so long of judging and writing."""
        ...

    def sealed(self, elapsed_ns: int) -> None:
        """A block is written, and its checkpoint signed."""
        ...

    def failed(self, error: Exception) -> None:
        """A batch or a block could not be written."""
        ...


class Unwatched:
    """Nobody measures."""

    def took(self, answers: Sequence[Answer], elapsed_ns: int) -> None: ...

    def sealed(self, elapsed_ns: int) -> None: ...

    def failed(self, error: Exception) -> None: ...
