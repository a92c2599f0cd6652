"""Whether those as whom clients write still stand in the log: a client outlives neither its device nor its person.

A device that was retired, replaced or stopped as a clone, and a person who left or is suspended, write nothing any
more; so nobody reads by them either. Each process looks again after a second at most, as it does for clients.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, cast

from tallystick.identity import devices
from tallystick.ledger import LogReader, View

known_for_ns = 1_000_000_000
_gone = frozenset({"retired", "replaced", "suspended"})


@dataclass
class Authors:
    """Of one process; `now_ns` never goes back. Known are no more of them than there are clients."""

    reader: LogReader
    now_ns: Callable[[], int] = time.monotonic_ns
    _known: dict[str, bool] = field(default_factory=dict)
    _size: int = -1
    _read_ns: int | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def stand(self, author: str) -> bool:
        """Whether entries of this organisation, device or person are not refused for who it is."""
        if not self.is_fresh() or author not in self._known:
            self._look(author)
        return self._known[author]

    def is_fresh(self) -> bool:
        """Whether `stand` needs no look at the log, for an author that was asked about before."""
        read_ns = self._read_ns
        return read_ns is not None and self.now_ns() - read_ns < known_for_ns

    def forget(self) -> None:
        """Look at the log again when somebody asks."""
        self._read_ns = None

    def _look(self, author: str) -> None:
        with self._lock:
            if self.is_fresh() and author in self._known:
                return
            now_ns = self.now_ns()
            with self.reader.open() as snapshot:
                size = snapshot.size()
                known = self._known if size == self._size else {}
                asked = {*self._known, author} - known.keys()
                self._known = known | {one: stands(snapshot.view, one) for one in asked}
            self._size, self._read_ns = size, now_ns


def stands(view: View, author: str) -> bool:
    """Whether it is registered, and neither a device nor a person that has ended or is stopped."""
    if view.get("device", author) is not None:
        return devices.device(view, author).state not in _gone
    person = cast(dict[str, Any] | None, view.get("person", author))
    if person is not None:
        return not {"left", "suspended"} & person.keys()
    return view.get("organisation", author) is not None
