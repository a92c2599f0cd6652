"""Replaying a log from its leaves and bodies, believing nothing (pure: no I/O).

For each record, in order: the leaf is well-formed and its signatures verify by keys valid at its index;
streams are gap-free; ids are not reused; the rule gives the recorded outcome; and every block states the
tree, the state and the height that were computed here. What stands at the end is what every projection
must equal.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any

from tallystick.ledger import merkle, system
from tallystick.ledger.checker import Checker, Chunk
from tallystick.ledger.earlier import earlier_entry
from tallystick.ledger.entry import Attachment, Entry, Envelope, Submission
from tallystick.ledger.errors import TallystickError
from tallystick.ledger.governance import RulesUnknown, epoch_type
from tallystick.ledger.heads import RunningHeads
from tallystick.ledger.judge import Judge, Outcome, Stream
from tallystick.ledger.keys import PublicKey
from tallystick.ledger.rules import Earlier, RuleSet
from tallystick.ledger.speaking import KeyDirectory
from tallystick.ledger.state import MemoryState
from tallystick.ledger.tiles import TileBuilder
from tallystick.ledger.verify import SignatureInvalid, Verdict, Verified, key_references, verify

chunk_records = 1024


class NotSound(TallystickError):
    """A finding of the audit: what differs, where, what was expected and what was found."""

    code = "not-sound"
    status = 500
    title = "The ledger is not sound"
    advice = "Keep this copy as evidence and compare it with a backup or another party's copy."

    def __init__(
        self, what: str, expected: object, found: object, index: int | None = None
    ) -> None:
        where = f"index {index}, {what}" if index is not None else what
        super().__init__(f"{where}: expected {_shown(expected)}, found {_shown(found)}")
        self.what, self.expected, self.found, self.index = what, expected, found, index


@dataclass(frozen=True, slots=True)
class Record:
    """One entry as a store or an export gives it.

    `unseen`: hashes of attachments that are there and that nobody could open.
    """

    index: int
    leaf: bytes
    salt: bytes | None
    body: bytes | None
    attachments: tuple[Attachment, ...] = ()
    unseen: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Replayed:
    """An entry after replay: what its stored columns must say."""

    record: Record
    verified: Verified
    outcome: Outcome
    time: str


Find = Callable[[int], Record | None]


class Replay:
    """The log so far: `judge`, tree and what was seen.

    `find`: where earlier records are had again, for the few rules that look at them (`Act.earlier`).
    """

    def __init__(self, rules: RuleSet, directory: KeyDirectory, checker: Checker) -> None:
        self.rules = rules
        self.state = MemoryState()
        self.judge = Judge(rules, directory, self.state, _no_stream)
        self.judge.find_earlier = self._earlier
        self.find: Find = _no_record
        self.refused: set[int] = set()
        self.tiles = TileBuilder(merkle.Frontier(), _no_tile)
        self.heads = RunningHeads()
        self.block_size = 0
        self.block_sizes: set[int] = set()
        self.parties: list[tuple[str, int]] = []
        self.roots: dict[int, bytes] = {}
        self._directory = directory
        self._checker = checker
        self._ids: set[tuple[str, str]] = set()
        self._keys: dict[str, PublicKey] = {}

    @property
    def size(self) -> int:
        return self.judge.index

    def run(self, records: Iterable[Record], roots_at: Iterable[int] = ()) -> Iterator[Replayed]:
        """Replay records in order; raises `NotSound` at the first that is wrong.

        The root is kept in `roots` for each size in `roots_at` and at each block.
        """
        wanted = set(roots_at)
        source = iter(records)
        chunk = list(islice(source, chunk_records))
        verdicts = self._begin(chunk)
        while chunk:
            following = list(islice(source, chunk_records))
            begun = self._begin(following)
            done = [verdict for checked in verdicts for verdict in checked.result()]
            for record, verdict in zip(chunk, done, strict=True):
                yield self._take(record, verdict)
                if self.size in wanted:
                    self.roots[self.size] = self.tiles.frontier.root()
            chunk, verdicts = following, begun

    def _begin(self, records: list[Record]) -> list[Chunk]:
        return self._checker.start([_submission(record) for record in records], dict(self._keys))

    def _take(self, record: Record, verdict: Verdict) -> Replayed:
        index = self.size
        if record.index != index:
            raise NotSound("entry", f"entry {index}", f"entry {record.index}", index)
        verified = self._verified(record, verdict)
        entry = verified.entry
        if (entry.author, entry.id) in self._ids:
            raise NotSound("id", "an id not used before", entry.id, index)
        if record.body is None or record.salt is None:
            raise NotSound("body", "the body of this entry", "nothing", index)
        submission = Submission(record.leaf, record.body, record.salt, record.attachments)
        if entry.type == system.block_type:
            self._check_block(record, index)
        if entry.type == epoch_type:
            self._check_epoch(record, index)
        time = self.judge.time_of(entry)
        try:
            outcome = self.judge.outcome(submission, verified, intake=False)
            if record.attachments and outcome.refusal is not None:
                raise NotSound(
                    "attachments", "none of a refused entry", len(record.attachments), index
                )
        except (NotSound, RulesUnknown):
            raise
        except TallystickError as error:
            raise NotSound(
                "entry", "an entry that the rules admit", error.diagnosis(), index
            ) from None
        if outcome.refusal is not None:
            self.refused.add(index)
        self._ids.add((entry.author, entry.id))
        self.judge.take(verified, outcome)
        self.tiles.append(verified.leaf_hash)
        self.parties.extend((party, index) for party in outcome.parties)
        if entry.type == system.block_type:
            self.block_size = self.size
            self.block_sizes.add(self.size)
        return Replayed(record, verified, outcome, time)

    def _verified(self, record: Record, verdict: Verdict) -> Verified:
        if isinstance(verdict, SignatureInvalid):
            verdict = verify(_submission(record), self._keys_now(record))
        if isinstance(verdict, TallystickError):
            raise NotSound("leaf", "a well-formed, signed entry", verdict.diagnosis(), self.size)
        return verdict

    def _keys_now(self, record: Record) -> Mapping[str, PublicKey]:
        """Keys registered so far, and those that this entry itself registers."""
        for reference in key_references(record.leaf):
            found = self._directory.key(self.state, reference)
            if found is not None:
                self._keys[reference] = found.public
        return {**self._introduced(record), **self._keys}

    def _earlier(self, index: int) -> Earlier | None:
        record = self.find(index)
        if record is None:
            return None
        accepted = index not in self.refused
        return earlier_entry(self.rules, record.leaf, record.body or b"", accepted=accepted)

    def _introduced(self, record: Record) -> Mapping[str, PublicKey]:
        try:
            entry_type = self.rules.type(Entry.parse(Envelope.parse(record.leaf).payload).type)
            if entry_type.introduces is None or record.body is None:
                return {}
            return entry_type.introduces(self.rules.parse_body(entry_type.name, record.body))
        except TallystickError:
            return {}

    def _check_block(self, record: Record, index: int) -> None:
        try:
            block: Any = self.rules.parse_body(system.block_type, record.body or b"")
        except TallystickError as error:
            raise NotSound("block", "a block", error.diagnosis(), index) from None
        root = self.tiles.frontier.root()
        self.roots[index] = root
        if block.root != root.hex():
            raise NotSound("root in the block", root.hex(), block.root, index)
        if block.state != self.judge.chain.hex():
            raise NotSound("state in the block", self.judge.chain.hex(), block.state, index)
        heads = self.heads.take(self.judge.touches)
        self.judge.touches = []
        if block.heads != heads.hex():
            raise NotSound("heads in the block", heads.hex(), block.heads, index)

    def _check_epoch(self, record: Record, index: int) -> None:
        """It begins behind a block, over the tree that its witnesses state."""
        try:
            epoch: Any = self.rules.parse_body(epoch_type, record.body or b"")
        except TallystickError as error:
            raise NotSound("epoch", "an epoch", error.diagnosis(), index) from None
        root = self.tiles.frontier.root()
        if epoch.root != root.hex():
            raise NotSound("root in the epoch", root.hex(), epoch.root, index)
        if self.block_size != index:
            raise NotSound("epoch", "a block before it", "another entry", index)


def _submission(record: Record) -> Submission:
    return Submission(record.leaf, record.body or b"", record.salt or b"", record.attachments)


def _no_record(_index: int) -> Record | None:
    return None


def _no_stream(_author: str) -> Stream | None:
    return None


def _no_tile(_level: int, _n: int) -> bytes:
    return b""


def _shown(value: object) -> str:
    text = value.hex() if isinstance(value, bytes) else str(value)
    return text if len(text) <= 300 else f"{text[:300]}…"
