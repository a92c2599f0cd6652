"""Replaying a log from its leaves and bodies, believing nothing (pure: no I/O).

For each record, in order: the leaf is well-formed and its signatures verify by keys valid at its index;
streams are gap-free; ids are not reused; the rule gives the recorded outcome; and every block states the
tree, the state and the height that were computed here. What stands at the end is what every projection
must equal. It is kept in a scratch file, so that a replay needs no more memory for a longer log, and goes on
from where it was saved.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from itertools import islice
from typing import Any

from tallystick.ledger import merkle, system, tiles
from tallystick.ledger.checker import Checker, Chunk
from tallystick.ledger.earlier import earlier_entry
from tallystick.ledger.entry import Entry, Envelope, Submission, body_hash
from tallystick.ledger.errors import RuleError, TallystickError
from tallystick.ledger.fields import Body
from tallystick.ledger.governance import RulesUnknown, epoch_type
from tallystick.ledger.judge import Judge, Outcome
from tallystick.ledger.keys import PublicKey
from tallystick.ledger.replayed import Record, Replayed, Tally, Where
from tallystick.ledger.rules import Earlier, RuleSet
from tallystick.ledger.sm.suite import SuiteLacking
from tallystick.ledger.speaking import KeyDirectory
from tallystick.ledger.store.scratch import Scratch
from tallystick.ledger.store.scratch_heads import ScratchHeads
from tallystick.ledger.store.scratch_state import ScratchState
from tallystick.ledger.tiles import TileBuilder
from tallystick.ledger.verify import SignatureInvalid, Verdict, Verified, key_references, verify

chunk_records = 1024
#: So many entries are replayed between two writes to the scratch file.
flush_entries = 8192
streams_max = 20_000


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

    def __reduce__(self) -> tuple[type[NotSound], tuple[str, object, object, int | None]]:
        return NotSound, (self.what, self.expected, self.found, self.index)


Find = Callable[[int], Record | None]


class Replay:
    """The log so far: `judge`, tree and what was seen. It goes on where `scratch` was saved.

    `find`: where earlier records are had again, for the few rules that look at them (`Act.earlier`).
    """

    def __init__(
        self,
        rules: RuleSet,
        directory: KeyDirectory,
        checker: Checker,
        scratch: Scratch | None = None,
        *,
        notes_unchecked: bool = False,
    ) -> None:
        """`notes_unchecked`: go on where a suite is lacking, and name the entry; else `SuiteLacking` is raised."""
        self._notes_unchecked = notes_unchecked
        self.rules = rules
        self.scratch = scratch or Scratch()
        told = self.scratch.where()
        where = Where.of(told) if told else Where()
        self.state = ScratchState(self.scratch)
        self.judge = Judge(
            rules,
            directory,
            self.state,
            self.scratch.stream,
            index=where.size,
            chain=bytes.fromhex(where.chain),
            block_time=where.block_time,
        )
        frontier = merkle.Frontier.decode(where.size, bytes.fromhex(where.frontier))
        self.tiles = TileBuilder(frontier, self.scratch.tile)
        self.heads = ScratchHeads(self.scratch)
        self.block_size = where.block_size
        self.tally = Tally(**where.tally)
        self.keys: dict[str, PublicKey] = {}
        self.judge.find_earlier = self._earlier
        self.find: Find = _no_record
        self._directory = directory
        self._checker = checker
        self._block_roots: dict[int, bytes] = {}
        self._parties: list[tuple[str, int]] = []
        self._refused: set[int] = set()
        self._not_seen: list[tuple[int, str, str]] = []
        self._expected: set[int] = set()
        self._repeated: set[int] = set()
        self._flushed = where.size

    @property
    def size(self) -> int:
        return self.judge.index

    def run(self, records: Iterable[Record]) -> Iterator[Replayed]:
        """Replay records in order; raises `NotSound` at the first that is wrong."""
        source = iter(records)
        chunk = list(islice(source, chunk_records))
        verdicts = self._begin(chunk)
        while chunk:
            following = list(islice(source, chunk_records))
            begun = self._begin(following)
            done = [verdict for checked in verdicts for verdict in checked.result()]
            self.expect(chunk[0].index, done)
            for record, verdict in zip(chunk, done, strict=True):
                yield self.take(record, verdict)
            self.breathe()
            chunk, verdicts = following, begun
        self.flush()

    def expect(self, first: int, verdicts: Sequence[Verdict | Entry]) -> None:
        """Ids of the entries from `first` on, looked for together; an entry that does not verify has none yet."""
        entries = [v.entry if isinstance(v, Verified) else v for v in verdicts]
        known = [(first + at, e) for at, e in enumerate(entries) if isinstance(e, Entry)]
        again = self.scratch.use_ids([_used_id(entry) for _, entry in known])
        self._repeated = {known[at][0] for at in again}
        self._expected = {index for index, _ in known}

    def take(self, record: Record, verdict: Verdict) -> Replayed:
        """One more entry; raises `NotSound`."""
        index = self.size
        if record.index != index:
            raise NotSound("entry", f"entry {index}", f"entry {record.index}", index)
        verified = self._verified(record, verdict)
        entry = verified.entry
        self._check_id(index, entry)
        if record.body is None or record.salt is None:
            raise NotSound("body", "the body of this entry", "nothing", index)
        if entry.type == system.block_type:
            self._check_block(record, index)
        if entry.type == epoch_type:
            self._check_epoch(record, index)
        time = self.judge.time_of(entry)
        body, outcome, unchecked = self._outcome(record, verified)
        self.judge.take(verified, outcome)
        self.tiles.append(verified.leaf_hash)
        self._parties.extend((party, index) for party in outcome.parties)
        if entry.type == system.block_type:
            self.block_size = self.size
            self._block_roots[self.size] = self.tiles.frontier.root()
        if outcome.refusal is not None:
            self._refused.add(index)
        missing = self._missing(record, entry.type, body, outcome)
        done = Replayed(record, verified, outcome, time, missing, unchecked)
        self.tally.count(done)
        return done

    def is_block_end(self, size: int) -> bool:
        """Whether the last of the first `size` entries is a block."""
        return size in self._block_roots or self.scratch.block_root(size) is not None

    def root_at(self, size: int) -> bytes | None:
        """The root over the first `size` entries; None beyond what was replayed."""
        if not 0 < size <= self.size:
            return None
        found = self._block_roots.get(size) or self.scratch.block_root(size)
        if found is None:
            self.flush()
            found = merkle.tree_root(tiles.node_reader(self.scratch.tile), size)
        return found

    def where(self) -> Where:
        return Where(
            self.size,
            self.judge.chain.hex(),
            self.judge.block_time,
            self.block_size,
            self.tiles.frontier.encode().hex(),
            asdict(self.tally),
        )

    def save(self, **more: Any) -> None:
        """All of it, and `more` beside, so that a later replay goes on from here."""
        self.flush()
        self.scratch.save({**asdict(self.where()), **more})

    def breathe(self) -> None:
        """Between entries, often: write down what is too much for memory."""
        if self.size - self._flushed >= flush_entries:
            self.flush()

    def flush(self) -> None:
        """Write what was rebuilt into the scratch file."""
        scratch, judge = self.scratch, self.judge
        self.heads.take(judge.touches)
        judge.touches = []
        self.state.flush()
        self.heads.flush()
        scratch.put("stream", [(author, *last) for author, last in judge.streams.items()])
        if len(judge.streams) > streams_max:
            judge.streams.clear()
        scratch.put("entry_party", self._parties)
        scratch.put("block", list(self._block_roots.items()))
        self._parties, self._block_roots = [], {}
        scratch.put("refused", [(index,) for index in self._refused])
        scratch.put("not_seen", self._not_seen)
        self._refused, self._not_seen = set(), []
        touched = self.tiles.touched
        scratch.put("tile", [(*tile, bytes(hashes)) for tile, hashes in touched.items()])
        full = tiles.width * tiles.hash_bytes
        for tile in [tile for tile, hashes in touched.items() if len(hashes) == full]:
            del touched[tile]
        self._flushed = self.size

    def _begin(self, records: list[Record]) -> list[Chunk]:
        return self._checker.start([_submission(record) for record in records], dict(self.keys))

    def _outcome(self, record: Record, verified: Verified) -> tuple[Body | None, Outcome, bool]:
        """The body if it names attachments, the verdict, and whether that rests on what could not be checked."""
        submission = Submission(
            record.leaf, record.body or b"", record.salt or b"", record.attachments
        )
        entry_type = self.rules.types.get(verified.entry.type)
        body: Body | None = None
        try:
            if entry_type is not None and entry_type.attachments is not None:
                body = self._parsed(entry_type.name, submission.body)
            outcome, unchecked = self._judged(submission, verified, body)
            told = len(record.attachments) + len(record.unseen)
            if told and outcome.refusal is not None:
                raise NotSound("attachments", "none of a refused entry", told, self.size)
        except (NotSound, RulesUnknown, SuiteLacking):
            raise
        except TallystickError as error:
            said = error.diagnosis()
            raise NotSound("entry", "an entry that the rules admit", said, self.size) from None
        return body, outcome, unchecked

    def _judged(
        self, submission: Submission, verified: Verified, body: Body | None
    ) -> tuple[Outcome, bool]:
        """The verdict; where a suite is lacking, that of an entry whose signatures are good (formats §2)."""
        try:
            return self.judge.outcome(submission, verified, intake=False, body=body), False
        except SuiteLacking as error:
            if not self._notes_unchecked:
                raise SuiteLacking(error.suite, f"entry {self.size}") from None
        again = self.judge.outcome(submission, verified, intake=False, body=body, unchecked=True)
        return again, True

    def _parsed(self, name: str, body: bytes) -> Body | None:
        """The body's model; None if it is none, which the judge will say."""
        try:
            return self.rules.parse_body(name, body)
        except RuleError:
            return None

    def _missing(
        self, record: Record, name: str, body: Body | None, outcome: Outcome
    ) -> frozenset[str]:
        """Attachments that the body names and nobody has: they may be erased, never unnoticed.

        Raises `NotSound` for one that is there, and that the body does not name.
        """
        named, unseen = frozenset[str](), frozenset(record.unseen)
        if body is not None and outcome.refusal is None:
            attachments = self.rules.type(name).attachments
            named = frozenset(ref.hash for ref in attachments(body)) if attachments else named
        if strangers := sorted(unseen - named):
            raise NotSound("attachments", "those that the body names", strangers[0], record.index)
        missing = named - record.hashes() - unseen if named else named
        self._not_seen += [(record.index, digest, "missing") for digest in missing]
        self._not_seen += [(record.index, digest, "unseen") for digest in unseen]
        return missing

    def _check_id(self, index: int, entry: Entry) -> None:
        if index not in self._expected and self.scratch.use_ids([_used_id(entry)]):
            self._repeated.add(index)
        if index in self._repeated:
            raise NotSound("id", "an id not used before", entry.id, index)

    def _verified(self, record: Record, verdict: Verdict) -> Verified:
        if isinstance(verdict, SignatureInvalid):
            verdict = verify(_submission(record), self._keys_now(record))
        if isinstance(verdict, SuiteLacking):
            if not self._notes_unchecked:
                raise SuiteLacking(verdict.suite, f"entry {self.size}")
            verdict = verify(_submission(record), self._keys_now(record), unchecked=True)
        if isinstance(verdict, TallystickError):
            raise NotSound("leaf", "a well-formed, signed entry", verdict.diagnosis(), self.size)
        return verdict

    def _keys_now(self, record: Record) -> Mapping[str, PublicKey]:
        """Keys registered so far, and those that this entry itself registers."""
        for reference in key_references(record.leaf):
            found = self._directory.key(self.state, reference)
            if found is not None:
                self.keys[reference] = found.public
        return {**self._introduced(record), **self.keys}

    def _earlier(self, index: int) -> Earlier | None:
        """Raises `NotSound` if the source gives another entry than it gave before."""
        record = self.find(index)
        if record is None:
            return None
        if merkle.leaf_hash(record.leaf) != self._leaf_hash(index):
            raise NotSound("entry", "the entry that was replayed", "another, given later", index)
        body, salt = record.body or b"", record.salt or b""
        accepted = index not in self._refused and not self.scratch.refused(index)
        if Entry.parse(Envelope.parse(record.leaf).payload).body_hash != body_hash(salt, body):
            raise NotSound("body", "the body that was replayed", "another, given later", index)
        return earlier_entry(self.rules, record.leaf, body, accepted=accepted)

    def _leaf_hash(self, index: int) -> bytes:
        n, at = divmod(index, tiles.width)
        tile = self.tiles.touched.get((0, n)) or self.scratch.tile(0, n)
        return bytes(tile[at * tiles.hash_bytes : (at + 1) * tiles.hash_bytes])

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
        if block.root != root.hex():
            raise NotSound("root in the block", root.hex(), block.root, index)
        if block.state != self.judge.chain.hex():
            raise NotSound("state in the block", self.judge.chain.hex(), block.state, index)
        self.heads.take(self.judge.touches)
        self.judge.touches = []
        heads = self.heads.seal()
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


def _used_id(entry: Entry) -> bytes:
    """A UUID's bytes, so that ids of one time lie together, and the author."""
    return bytes.fromhex(entry.id.replace("-", "")) + entry.author.encode()


def _shown(value: object) -> str:
    text = value.hex() if isinstance(value, bytes) else str(value)
    return text if len(text) <= 300 else f"{text[:300]}…"
