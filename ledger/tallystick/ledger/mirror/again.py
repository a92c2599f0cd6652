"""Judging again what the log says it took in, and laying it down as the log itself would.

The same batch, judge and tables as the live log: a mirror's store is an ordinary store. What the log says is
not believed but compared, block by block: tree, state and heads. Only what the log signed is held against it:
leaves and blocks. Bodies and outcomes come with no signature; one that does not fit is as good as none, and
the outcomes say which entry it was when a block's state is another one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tallystick.ledger import system
from tallystick.ledger.batch import Batch, Tail
from tallystick.ledger.checker import Checker, Chunk
from tallystick.ledger.clock import from_instant
from tallystick.ledger.entry import Entry, Envelope, Submission, body_hash
from tallystick.ledger.errors import RuleError, TallystickError
from tallystick.ledger.governance import RulesUnknown, epoch_type
from tallystick.ledger.judge import Outcome
from tallystick.ledger.keys import PublicKey
from tallystick.ledger.mirror.errors import (
    MirrorLacksBody,
    MirrorLacksSuite,
    MirrorRefuses,
    OperatorAnswerRefused,
)
from tallystick.ledger.mirror.stretch import Sent, outcome_word
from tallystick.ledger.rules import RuleSet
from tallystick.ledger.sm.suite import SuiteLacking
from tallystick.ledger.speaking import KeyDirectory
from tallystick.ledger.state import State
from tallystick.ledger.store import Store, StoredView, Transaction
from tallystick.ledger.submission import AttachmentMismatch, BodyMismatch
from tallystick.ledger.verify import SignatureInvalid, Verdict, Verified, key_references, verify

block_clock_ms_max = 60_000
Keys = Mapping[str, PublicKey]


@dataclass(frozen=True, slots=True)
class Span:
    """Between which instants a new block's time must lie; None: not looked at."""

    earliest_ms: int | None = None
    latest_ms: int | None = None

    @staticmethod
    def live(known_ms: int | None, now_ms: int) -> Span:
        """`known_ms`: when the mirror last knew the whole log, and so without what is new now."""
        earliest = None if known_ms is None else known_ms - block_clock_ms_max
        return Span(earliest, now_ms + block_clock_ms_max)

    def require(self, index: int, height: int, time_ms: int) -> None:
        """Raises `MirrorRefuses`."""
        off = 0
        if self.latest_ms is not None and time_ms > self.latest_ms:
            off = time_ms - self.latest_ms + block_clock_ms_max
        elif self.earliest_ms is not None and time_ms < self.earliest_ms:
            off = time_ms - self.earliest_ms - block_clock_ms_max
        if off:
            way = "ahead of" if off > 0 else "behind"
            said = f"the time of block {height} is {abs(off) // 1000} s {way} this mirror's clock"
            raise refuses(index, "block-clock", said)


@dataclass(frozen=True, slots=True)
class Begun:
    """Entries whose signatures are being checked."""

    sent: Sequence[Sent]
    submissions: Sequence[Submission]
    chunks: Sequence[Chunk]


