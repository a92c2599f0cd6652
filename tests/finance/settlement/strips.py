"""The units of one certificate as a strip of painted cents: what a machine expects of its holdings."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

over = ("paid", "cancelled")


class Unit(NamedTuple):
    """What one cent is: whose, in which state, held by what, and what goes with it."""

    holder: str
    state: str = "free"
    lock: str = ""
    recourse: str = ""
    batch: str = ""
    cover: str = ""


class Run(NamedTuple):
    """Cents [start, end) that are alike."""

    start: int
    end: int
    unit: Unit

    @property
    def size(self) -> int:
        return self.end - self.start


class Strip:
    """Runs of [0, face) in order; neighbours that are alike are one."""

    def __init__(self, face: int, holder: str) -> None:
        self.runs = [Run(0, face, Unit(holder))]

    def those(self, wanted: Callable[[Unit], bool]) -> list[Run]:
        return [run for run in self.runs if wanted(run.unit)]

    def size(self, wanted: Callable[[Unit], bool]) -> int:
        return sum(run.size for run in self.those(wanted))

    def free(self, holder: str) -> list[Run]:
        return self.those(lambda unit: unit.holder == holder and unit.state == "free")

    def locked(self, lock: str) -> list[Run]:
        return self.those(lambda unit: lock in unit.lock.split())

    def paint(self, ranges: Iterable[Run], to: Callable[[Unit], Unit]) -> None:
        """Each cent of these ranges becomes what `to` makes of it."""
        wanted = sorted((run.start, run.end) for run in ranges)
        edges = sorted({edge for pair in wanted for edge in pair})
        painted: list[Run] = []
        for start, end, unit in self.runs:
            inner = [edge for edge in edges if start < edge < end]
            for low, high in zip([start, *inner], [*inner, end], strict=True):
                hit = any(begin <= low < stop for begin, stop in wanted)
                now = to(unit) if hit else unit
                if painted and painted[-1].unit == now:
                    painted[-1] = Run(painted[-1].start, high, now)
                else:
                    painted.append(Run(low, high, now))
        self.runs = painted


def largest_first(runs: Iterable[Run]) -> list[Run]:
    return sorted(runs, key=lambda run: (-run.size, run.start))


def first_of(runs: Sequence[Run], amount: int) -> list[Run]:
    """So many cents from the first of these runs on, the lowest of the last."""
    taken = []
    for run in runs:
        size = min(run.size, amount)
        if size:
            taken.append(Run(run.start, run.start + size, run.unit))
        amount -= size
    if amount:
        raise ValueError(f"{amount} cents are missing")
    return taken


def shares(total: int, weights: dict[str, int]) -> dict[str, int]:
    """By largest remainder, ties to the lower key; without those that get nothing."""
    whole = sum(weights.values())
    found = {key: total * weight // whole for key, weight in weights.items()}
    rests = sorted((-(total * weight % whole), key) for key, weight in weights.items())
    for _, key in rests[: total - sum(found.values())]:
        found[key] += 1
    return {key: share for key, share in sorted(found.items()) if share}


def half_up(numerator: int, denominator: int) -> int:
    whole, rest = divmod(numerator, denominator)
    return whole + (2 * rest >= denominator)
