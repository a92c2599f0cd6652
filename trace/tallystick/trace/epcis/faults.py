"""What is wrong, where, and what to do about it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NoReturn

from tallystick.trace.errors import EpcisRefused

faults_max = 50


@dataclass(frozen=True, slots=True)
class Fault:
    """`pointer` is a JSON pointer (RFC 6901) into the document as it was sent."""

    pointer: str
    message: str
    advice: str

    def __str__(self) -> str:
        return f"{self.pointer or '/'}: {self.message} ({self.advice})"


@dataclass
class Faults:
    """The faults of one document, in the order found; after `faults_max` the rest is counted only."""

    found: list[Fault] = field(default_factory=list)
    more: int = 0

    def add(self, pointer: str, message: str, advice: str) -> None:
        if len(self.found) < faults_max:
            self.found.append(Fault(pointer, message, advice))
        else:
            self.more += 1

    def raise_any(self) -> None:
        """Raise `EpcisRefused` if anything was found."""
        if self.found:
            raise refusal(self.found, self.more)


def refusal(faults: list[Fault], more: int = 0) -> EpcisRefused:
    said = "; ".join(str(fault) for fault in faults[:3])
    left = len(faults) - 3 + more
    return EpcisRefused(
        said + (f"; and {left} more" if left > 0 else ""),
        errors=[{"pointer": f.pointer, "message": f.message, "advice": f.advice} for f in faults],
        more=more,
    )


def refuse(pointer: str, message: str, advice: str) -> NoReturn:
    """Raise `EpcisRefused` for one fault."""
    raise refusal([Fault(pointer, message, advice)])


def pointer(steps: Iterable[str | int]) -> str:
    """The JSON pointer of a path."""
    return "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in steps)
