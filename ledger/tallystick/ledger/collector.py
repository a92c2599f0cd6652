"""Python's cycle collector, told to look seldom while one process keeps a whole log's state in memory.

The state is many small documents without cycles; looking through all of them every few hundred entries
was measured at a fifth of the writer's time. Cycles are still collected, later.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

young_max = 50_000
middle_max = 20
old_max = 50


def relax() -> None:
    """For the rest of this process."""
    gc.freeze()
    gc.set_threshold(young_max, middle_max, old_max)


@contextmanager
def relaxed_collector() -> Iterator[None]:
    """While this process writes, replays or audits a log."""
    before = gc.get_threshold()
    gc.set_threshold(young_max, middle_max, old_max)
    try:
        yield
    finally:
        gc.set_threshold(*before)
