"""What a replay saw of attachments, held against what the log says was erased."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from tallystick.ledger import rebuilt
from tallystick.ledger.replay import NotSound, Replay, Replayed
from tallystick.ledger.rules import RuleSet
from tallystick.ledger.store import erasure_kind

Name = tuple[int, str]
StillThere = Callable[[Sequence[Name]], Sequence[Name]]


@dataclass(frozen=True, slots=True)
class Attachments:
    """`seen`: compared with their hashes; `unseen`: there, and sealed under a master key that was not given."""

    seen: int
    unseen: int
    erased: int


@dataclass
class Attended:
    """Counts while a replay goes by. Only what is missing is kept: erasures are few."""

    _seen: int = 0
    _unseen: int = 0
    _erased: int = 0
    _missing: set[Name] = field(default_factory=set)

    @property
    def missing(self) -> int:
        """Gone, and no entry erased it; as of `check`."""
        return len(self._missing)

    def take(self, rules: RuleSet, done: Replayed) -> frozenset[str]:
        """The hashes that are missing of this entry; raises `NotSound`."""
        gone = rebuilt.missing_attachments(rules, done)
        self._seen += len(done.record.attachments)
        self._unseen += len(done.record.unseen)
        self._missing.update((done.record.index, digest) for digest in gone)
        return gone

    def check(self, replay: Replay, still_there: StillThere) -> None:
        """Raises `NotSound` if anything is left of what an entry erased."""
        names = erased_names(replay)
        if left := sorted(still_there(names)):
            index, digest = left[0]
            raise NotSound("attachments", f"{digest} erased", "it is still there", index)
        self._erased = len(names)
        self._missing.difference_update(names)

    def told(self) -> Attachments:
        return Attachments(self._seen, self._unseen, self._erased)


def erased_names(replay: Replay) -> list[Name]:
    """(entry, hash) of everything that was erased."""
    return [
        (int(name), part)
        for (kind, name, part), _ in replay.state.documents()
        if kind == erasure_kind
    ]
