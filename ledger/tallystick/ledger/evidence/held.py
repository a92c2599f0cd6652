"""A verifier's own copy of the log, asked about evidence. It believes leaves alone, and rebuilds the tree."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from tallystick.ledger import merkle
from tallystick.ledger.checker import Checker
from tallystick.ledger.checkpoint import Checkpoint
from tallystick.ledger.entry import Entry, Envelope, body_hash
from tallystick.ledger.errors import TallystickError
from tallystick.ledger.evidence.errors import EvidenceProvesNothing, EvidenceStoreDiffers
from tallystick.ledger.reader import LogReader
from tallystick.ledger.replay import NotSound, Record, Replay
from tallystick.ledger.rules import RuleSet
from tallystick.ledger.speaking import KeyDirectory
from tallystick.ledger.store import EntryRow, Store

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
    """The first entry that a replay refuses, and the tree that ends with it."""

    row: EntryRow
    finding: NotSound
    root: bytes

    def __str__(self) -> str:
        return self.finding.detail


class HeldLog:
    """A store, and the rules to replay it with."""

    def __init__(
        self,
        store: Store,
        rules: RuleSet,
        directory: KeyDirectory,
        checker: Checker,
        progress: Progress | None = None,
    ) -> None:
        self._store = store
        self._rules = rules
        self._directory = directory
        self._checker = checker
        self._progress = progress
        self.reader = LogReader(store, rules)

    def find(self, author: str, entry_id: str, checkpoint: Checkpoint) -> int | None:
        """Where the entry is under the checkpoint; raises `EvidenceStoreDiffers` if this is another tree."""
        frontier, at = merkle.Frontier(), None
        for row in self._rows(checkpoint.size):
            entry = Entry.parse(Envelope.parse(row.leaf).payload)
            if at is None and (entry.author, entry.id) == (author, entry_id):
                at = row.index
            frontier.append(merkle.leaf_hash(row.leaf))
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
        if broken.row.index != index or merkle.leaf_hash(broken.row.leaf).hex() != leaf_hash:
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
        rows: dict[int, EntryRow] = {}
        try:
            for _ in replay.run(self._records(end, rows)):
                rows.pop(replay.size - 1)
                if self._progress:
                    self._progress(replay.size, end)
        except NotSound as finding:
            return self._broken(replay, rows, finding)
        if replay.size < end:
            raise EvidenceStoreDiffers(f"it holds {replay.size} entries, not {end}")
        return None

    def _broken(self, replay: Replay, rows: dict[int, EntryRow], finding: NotSound) -> Broken:
        row = rows.get(replay.size)
        if row is None or finding.index != row.index or finding.what not in _of_the_log:
            raise EvidenceStoreDiffers(
                f"what differs may differ in this copy alone: {finding.detail}"
            )
        frontier = replay.tiles.frontier.copy()
        frontier.append(merkle.leaf_hash(row.leaf))
        return Broken(row, finding, frontier.root())

    def _records(self, end: int, rows: dict[int, EntryRow]) -> Iterator[Record]:
        """Leaves with bodies that fit them, without attachments: those may be gone or damaged."""
        with self._store.read() as transaction:
            for page in transaction.pages():
                bodies = {body.index: body for body in page.bodies}
                for row in page.entries:
                    if row.index >= end:
                        return
                    body = bodies.get(row.index)
                    if body is None or not _fits(row, body.salt, body.data):
                        raise EvidenceStoreDiffers(
                            f"the body of entry {row.index} is gone or damaged"
                        )
                    rows[row.index] = row
                    yield Record(row.index, row.leaf, body.salt, body.data)

    def _rows(self, end: int) -> Iterator[EntryRow]:
        with self._store.read() as transaction:
            for page in transaction.pages():
                for row in page.entries:
                    if row.index >= end:
                        return
                    yield row


def _fits(row: EntryRow, salt: bytes, body: bytes) -> bool:
    """Whether the body is the one that the leaf names, if the leaf can be read at all."""
    try:
        told = Entry.parse(Envelope.parse(row.leaf).payload).body_hash
    except TallystickError:
        return True
    return body_hash(salt, body) == told
