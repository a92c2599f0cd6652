"""An organisation's own mirror: all leaf hashes, and what the organisation may read (architecture, Privacy).

It cannot execute rules whose state it may not see. Of every entry it proves that it is in the signed tree; of
those it may read it checks form, origin, signatures by keys that public entries registered, body hash, that
no id is used twice, and that no author's stream forks; of blocks height, size, root and time. Its store has no
projections, and its entries have gaps: `tree_state` counts all leaves, `state` is zero.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson

from tallystick.ledger import merkle, system, tiles
from tallystick.ledger.checker import Checker
from tallystick.ledger.checkpoint import Checkpoint, open_checkpoint
from tallystick.ledger.clock import from_instant
from tallystick.ledger.entry import Attachment, Submission, body_hash, no_prev
from tallystick.ledger.erasure import Erasure, erase_named, erase_type
from tallystick.ledger.errors import RuleError, TallystickError
from tallystick.ledger.keys import PublicKey
from tallystick.ledger.merkle import Frontier
from tallystick.ledger.mirror.again import Span, broken, introduced, refuses, verify_unseen
from tallystick.ledger.mirror.errors import (
    MirrorLacksBody,
    MirrorLacksSuite,
    OperatorAnswerRefused,
)
from tallystick.ledger.mirror.follow import (
    Progress,
    Source,
    require_extended,
    require_in,
    signed_alone,
)
from tallystick.ledger.mirror.stretch import Sent, read_stretch
from tallystick.ledger.mirror.suites import require_known
from tallystick.ledger.note import Verifier
from tallystick.ledger.rules import RuleSet
from tallystick.ledger.sm.suite import SuiteLacking
from tallystick.ledger.store import EntryRow, Store, Transaction, TreeState, erasure_kind
from tallystick.ledger.tiles import TileBuilder
from tallystick.ledger.verify import SignatureInvalid, Verdict, Verified, key_references, verify

#: Kinds of document that only an own mirror's store holds.
key_kind, block_kind = "mirror-key", "mirror-block"
no_state = bytes(32)


@dataclass(frozen=True, slots=True)
class Part:
    """A stretch as far as it was given: every leaf's hash, and what may be read."""

    sent: list[Sent]
    hashes: list[bytes]


@dataclass
class OwnFollowing:
    """The way of an own mirror to a checkpoint. One at a time may use it."""

    store: Store
    rules: RuleSet
    checker: Checker
    source: Source
    verifier: Verifier
    organisation: str

    def size(self) -> int:
        """How many leaves it holds the hashes of."""
        with self.store.read() as transaction:
            tree = transaction.tree()
        return tree.size if tree else 0

    def follow(self, note: str, span: Span, progress: Progress | None = None) -> Checkpoint:
        """Check and keep what there is up to this checkpoint.

        Raises `CheckpointRefused`, `MirrorRefuses`, `MirrorLacksBody` or what the source raises.
        """
        checkpoint = open_checkpoint(note, self.verifier)
        with self.store.read() as transaction:
            tree = transaction.tree()
        have = Frontier.decode(tree.size, tree.frontier) if tree else Frontier()
        if checkpoint.size <= have.size:
            require_extended(self.store, checkpoint, have)
        while have.size < checkpoint.size:
            part = self._fetch(have, checkpoint)
            have = self._take(part, checkpoint, note, span)
            if progress:
                progress(have.size, checkpoint.size)
        self._require_suites()
        return checkpoint

    def _require_suites(self) -> None:
        """Of genesis, which every mirror reads; later ones show when an entry is signed so."""
        with self.store.read() as transaction:
            for _, _, _, value in transaction.documents([("log", "genesis")]):
                require_known(orjson.loads(value)["suites"])

    def check(self, submissions: Sequence[Submission]) -> list[Verdict]:
        """Form and signatures of entries that are not in the log, by the keys read so far."""
        with self.store.read() as transaction:
            keys = _known_keys(transaction, submissions)
        return [verify_unseen(self.rules, s, keys) for s in submissions]

    def _fetch(self, before: Frontier, checkpoint: Checkpoint) -> Part:
        """The next stretch, proven to be in the tree; raises `OperatorAnswerRefused`."""
        first = before.size
        sent = list(read_stretch(self.source.stretch(first, checkpoint.size), first))
        if not 0 < len(sent) <= checkpoint.size - first:
            raise OperatorAnswerRefused(f"{len(sent)} entries from {first} on")
        hashes = self._hashes(first, sent, checkpoint.size)
        after = before.copy()
        for one in hashes:
            after.append(one)
        require_in(self.source, after, checkpoint)
        return Part(sent, hashes)

    def _hashes(self, first: int, sent: Sequence[Sent], size: int) -> list[bytes]:
        """Computed from leaves that were given, from the log's tiles for all others."""
        found: list[bytes] = []
        known: dict[int, bytes] = {}
        for index, one in enumerate(sent, start=first):
            if one.leaf is not None:
                found.append(merkle.leaf_hash(one.leaf))
                continue
            n, at = divmod(index, tiles.width)
            if n not in known:
                width = tiles.width_at(0, n, size)
                known[n] = self.source.tile(tiles.path(0, n, width % tiles.width))
            digest = known[n][at * tiles.hash_bytes : (at + 1) * tiles.hash_bytes]
            if len(digest) != tiles.hash_bytes:
                raise OperatorAnswerRefused(f"tile 0/{n} is too short for entry {index}")
            found.append(digest)
        return found

    def _take(self, part: Part, checkpoint: Checkpoint, note: str, span: Span) -> Frontier:
        """One stretch in one transaction; the tree after it."""
        with self.store.write() as transaction:
            taking = _Taking(transaction, self.rules, self.verifier.name, span)
            for sent, digest, submission, verdict in self._judged(transaction, part):
                if submission is not None and verdict is not None:
                    taking.entry(sent, submission, verdict)
                taking.leaf(digest)
            taking.flush(self.organisation)
            if taking.size == checkpoint.size:
                if taking.block_size != taking.size:
                    said = "a checkpoint was signed whose last entry is no block"
                    raise refuses(taking.size - 1, "checkpoint-block", said)
                transaction.add_checkpoint(taking.size, signed_alone(note, self.verifier))
            return taking.frontier

    def _judged(
        self, transaction: Transaction, part: Part
    ) -> Iterator[tuple[Sent, bytes, Submission | None, Verdict | None]]:
        """Each leaf, with the verdict on form and signatures where it may be read."""
        given = [_submission(one) for one in part.sent if one.leaf is not None]
        keys = _known_keys(transaction, given)
        verdicts = (v for chunk in self.checker.start(given, keys) for v in chunk.result())
        pairs = zip(given, verdicts, strict=True)
        for sent, digest in zip(part.sent, part.hashes, strict=True):
            submission, verdict = (None, None) if sent.leaf is None else next(pairs)
            yield sent, digest, submission, verdict


