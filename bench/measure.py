"""Rows of figures, and how they are taken: ours and the reference in turn, medians of both."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

#: Does some work and says how many things it did.
Work = Callable[[], int]
Details = Mapping[str, float | str]


@dataclass(frozen=True, slots=True)
class Row:
    """One hot path. `unit` ends in `/s` (more is better) or is `ms` (less is better).

    `against` says what the reference is; `growth` is our figure by size; `details` are what else was
    measured on the way.
    """

    name: str
    ours: float
    reference: float
    unit: str
    against: str
    growth: Mapping[str, float] = field(default_factory=dict)
    details: Details = field(default_factory=dict)

    @property
    def ratio(self) -> float:
        """Our speed in parts of the reference's: 1 is as fast, 0.5 half as fast."""
        if self.unit.endswith("/s"):
            return self.ours / self.reference
        return self.reference / self.ours


@dataclass(frozen=True, slots=True)
class Skipped:
    """A row that could not be measured here."""

    name: str
    reason: str


Result = Row | Skipped


@dataclass(slots=True)
class Spent:
    """Things done, and the seconds they took: on the wall and of this process's processor time."""

    count: int = 0
    wall_s: float = 0.0
    cpu_s: float = 0.0

    @property
    def rate(self) -> float:
        return self.count / self.wall_s

    @property
    def cpu_each_s(self) -> float:
        return self.cpu_s / self.count


def spend(work: Work) -> Spent:
    """Do the work once."""
    cpu, wall = time.process_time(), time.perf_counter()
    count = work()
    return Spent(count, time.perf_counter() - wall, time.process_time() - cpu)


def in_turn(rounds: int, **works: Work) -> dict[str, list[Spent]]:
    """Each work once per round, in order, so that a busy moment of the machine hits all alike."""
    spent: dict[str, list[Spent]] = {name: [] for name in works}
    for _ in range(rounds):
        for name, work in works.items():
            spent[name].append(spend(work))
    return spent


def median_rate(spent: list[Spent]) -> float:
    return statistics.median(one.rate for one in spent)


def median_cpu(spent: list[Spent]) -> float:
    """Processor seconds per thing."""
    return statistics.median(one.cpu_each_s for one in spent)


def median_ms(spent: list[Spent]) -> float:
    """Milliseconds per thing."""
    return 1000 / median_rate(spent)


def times(count: int, act: Callable[[], object]) -> Work:
    """A work that does `act` so many times."""

    def work() -> int:
        for _ in range(count):
            act()
        return count

    return work


def size_name(size: int) -> str:
    """`10^4` for 10,000; else the number."""
    text = f"{size}"
    return f"10^{len(text) - 1}" if text == "1" + "0" * (len(text) - 1) else text