@dataclass
class Again:
    """The judge of a mirror over its own store. One at a time may use it."""

    store: Store
    rules: RuleSet
    directory: KeyDirectory
    checker: Checker
    tail: Tail = field(default_factory=Tail)
    differs: MirrorRefuses | None = None
    _materials: dict[str, PublicKey] = field(default_factory=dict)

    def prepare(self, sent: Sequence[Sent]) -> Begun:
        """Start checking signatures; raises `MirrorLacksBody`."""
        submissions = [_submission(one) for one in sent]
        with self.store.read() as transaction:
            keys = self._registered(submissions, StoredView(transaction, self.rules))
        return Begun(sent, submissions, self.checker.start(submissions, keys))

    def take(self, begun: Begun, transaction: Transaction, span: Span) -> Retake:
        """Judge and lay down; the caller compares the tree, and ends with `committed`."""
        batch = Retake(transaction, self.tail, self.rules, self.directory, span)
        batch.differs = self.differs
        done = 0
        for chunk in begun.chunks:
            verdicts = chunk.result()
            some = begun.submissions[done : done + len(verdicts)]
            batch.expect(some, verdicts)
            for sent, submission, verdict in zip(begun.sent[done:], some, verdicts, strict=False):
                batch.retake(sent, submission, self._final(batch, submission, verdict))
            done += len(verdicts)
        batch.flush()
        return batch

    def check(self, submissions: Sequence[Submission]) -> list[Verdict]:
        """Form and signatures of entries that are not in the log, by the keys registered now."""
        with self.store.read() as transaction:
            keys = self._registered(submissions, StoredView(transaction, self.rules))
        return [verify_unseen(self.rules, s, keys) for s in submissions]

    def _final(self, batch: Retake, submission: Submission, verdict: Verdict) -> Verdict:
        """Once more with the keys registered by now, and those that this entry itself registers."""
        if not isinstance(verdict, SignatureInvalid):
            return verdict
        keys = {**introduced(self.rules, submission), **self._registered([submission], batch.state)}
        late = verify(submission, keys)
        if isinstance(late, Verified):
            batch.know([late.entry.id])
        return late

    def _registered(self, submissions: Iterable[Submission], state: State) -> Keys:
        found: dict[str, PublicKey] = {}
        for reference in {key for s in submissions for key in key_references(s.envelope)}:
            public = self._materials.get(reference)
            if public is None:
                record = self.directory.key(state, reference)
                if record is None:
                    continue
                public = record.public
                if self.tail.tree is not None and record.since < self.tail.tree.size:
                    self._materials[reference] = public
            found[reference] = public
        return found


class Retake(Batch):
    """A batch of entries that the log took in already."""

    def __init__(
        self,
        transaction: Transaction,
        tail: Tail,
        rules: RuleSet,
        directory: KeyDirectory,
        span: Span,
    ) -> None:
        super().__init__(transaction, tail, rules, directory)
        self._span = span
        #: The first entry since the last block of which the operator says another outcome than its rule.
        self.differs: MirrorRefuses | None = None

    @property
    def size(self) -> int:
        return self._judge.index

    @property
    def root(self) -> bytes:
        return self._tiles.frontier.root()

    def retake(self, sent: Sent, submission: Submission, verdict: Verdict) -> None:
        """Raises `MirrorRefuses` if this entry cannot stand here with this outcome."""
        index = self._judge.index
        if sent.index != index:
            raise refuses(index, "order", f"the log gave entry {sent.index}")
        if isinstance(verdict, SuiteLacking):
            raise MirrorLacksSuite(f"entry {index}: {verdict.detail}")
        if isinstance(verdict, TallystickError):
            raise broken(index, "an envelope", verdict)
        entry = verdict.entry
        if (entry.author, entry.id) in self._taken:
            raise refuses(index, "id-used", f"{entry.author} used the id {entry.id} before")
        if entry.type in (system.block_type, epoch_type) and not verdict.body_checked:
            # What the log is blamed for is what it signed: never for a body garbled on its way.
            _require_body(index, entry, submission)
        if entry.type == system.block_type:
            self._check_block(index, submission)
        if entry.type == epoch_type:
            self._check_epoch(index, submission)
        outcome = self._again(sent, submission, verdict)
        if self.differs is None and outcome_word(*_told(outcome)) != sent.outcome:
            self.differs = differs(index, entry, outcome, sent.outcome)
        self._lay_down(submission, verdict, outcome)
        if entry.type == system.block_type:
            self.block_size = self._judge.index

    def _again(self, sent: Sent, submission: Submission, verified: Verified) -> Outcome:
        entry, index = verified.entry, sent.index
        read = self._read.get(verified.payload_hash) if verified.body_checked else None
        try:
            outcome = self._judge.outcome(submission, verified, intake=False, body=read)
        except (BodyMismatch, AttachmentMismatch) as error:
            said = f"what was given with entry {index} is not what was signed: {error.detail}"
            raise MirrorLacksBody(said, index) from None
        except RulesUnknown:
            # Nobody's fault but this version's: it waits for a newer one.
            raise
        except SuiteLacking as error:
            raise MirrorLacksSuite(f"entry {index}: {error.detail}") from None
        except TallystickError as error:
            raise broken(index, f"{entry.type} by {entry.author}", error) from None
        if outcome.refusal is not None and submission.attachments:
            raise MirrorLacksBody(f"entry {index} is refused, and has no attachments", index)
        return outcome

    def _check_epoch(self, index: int, submission: Submission) -> None:
        """It begins behind a block, over the tree that its witnesses state."""
        try:
            epoch: Any = self._judge.rules.parse_body(epoch_type, submission.body)
        except RuleError as error:
            raise broken(index, epoch_type, error) from None
        if epoch.root != self.root.hex() or self.block_size != index:
            said = f"it names the root {epoch.root}, here it is {self.root.hex()}"
            raise refuses(index, "epoch-root", f"{said}, behind a block at {self.block_size}")

    def _check_block(self, index: int, submission: Submission) -> None:
        """What the block says of the tree, the state and the time; its own rule follows."""
        try:
            block: Any = self._judge.rules.parse_body(system.block_type, submission.body)
        except RuleError as error:
            raise broken(index, system.block_type, error) from None
        said = (
            ("root", block.root, self.root.hex()),
            ("state", block.state, self._judge.chain.hex()),
            ("heads", block.heads, self.seal_heads().hex()),
        )
        for name, found, ours in said:
            if found != ours and name == "state" and self.differs is not None:
                raise self.differs
            if found != ours:
                told = f"block {block.height} says {name} {found}, here it is {ours}"
                raise refuses(index, f"block-{name}", told)
        if self.differs is not None:
            raise OperatorAnswerRefused(f"block {block.height} denies it: {self.differs.detail}")
        self._span.require(index, block.height, from_instant(block.time))


