"""What a seed decides, and what was reached by it."""

from __future__ import annotations

import hashlib
import random
from collections import Counter
from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")

#: What may go wrong with an operation, and what may befall the machines. Each run has about half of them, at a
#: rate of its own: rare mixes are reached too.
faults = (
    "crash-before-commit",
    "crash-after-commit",
    "lost-commit-answer",
    "full-disk",
    "lost-reply",
    "signer-crash",
    "signer-full-disk",
    "witness-crash",
    "witness-full-disk",
    "network",
    "garbled-feed",
    "mirror-crash",
)
misfortunes = (
    "paused-sequencer",
    "moved-session",
    "failover",
    "unconfirmed-commit",
    "clock-jump",
    "restart",
)


class Violation(AssertionError):
    """Something that may never be was seen."""


class Crash(BaseException):
    """The process that runs now is dead."""


class Chance:
    """Draws from one seed. `cases` counts what was reached, `trace` says it in order."""

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self.rng = random.Random(f"tallystick/{seed}")
        self.cases: Counter[str] = Counter()
        self.trace: list[str] = []
        self.quiet = False
        self.rates = {name: self.rng.choice((0, 0, 10, 40, 120)) for name in faults}
        self.rates |= {name: self.rng.choice((0, 0, 60, 300)) for name in misfortunes}

    def fault(self, name: str) -> bool:
        """Whether this fault happens now; never once the run is healing."""
        if self.quiet or self.rng.randrange(1000) >= self.rates[name]:
            return False
        self.reached(name)
        return True

    def one_in(self, n: int) -> bool:
        return self.rng.randrange(n) == 0

    def among(self, options: Sequence[T]) -> T:
        return self.rng.choice(options)

    def reached(self, case: str, said: str = "") -> None:
        self.cases[case] += 1
        self.say(f"{case} {said}".strip())

    def say(self, line: str) -> None:
        self.trace.append(line)

    def digest(self) -> str:
        """The same for two runs in which the same happened."""
        return hashlib.sha256("\n".join(self.trace).encode()).hexdigest()[:16]


class SimClock:
    """One machine's clock: the world's time and what it is off by."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.off_ms = 0

    def now_ms(self) -> int:
        return self._world.ms + self.off_ms


class World:
    """Time itself."""

    def __init__(self, start_ms: int) -> None:
        self.ms = start_ms

    def now_ns(self) -> int:
        return self.ms * 1_000_000
