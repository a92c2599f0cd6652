"""One parser under fuzzing: valid inputs, what is understood of an input, and what must never happen.

A parser may refuse by a `TallystickError`, and raises nothing else. What it accepts is judged by `accepts`:

- `bytes`: the form is canonical, so `read` gives back the input's own bytes;
- `meaning`: the input is signed or proven, so `read` gives what one of the valid inputs gives;
- `anything`: nothing signs the input and several spellings are allowed.
"""

from __future__ import annotations

import random
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

from tests.fuzzing.mutate import mutated

from tallystick.ledger import InvariantError, TallystickError

Accepts = Literal["bytes", "meaning", "anything"]
case_seconds_max = 5.0


class Refused(TallystickError):
    """The caller of the parser refuses this input before it comes to it."""

    code = "fuzzing-refused"
    status = 400
    title = "Not for this parser"


class Wrong(AssertionError):
    """A parser crashed, took too long, or accepted what it must not."""


@dataclass
class Parser:
    """`minimum` cases are reached in every run, however slow the machine."""

    read: Callable[[bytes], object]
    make_seeds: Callable[[], Sequence[bytes]]
    accepts: Accepts = "anything"
    minimum: int = 20
    name: str = field(default="", init=False)

    @cached_property
    def seeds(self) -> list[bytes]:
        return list(self.make_seeds())

    @cached_property
    def meanings(self) -> list[object]:
        return [self.read(seed) for seed in self.seeds]

    def check_seeds(self) -> None:
        """Each is accepted: else the mutations would begin with something refused."""
        if not self.seeds:
            raise Wrong(f"{self.name}: no seeds")
        for seed, meaning in zip(self.seeds, self.meanings, strict=True):
            if self.accepts == "bytes" and meaning != seed:
                raise Wrong(f"{self.name}: {seed[:200]!r} is read as {meaning!r:.200}")

    def cases(self, seed: int) -> Iterator[bytes]:
        for number in range(2**31):
            yield self.case(seed, number)

    def case(self, seed: int, number: int) -> bytes:
        return mutated(self.seeds, random.Random(f"{self.name}/{seed}/{number}"))

    def check(self, data: bytes) -> bool:
        """Whether it is accepted; raises `Wrong`."""
        began = time.monotonic()
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                found = self.read(data)
        except InvariantError as error:
            raise Wrong(f"{self.name}: {error} by {data[:2000]!r}") from error
        except TallystickError:
            return False
        except Exception as error:
            raise Wrong(f"{self.name} crashed: {error!r:.300} by {data[:2000]!r}") from error
        if (took := time.monotonic() - began) > case_seconds_max:
            raise Wrong(f"{self.name} took {took:.1f} s for {data[:2000]!r}")
        if self.accepts == "bytes" and found != data:
            raise Wrong(f"{self.name} reads {data[:2000]!r} as {found!r:.500}")
        if self.accepts == "meaning" and found not in self.meanings:
            raise Wrong(f"{self.name} accepts {data[:2000]!r} as {found!r:.500}")
        return True

    def run(self, seconds: float, seed: int) -> tuple[int, int]:
        """(cases, accepted) within the seconds, and never fewer than the minimum."""
        self.check_seeds()
        end = time.monotonic() + seconds
        count = accepted = 0
        for data in self.cases(seed):
            if count >= self.minimum and time.monotonic() >= end:
                break
            try:
                accepted += self.check(data)
            except Wrong as error:
                said = f"python -m tests.fuzzing {self.name} --seed {seed} --case {count}"
                raise Wrong(f"{error}\nagain: {said}") from error.__cause__
            count += 1
        return count, accepted


def text(read: Callable[[str], object]) -> Callable[[bytes], object]:
    """For a parser of text: bytes that are no UTF-8 become lone surrogates, as in arguments of a command."""
    return lambda data: read(data.decode("utf-8", "surrogateescape"))