@dataclass
class _Taking:
    """Lays one stretch down, checking as it goes."""

    transaction: Transaction
    rules: RuleSet
    origin: str
    span: Span
    _keys: dict[str, PublicKey] = field(default_factory=dict)
    _rows: list[EntryRow] = field(default_factory=list)
    _bodies: list[tuple[int, bytes, bytes]] = field(default_factory=list)
    _attachments: list[tuple[int, Attachment]] = field(default_factory=list)
    _ids: set[tuple[str, str]] = field(default_factory=set)
    _streams: dict[str, tuple[int, str]] = field(default_factory=dict)
    _genesis: list[tuple[str, str, str, str]] = field(default_factory=list)
    _erasures: list[tuple[str, str, str, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.before = tree = self.transaction.tree()
        self.frontier = Frontier.decode(tree.size, tree.frontier) if tree else Frontier()
        self.block_size = tree.block_size if tree else 0
        self.block_time = tree.block_time if tree else ""
        self._height = self._newest_height()
        self._tiles = TileBuilder(self.frontier, self.transaction.tile)

    @property
    def size(self) -> int:
        return self.frontier.size

    def leaf(self, digest: bytes) -> None:
        self._tiles.append(digest)

    def entry(self, sent: Sent, submission: Submission, verdict: Verdict) -> None:
        """Raises `MirrorRefuses` or `MirrorLacksBody`."""
        index = self.size
        if isinstance(verdict, SignatureInvalid):
            keys = {
                **introduced(self.rules, submission),
                **_known_keys(self.transaction, [submission]),
                **self._keys,
            }
            verdict = verify(submission, keys)
        if isinstance(verdict, SuiteLacking):
            raise MirrorLacksSuite(f"entry {index}: {verdict.detail}")
        if isinstance(verdict, TallystickError):
            raise broken(index, "an envelope", verdict)
        entry = verdict.entry
        if body_hash(submission.salt, submission.body) != entry.body_hash:
            said = f"the body given with entry {index} is not the one that was signed"
            raise MirrorLacksBody(said, index)
        if entry.origin != self.origin:
            raise refuses(index, "wrong-origin", f"it was signed for {entry.origin}")
        self._once(index, verdict)
        self._stream(index, verdict)
        if entry.type == system.block_type:
            self._block(index, submission)
        if entry.type == system.genesis_type:
            # Log key and policy: what every reader of a log asks for first.
            self._genesis.append(("log", "genesis", "", submission.body.decode()))
        if entry.type == erase_type:
            self._erase(index, verdict, submission)
        self._keys |= introduced(self.rules, submission)
        self._keep(index, sent, submission, verdict)

    def flush(self, organisation: str) -> None:
        """Write everything; the caller's transaction then commits."""
        t = self.transaction
        t.add_entries(self._rows)
        t.add_bodies(self._bodies)
        t.add_attachments(self._attachments)
        t.put_documents(self._erasures)
        erase_named(t, [(int(name), part) for _, name, part, _ in self._erasures])
        t.add_parties([(organisation, row.index) for row in self._rows])
        t.put_tiles((level, n, bytes(data)) for (level, n), data in self._tiles.touched.items())
        t.put_streams([(author, seq, prev) for author, (seq, prev) in self._streams.items()])
        documents = [
            (key_kind, reference, "", orjson.dumps(key.jwk()).decode())
            for reference, key in self._keys.items()
        ]
        t.put_documents([*documents, (block_kind, "newest", "", str(self._height))])
        t.put_documents(self._genesis)
        root, frontier = self.frontier.root(), self.frontier.encode()
        t.set_tree(
            self.before,
            TreeState(self.size, root, frontier, no_state, self.block_size, self.block_time),
        )

    def _once(self, index: int, verified: Verified) -> None:
        entry = verified.entry
        name = (entry.author, entry.id)
        if name in self._ids or name in self.transaction.known_ids([entry.id]):
            raise refuses(index, "id-used", f"{entry.author} used the id {entry.id} before")
        self._ids.add(name)

    def _stream(self, index: int, verified: Verified) -> None:
        """Entries between may be hidden: only what contradicts what was seen is refused."""
        entry = verified.entry
        last = self._streams.get(entry.author) or self.transaction.stream(entry.author)
        if last is not None:
            seq, prev = last
            if (entry.seq is None) != (seq < 0):
                raise refuses(index, "stream-mode", f"{entry.author} changed it")
            if entry.seq is not None:
                follows = entry.seq > seq and (entry.seq > seq + 1 or entry.prev == prev)
                if not follows:
                    raise refuses(
                        index, "stream-fork", f"{entry.author}: seq {entry.seq} after {seq}"
                    )
        seq = -1 if entry.seq is None else entry.seq
        prev = no_prev if entry.seq is None else verified.payload_hash.hex()
        self._streams[entry.author] = (seq, prev)

    def _block(self, index: int, submission: Submission) -> None:
        try:
            block: Any = self.rules.parse_body(system.block_type, submission.body)
        except RuleError as error:
            raise broken(index, system.block_type, error) from None
        root = self.frontier.root().hex()
        if (block.height, block.size, block.root) != (self._height + 1, index, root):
            said = f"height {block.height}, size {block.size}, root {block.root}"
            ours = f"here height {self._height + 1}, size {index}, root {root}"
            raise refuses(index, "block-root", f"{said}; {ours}")
        if block.time < self.block_time:
            raise refuses(index, "block-refused", f"time {block.time} is before {self.block_time}")
        self.span.require(index, block.height, from_instant(block.time))
        self._height, self.block_time, self.block_size = block.height, block.time, index + 1

    def _erase(self, index: int, verified: Verified, submission: Submission) -> None:
        """A refused erasure is in no log: that it stands in the signed tree says that its owner endorsed it."""
        try:
            body: Any = self.rules.parse_body(erase_type, submission.body)
        except RuleError as error:
            raise broken(index, erase_type, error) from None
        author = verified.entry.author
        told = Erasure(
            body.entry, body.hash, index, "", author, body.reason, body.text_class, self.block_time
        )
        value = orjson.dumps(told.told()).decode()
        self._erasures.append((erasure_kind, str(body.entry), body.hash, value))

    def _keep(self, index: int, sent: Sent, submission: Submission, verified: Verified) -> None:
        entry = verified.entry
        outcome, _, code = sent.outcome.partition(":")
        self._rows.append(
            EntryRow(
                index,
                entry.author,
                entry.id,
                entry.type,
                entry.seq,
                outcome,
                code or None,
                self.block_time or entry.time,
                verified.payload_hash,
                verified.leaf_hash,
                verified.envelope,
            )
        )
        self._bodies.append((index, submission.salt, submission.body))
        self._attachments.extend((index, one) for one in submission.attachments)

    def _newest_height(self) -> int:
        for _, _, _, value in self.transaction.documents([(block_kind, "newest")]):
            return int(value)
        return -1


def _submission(sent: Sent) -> Submission:
    """Raises `MirrorLacksBody`: who may read the envelope in bulk may read the body."""
    if sent.leaf is None or sent.body is None or sent.salt is None:
        raise MirrorLacksBody(f"the body of entry {sent.index} was not given", sent.index)
    return Submission(sent.leaf, sent.body, sent.salt, sent.attachments)


def _known_keys(
    transaction: Transaction, submissions: Sequence[Submission]
) -> dict[str, PublicKey]:
    """Keys that entries registered which this mirror read."""
    wanted = {key for s in submissions for key in key_references(s.envelope)}
    rows = transaction.documents([(key_kind, reference) for reference in wanted])
    return {name: PublicKey.from_jwk(orjson.loads(value)) for _, name, _, value in rows}
