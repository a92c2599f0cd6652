"""A verifier's own copy of the log, asked about evidence. It believes leaves alone, and rebuilds the tree."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from tallystick.ledger import merkle
from tallystick.ledger.checker import Checker
from tallystick.ledger.checkpoint import Checkpoint
from tallystick.ledger.entry import Entry, Envelope, body_hash
from tallystick.ledger.errors import TallystickError
from tallystick.ledger.evidence.copies import Copy
from tallystick.ledger.evidence.errors import EvidenceProvesNothing, EvidenceStoreDiffers
from tallystick.ledger.replay import NotSound, Replay
from tallystick.ledger.replayed import Record
from tallystick.ledger.rules import RuleSet
from tallystick.ledger.speaking import KeyDirectory

#: Findings about the log itself; all others are about what one copy keeps beside it.
_of_the_log = frozenset(
    {
        "entry",
        "id",
        "leaf",
        "block",
        "root in the block",
        "state in the block",
        "heads in the block",
    }
)
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Broken:
    """The first entry that a replay refuses, and the root of the tree that ends with it."""

    record: Record
    finding: NotSound
    root: bytes

    def __str__(self) -> str:
        return self.finding.detail


class HeldLog:
    """A copy of the log, and the rules to replay it with."""

    def __init__(
        self,
        copy: Copy,
        rules: RuleSet,
        directory: KeyDirectory,
        checker: Checker,
        progress: Progress | None = None,
    ) -> None:
        self.copy = copy
        self._rules = rules
        self._directory = directory
        self._checker = checker
        self._progress = progress

    def find(self, author: str, entry_id: str, checkpoint: Checkpoint) -> int | None:
        """Where the entry is under the checkpoint; raises `EvidenceStoreDiffers` if this is another tree."""
        frontier, at = merkle.Frontier(), None
        for record in self._below(checkpoint.size):
            entry = Entry.parse(Envelope.parse(record.leaf).payload)
            if at is None and (entry.author, entry.id) == (author, entry_id):
                at = record.index
            frontier.append(merkle.leaf_hash(record.leaf))
            if self._progress:
                self._progress(frontier.size, checkpoint.size)
        if (frontier.size, frontier.root()) != (checkpoint.size, checkpoint.root):
            raise EvidenceStoreDiffers(
                f"its first {frontier.size} entries are not the tree of the checkpoint of {checkpoint.size}"
            )
        return at

    def refusal(
        self, index: int, leaf_hash: str, checkpoint: Checkpoint, path: Sequence[bytes]
    ) -> Broken:
        """What a replay refuses at the index, where this copy leads to the checkpoint.

        Raises `EvidenceStoreDiffers`, or `EvidenceProvesNothing` if the replay admits the entry.
        """
        broken = self.first_broken(index + 1)
        if broken is None:
            raise EvidenceProvesNothing(
                f"this program admits entry {index} in your copy of the log"
            )
        if broken.record.index != index or merkle.leaf_hash(broken.record.leaf).hex() != leaf_hash:
            raise EvidenceStoreDiffers(f"your copy fails otherwise: {broken}")
        try:
            merkle.verify_consistency(
                index + 1, checkpoint.size, broken.root, checkpoint.root, path
            )
        except merkle.ProofRefused:
            raise EvidenceStoreDiffers(
                f"its first {index + 1} entries do not lead to the checkpoint of {checkpoint.size}"
            ) from None
        return broken

    def first_broken(self, end: int) -> Broken | None:
        """The first of the entries below `end` that the rules refuse.

        Raises `EvidenceStoreDiffers` if something is wrong that may be wrong in this copy alone.
        """
        replay = Replay(self._rules, self._directory, self._checker)
        ahead: dict[int, Record] = {}
        try:
            for _ in replay.run(self._whole(end, ahead)):
                ahead.pop(replay.size - 1)
                if self._progress:
                    self._progress(replay.size, end)
        except NotSound as finding:
            return _broken(replay, ahead, finding)
        if replay.size < end:
            raise EvidenceStoreDiffers(f"it holds {replay.size} entries, not {end}")
        return None

    def _whole(self, end: int, ahead: dict[int, Record]) -> Iterator[Record]:
        """Leaves with bodies that fit them, without attachments: those may be gone or damaged."""
        for record in self._below(end):
            if record.body is None or not _fits(record.leaf, record.salt or b"", record.body):
                raise EvidenceStoreDiffers(f"the body of entry {record.index} is gone or damaged")
            ahead[record.index] = record
            yield Record(record.index, record.leaf, record.salt, record.body)

    def _below(self, end: int) -> Iterator[Record]:
        for record in self.copy.records():
            if record.index >= end:
                return
            yield record


def _broken(replay: Replay, ahead: dict[int, Record], finding: NotSound) -> Broken:
    record = ahead.get(replay.size)
    if record is None or finding.index != record.index or finding.what not in _of_the_log:
        raise EvidenceStoreDiffers(f"what differs may differ in this copy alone: {finding.detail}")
    frontier = replay.tiles.frontier.copy()
    frontier.append(merkle.leaf_hash(record.leaf))
    return Broken(record, finding, frontier.root())


def _fits(leaf: bytes, salt: bytes, body: bytes) -> bool:
    """Whether the body is the one that the leaf names, if the leaf can be read at all."""
    try:
        told = Entry.parse(Envelope.parse(leaf).payload).body_hash
    except TallystickError:
        return True
    return body_hash(salt, body) == told
