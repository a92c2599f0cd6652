"""What each organisation was given to read, kept between requests until an entry changes it."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from functools import partial

from tallystick.app.credentials.moment import now_ms
from tallystick.identity import sharing
from tallystick.ledger import Clock, Snapshot, SystemClock, View, instant

#: Organisations whose gifts are kept in memory; the one asked longest ago goes first.
kept_max = 1000


class SharingDesk:
    """Of one process."""

    def __init__(self, clock: Clock | None = None) -> None:
        self._clock = clock or SystemClock()
        self._kept: OrderedDict[str, tuple[int, sharing.Given]] = OrderedDict()
        self._lock = threading.Lock()

    def today(self, view: View) -> str:
        """The day, in UTC, by which agreements hold; in a simulated log that of its newest block."""
        return instant(now_ms(view, self._clock))[:10]

    def holding(
        self, take: Callable[[], Snapshot], admits: frozenset[str], organisation: str
    ) -> sharing.Holding | None:
        """For one request; nothing is looked up before something is asked that is not the reader's own."""
        if not admits:
            return None
        return sharing.Holding(
            lambda: self.given(take().view, organisation),
            lambda handle: sharing.place_in(take().view, handle),
            admits,
        )

    def of(
        self, take: Callable[[], Snapshot], admits: frozenset[str]
    ) -> Callable[[str], sharing.Holding | None]:
        """`holding`, but for the organisation."""
        return partial(self.holding, take, admits)

    def given(self, view: View, organisation: str) -> tuple[sharing.Given, str]:
        """What an organisation was given, and today."""
        index = sharing.changed_at(view, organisation)
        if index is None:
            return sharing.nothing, ""
        today = self.today(view)
        with self._lock:
            kept = self._kept.get(organisation)
            if kept is not None and kept[0] == index:
                self._kept.move_to_end(organisation)
                return kept[1], today
        found = sharing.given_to(view, organisation)
        with self._lock:
            self._kept[organisation] = (index, found)
            self._kept.move_to_end(organisation)
            while len(self._kept) > kept_max:
                self._kept.popitem(last=False)
        return found, today
