"""Whether a series of samples is flat: what the soak run promises about memory and latency.

A series is cut into windows of equal length; a line is laid through the windows' values by the median of the
slopes between all pairs (Theil and Sen), so that a few bad moments of the machine decide nothing. What the
line gains from the first to the last window is the growth, and has a limit.
"""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

#: Start-up, caches that fill, and the first checkpoints are no trend.
warming_share = 0.15
windows = 20
samples_per_window_min = 3


@dataclass(frozen=True, slots=True)
class Limit:
    """How much a series may gain: a share of its median or so many units, whichever is more."""

    share: float
    units: float


memory_limit = Limit(0.10, 16.0)
p50_limit = Limit(0.35, 4.0)
p99_limit = Limit(0.75, 60.0)


@dataclass(frozen=True, slots=True)
class Trend:
    """What became of one series. `gained` is in its unit, over all windows after warming up."""

    name: str
    unit: str
    first: float
    median: float
    last: float
    gained: float
    allowed: float
    values: tuple[float, ...]

    @property
    def flat(self) -> bool:
        return self.gained <= self.allowed

    def told(self) -> str:
        verdict = "flat" if self.flat else "NOT FLAT"
        return (
            f"{self.name:<44} {self.first:>9.1f} {self.median:>9.1f} {self.last:>9.1f}"
            f" {self.gained:>+9.1f} {self.allowed:>9.1f}  {self.unit:<4} {verdict}"
        )


heading = (
    f"{'series':<44} {'first':>9} {'median':>9} {'last':>9} {'gained':>9} {'allowed':>9}  unit"
)


class TooShort(ValueError):
    """There are too few samples to say anything."""


def trend(name: str, unit: str, values: Sequence[float], limit: Limit) -> Trend:
    """The trend of one value per window."""
    if len(values) < 3:
        raise TooShort(f"{name}: {len(values)} windows")
    slopes = [(b - a) / (j - i) for (i, a), (j, b) in combinations(enumerate(values), 2)]
    middle = statistics.median(values)
    return Trend(
        name,
        unit,
        values[0],
        middle,
        values[-1],
        statistics.median(slopes) * (len(values) - 1),
        max(limit.share * middle, limit.units),
        tuple(values),
    )


def windowed(samples: Sequence[tuple[float, float]], begin: float, end: float) -> list[list[float]]:
    """The values of (time, value) samples by window of [begin, end], without the warming up."""
    start = begin + (end - begin) * warming_share
    width = (end - start) / windows
    found: list[list[float]] = [[] for _ in range(windows)]
    for at, value in samples:
        if start <= at < end:
            found[min(int((at - start) / width), windows - 1)].append(value)
    return [values for values in found if len(values) >= samples_per_window_min]


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that at least this share of the values do not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, max(0, -(-int(share * 1000) * len(ordered) // 1000) - 1))]
