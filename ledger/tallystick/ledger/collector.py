"""Python's cycle collector, told to look seldom while one process keeps a whole log's state in memory.

The state is many small documents without cycles; looking through all of them every few hundred entries
was measured at a fifth of the writer's time. Cycles are still collected, later.
"""

from __future__ import annotations

import gc
import threading
from collections.abc import Iterator
from contextlib import contextmanager

relaxed_thresholds = (50_000, 20, 50)

_lock = threading.Lock()
#: How many work at ease now; the first remembers what was set before, the last sets it again.
_users = 0
_before = gc.get_threshold()


def freeze_loaded() -> None:
    """For the rest of a process that begins its work now: what it has loaded stays, and is not looked through again.

    Modules, routes and templates are some hundred thousand objects. Looking through them whenever a large request
    was read was measured at half of the time of a node that takes in batches.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(*relaxed_thresholds)


@contextmanager
def relaxed_collector() -> Iterator[None]:
    """While this process writes, replays or audits a log; users may overlap in any way."""
    global _users, _before
    with _lock:
        if not _users:
            _before = gc.get_threshold()
            gc.set_threshold(*relaxed_thresholds)
        _users += 1
    try:
        yield
    finally:
        with _lock:
            _users -= 1
            if not _users:
                gc.set_threshold(*_before)
