"""What a replay saw of attachments, held against what the log says was erased."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from tallystick.ledger.replay import NotSound, Replay
from tallystick.ledger.replayed import Record
from tallystick.ledger.store import erasure_kind

Name = tuple[int, str]


@dataclass(frozen=True, slots=True)
class Attachments:
    """`seen`: compared with their hashes; `unseen`: there, and sealed under a master key that was not given.

    `erased`: an entry says so, and nothing of them is left.
    """

    seen: int = 0
    unseen: int = 0
    erased: int = 0


@dataclass(frozen=True, slots=True)
class Attended:
    """`missing`: gone, and no entry erased them."""

    told: Attachments = Attachments()
    missing: int = 0


class Holding(Protocol):
    """A source that may still hold what was erased."""

    def still_there(self, names: Sequence[Name]) -> Sequence[Name]:
        """Those of these attachments of which anything is left."""
        ...


def attend(standing: object, holding: Holding | None) -> Attended:
    """Raises `NotSound` if anything is left of what an entry erased; without rules nothing is known.

    Each that was erased counts as that alone, also where an earlier run saw it before. `holding` None: whoever asks
    erases it itself.
    """
    if not isinstance(standing, Replay):
        return Attended()
    names = erased_names(standing)
    if left := sorted(holding.still_there(names)) if holding else []:
        index, digest = left[0]
        raise NotSound("attachments", f"{digest} erased", "it is still there", index)
    tally, before = standing.tally, Counter(standing.scratch.why_not_seen(*name) for name in names)
    told = Attachments(
        tally.attachments - before[None], tally.attachments_unseen - before["unseen"], len(names)
    )
    return Attended(told, tally.attachments_missing - before["missing"])


def erased_names(replay: Replay) -> list[Name]:
    """(entry, hash) of everything that was erased."""
    replay.flush()
    return [(int(name), part) for name, part in replay.scratch.of_kind(erasure_kind)]


def held_in(record: Callable[[int], Record | None], names: Sequence[Name]) -> list[Name]:
    """Those of these attachments that a source still gives with their entries."""
    found: list[Name] = []
    for index in sorted({index for index, _ in names}):
        given = record(index)
        there = given.hashes() if given else frozenset[str]()
        found += [name for name in names if name[0] == index and name[1] in there]
    return found
