"""Where the time goes: a profile of the appending process, summed by room of the house.

The time of library code (SQL driver, JSON, hashing) goes to the rooms that called it, in proportion.
Profiling slows small functions most, so read the shares and not the seconds.
"""

from __future__ import annotations

import cProfile
import pstats
from collections.abc import Callable, Mapping
from typing import Any

Function = tuple[str, int, str]
Shares = dict[str, float]

#: (part of a file's path, function or "" for all) -> room; the first that fits counts.
rooms: tuple[tuple[str, str, str], ...] = (
    ("ledger/wire.py", "", "parse the request"),
    ("ledger/keys.py", "", "verify signatures"),
    ("ledger/verify.py", "_body_fits", "check bodies"),
    ("ledger/verify.py", "", "parse the entry"),
    ("ledger/entry.py", "", "parse the entry"),
    ("ledger/checker.py", "", "parse the entry"),
    ("trace/summarise.py", "", "check attachments"),
    ("trace/epcis/", "", "check attachments"),
    ("ledger/judge.py", "take", "state hash"),
    ("ledger/judge.py", "document", "state hash"),
    ("ledger/attachments.py", "", "check attachments"),
    ("ledger/judge.py", "_check_body", "check bodies"),
    ("ledger/rules.py", "parse_body", "check bodies"),
    ("ledger/judge.py", "", "judge: stream, keys"),
    ("ledger/speaking.py", "", "judge: stream, keys"),
    ("identity/keyring.py", "", "judge: stream, keys"),
    ("ledger/rules.py", "", "rules"),
    ("identity/tallystick/", "", "rules"),
    ("trace/tallystick/", "", "rules"),
    ("finance/tallystick/", "", "rules"),
    ("ledger/tiles.py", "", "tree and tiles"),
    ("ledger/store/", "", "storage"),
    ("ledger/batch.py", "", "batch keeping"),
    ("ledger/service.py", "", "batch keeping"),
)


def breakdown(work: Callable[[], object]) -> dict[str, float]:
    """Percent of the work's own processor time by room, largest first."""
    profile = cProfile.Profile()
    profile.runcall(work)
    stats: Any = pstats.Stats(profile)
    told = _Told(stats.stats)
    total = sum(told.seconds.values()) or 1.0
    ordered = sorted(told.seconds.items(), key=lambda item: -item[1])
    return {room: round(100 * seconds / total, 1) for room, seconds in ordered}


class _Told:
    """Hands every function's own time to rooms."""

    def __init__(self, stats: Mapping[Function, tuple[int, int, float, float, Any]]) -> None:
        self._stats = stats
        self._shares: dict[Function, Shares] = {}
        self.seconds: Shares = {}
        for function, (_, _, own, _, callers) in stats.items():
            room = _room(function)
            if room is not None:
                self._add(room, own)
                continue
            for caller, (_, _, part, _) in callers.items():
                for name, share in self._of(caller).items():
                    self._add(name, part * share)

    def _add(self, room: str, seconds: float) -> None:
        self.seconds[room] = self.seconds.get(room, 0.0) + seconds

    def _of(self, function: Function) -> Shares:
        """The rooms on whose behalf a function runs; a call back into itself counts for nobody."""
        room = _room(function)
        if room is not None:
            return {room: 1.0}
        if function in self._shares:
            return self._shares[function]
        self._shares[function] = {}
        found: Shares = {}
        for caller, edge in self._stats[function][4].items():
            for name, share in self._of(caller).items():
                found[name] = found.get(name, 0.0) + share * edge[3]
        total = sum(found.values())
        shares = {name: part / total for name, part in found.items()} if total else {}
        self._shares[function] = shares or {"the rest": 1.0}
        return self._shares[function]


def _room(function: Function) -> str | None:
    file, _, name = function
    if "/tallystick/" not in file:
        return None
    for part, called, room in rooms:
        if part in file and called in ("", name):
            return room
    return None