def _require_body(index: int, entry: Entry, submission: Submission) -> None:
    """Raises `MirrorLacksBody`."""
    if body_hash(submission.salt, submission.body) != entry.body_hash:
        raise MirrorLacksBody(f"what was given with entry {index} is not what was signed", index)


def refuses(index: int, rule: str, said: str) -> MirrorRefuses:
    return MirrorRefuses(f"entry {index}, {rule}: {said}", index, rule)


def broken(index: int, what: str, error: TallystickError) -> MirrorRefuses:
    """An entry that no rule admits, and that stands in the log all the same."""
    return refuses(
        index, error.code, f"{what} cannot stand in the log: {error.title}: {error.detail}"
    )


def differs(index: int, entry: Entry, outcome: Outcome, sent: str) -> MirrorRefuses:
    """An entry that the log accepted and the rule refuses, or the other way round."""
    refusal = outcome.refusal
    rule = refusal.code if refusal is not None else sent.partition(":")[2] or "outcome"
    ours = outcome_word(*_told(outcome))
    why = f" ({refusal.title}: {refusal.detail})" if refusal is not None else ""
    said = f"{entry.type} by {entry.author} is {sent} in the log, {ours} by its rule{why}"
    return refuses(index, rule, said)


def _told(outcome: Outcome) -> tuple[str, str | None]:
    refusal = outcome.refusal
    return ("accepted", None) if refusal is None else ("refused", refusal.code)


def _submission(sent: Sent) -> Submission:
    """Raises `MirrorLacksBody`."""
    if sent.leaf is None or sent.body is None or sent.salt is None:
        what = "envelope" if sent.leaf is None else "body"
        raise MirrorLacksBody(f"the {what} of entry {sent.index} was not given", sent.index)
    if sent.withheld:
        said = f"{sent.withheld} attachments of entry {sent.index} were not given"
        raise MirrorLacksBody(said, sent.index)
    return Submission(sent.leaf, sent.body, sent.salt, sent.attachments)


def verify_unseen(rules: RuleSet, submission: Submission, keys: Keys) -> Verdict:
    """Form and signatures of an entry that is not in the log.

    A registered key must have signed: an entry that brings its own keys alone is anybody's.
    """
    if not any(name in keys for name in key_references(submission.envelope)):
        return SignatureInvalid("no registered key signed it")
    return verify(submission, {**introduced(rules, submission), **keys})


def introduced(rules: RuleSet, submission: Submission) -> Keys:
    """The keys that an entry itself registers."""
    try:
        entry_type = rules.type(Entry.parse(Envelope.parse(submission.envelope).payload).type)
        if entry_type.introduces is None:
            return {}
        return entry_type.introduces(rules.parse_body(entry_type.name, submission.body))
    except TallystickError:
        return {}
