"""The ledger: appending batches, sealing blocks, signing checkpoints, receipts.

Order of promises: durable commit, confirmed by the standbys that are required, then the checkpoint is signed
over it, then it is published. One
writer holds `Ledger`; readers use `LogReader`.
"""

from __future__ import annotations

import os
import secrets
import socket
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from tallystick.ledger import system, tiles
from tallystick.ledger.batch import Batch, Tail
from tallystick.ledger.checker import Checker, Chunk
from tallystick.ledger.checkpoint import Checkpoint
from tallystick.ledger.clock import Clock, from_instant, instant
from tallystick.ledger.entry import (
    Entry,
    Envelope,
    SigningKey,
    Submission,
    body_hash,
    new_id,
    public_salt,
    sign_entry,
)
from tallystick.ledger.errors import LogExists, NoLog, TallystickError
from tallystick.ledger.governance import Epoch, log_policy
from tallystick.ledger.keys import PublicKey
from tallystick.ledger.merkle import empty_root
from tallystick.ledger.receipt import Grade, Received, sign_receipt
from tallystick.ledger.rules import RuleSet
from tallystick.ledger.signer import LogSigner
from tallystick.ledger.speaking import KeyDirectory, KeyRecord
from tallystick.ledger.start import Claim, Start, look
from tallystick.ledger.state import State
from tallystick.ledger.store import ReplicationUnconfirmed, Store, StoredView, Transaction
from tallystick.ledger.submission import Answer
from tallystick.ledger.verify import SignatureInvalid, Verdict, Verified, key_references, verify

batch_entries_max = 4096
block_interval_ms = 1000
#: The block before an entry is at most a second old, and the one that seals it a second away.
receipt_sealed_within_ms = 3000
publish_job = "log.publish"
cosign_job = "log.cosign"

Random = Callable[[int], bytes]
Materials = Mapping[str, PublicKey]
Begun = tuple[Sequence[Submission], list[Chunk]]


@dataclass
class Ledger:
    """The single writer of one log."""

    store: Store
    rules: RuleSet
    directory: KeyDirectory
    signer: LogSigner
    receipt_key: SigningKey
    clock: Clock
    checker: Checker = field(default_factory=Checker)
    random: Random = secrets.token_bytes
    #: What `open` found.
    started: Start | None = None
    _tail: Tail = field(default_factory=Tail)
    _materials: dict[str, PublicKey] = field(default_factory=dict)
    _lock: threading.RLock = field(default_factory=threading.RLock)

    @property
    def origin(self) -> str:
        return self.signer.origin

    @property
    def term(self) -> int | None:
        """The number of this writer's term, once it has begun."""
        return self._tail.term

    def refuse_existing(self) -> None:
        """Raises `LogExists` if the store holds a log."""
        self.store.migrate()
        with self.store.read() as transaction:
            if transaction.tree() is not None:
                raise LogExists

    def create(self, genesis: system.Genesis, keys: Sequence[SigningKey]) -> None:
        """Write genesis and the first block; raises `LogExists`."""
        now_ms = self.clock.now_ms()
        body = genesis.encode()
        entry = Entry(
            genesis.origin,
            system.genesis_type,
            genesis.root,
            new_id(now_ms, self.random(10)),
            instant(now_ms),
            body_hash(public_salt, body),
        )
        envelope = sign_entry(entry, keys)
        submission = Submission(envelope, body, public_salt)
        verified = verify(submission, {key.keyid: key.private.public for key in keys})
        if isinstance(verified, TallystickError):
            raise verified
        with self._lock:
            self.store.migrate()
            self._take_over()
            with self.store.write() as transaction:
                if transaction.tree() is not None:
                    raise LogExists
                batch = Batch(transaction, self._tail, self.rules, self.directory)
                answer = batch.add(submission, verified)
                if answer.problem is not None:
                    raise answer.problem
                batch.seal(self.signer, now_ms, self.random(10))
                batch.flush()
            batch.committed()
        self._sign_checkpoint()

    def begin_epoch(self, epoch: Epoch, keys: Sequence[SigningKey]) -> None:
        """Append the epoch and a block, and sign: `signer` has the new key, and remembers the start.

        `keys` are those that the epoch names. Raises `EpochRefused` or another refusal, and then nothing changed.
        """
        now_ms = self.clock.now_ms()
        with self._lock:
            self.signer.require_unfenced()
            self._take_over()
            with self.store.write() as transaction:
                batch = self._batch(transaction)
                if batch.before is None:
                    raise NoLog(self.origin)
                batch.begin_epoch(epoch, self.origin, keys, now_ms, self.random(10))
                batch.seal(self.signer, now_ms, self.random(10))
                batch.flush()
            batch.committed()
        self._sign_checkpoint()

    def open(self, claims: Sequence[Claim] = ()) -> Start:
        """Hold the database against the signer's memory and others' claims, and go on (`start.compare`).

        Raises `DataLost`, `SignerMemoryLost`, `StoreDamaged` or `LogFenced`.
        """
        self.store.migrate()
        self.signer.require_unfenced()
        found = look(self.store, self.rules, self.signer.memory, claims).require()
        self._take_over()
        if found.remember is not None:
            self.signer.memory.save(found.remember.size, found.remember.root)
        if found.seal:
            self.seal()
        elif found.sign:
            self._sign_checkpoint()
        self.started = found
        return found

    def append(self, submissions: Sequence[Submission]) -> list[Answer]:
        """Take in a batch: one answer per entry, in order, durable when this returns."""
        return self.take(self.verify_ahead(submissions))

    def append_all(self, batches: Iterable[Sequence[Submission]]) -> Iterator[list[Answer]]:
        """As `append` for many batches, verifying the next one while this one is written."""
        begun: Begun | None = None
        for batch in batches:
            following = self.verify_ahead(batch)
            if begun is not None:
                yield self.take(begun)
            begun = following
        if begun is not None:
            yield self.take(begun)

    def verify_ahead(self, submissions: Sequence[Submission]) -> Begun:
        """Start verifying a batch. Batches are taken in, by `take`, in any order, each once."""
        wanted = _references(submissions)
        keys = {
            reference: self._materials[reference] for reference in wanted & self._materials.keys()
        }
        if unread := wanted - keys.keys():
            with self.store.read() as transaction:
                keys |= self._registered(unread, StoredView(transaction, self.rules))
        return submissions, self.checker.start(submissions, keys)

    def take(self, begun: Begun) -> list[Answer]:
        """Judge and write a batch: one answer per entry, in order, durable when this returns."""
        with self._lock:
            # What cannot be sealed is not taken in: its receipt would be a promise to break.
            self.signer.require_unfenced()
            self._take_over()
            with self.store.write() as transaction:
                batch = self._batch(transaction)
                answers = self._fill(batch, *begun)
                appended = any(a.index >= 0 and not a.duplicate for a in answers)
                late = False
                if appended:
                    batch.flush()
                else:
                    late = batch.confirm()
            if appended:
                batch.committed()
            elif late:
                batch.confirmed()
        return answers

    def seal(self, *, force: bool = False) -> bool:
        """Append a block if something came after the last one, and sign the checkpoint."""
        with self._lock:
            self.signer.require_unfenced()
            self._take_over()
            with self.store.write() as transaction:
                batch = self._batch(transaction)
                if batch.before is None:
                    raise NoLog(self.origin)
                sealed = batch.before.block_size == batch.before.size and not force
                if not sealed:
                    batch.seal(self.signer, self.clock.now_ms(), self.random(10))
                    batch.flush()
                elif not batch.confirm():
                    return False
            (batch.confirmed if sealed else batch.committed)()
            self._sign_checkpoint()
            return True

    def receipt(self, answers: Sequence[Answer]) -> dict[str, object]:
        """A signed receipt for the entries that are in the log; raises `ReplicationUnconfirmed`."""
        if max(a.index for a in answers) >= self._tail.confirmed:
            raise ReplicationUnconfirmed("the entry is committed here, and may be on no standby")
        rows = [
            Received(a.author, a.id, a.index, a.leaf_hash, a.outcome)
            for a in answers
            if a.index >= 0
        ]
        # From the ledger time of the entries, so that asking again gives the first receipt.
        newest = max(from_instant(a.time) for a in answers if a.index >= 0)
        sealed_by = instant(newest + receipt_sealed_within_ms)
        grade: Grade = "replicated" if self.store.replicated.standbys else "durable"
        return sign_receipt(self.origin, rows, sealed_by, self.receipt_key, grade)

    def _fill(
        self,
        batch: Batch,
        submissions: Sequence[Submission],
        chunks: Sequence[Chunk],
    ) -> list[Answer]:
        """Judge chunk by chunk, while later chunks are still being verified elsewhere."""
        if batch.before is None:
            raise NoLog(self.origin)
        now_ms = self.clock.now_ms()
        if from_instant(batch.block_time) + block_interval_ms < now_ms:
            batch.seal(self.signer, now_ms, self.random(10))
        answers: list[Answer] = []
        for chunk in chunks:
            verdicts = chunk.result()
            batch.expect(submissions[len(answers) : len(answers) + len(verdicts)], verdicts)
            answers += [
                self._judge(batch, submissions[position], verdict)
                for position, verdict in enumerate(verdicts, len(answers))
            ]
        return answers

    def _judge(self, batch: Batch, submission: Submission, verdict: Verdict) -> Answer:
        if isinstance(verdict, SignatureInvalid):
            # Keys registered by entries just before this one were unknown when the check began.
            verdict = self._verify_late(batch, submission)
        if isinstance(verdict, TallystickError):
            return Answer("", "", problem=verdict)
        return batch.add(submission, verdict)

    def _verify_late(self, batch: Batch, submission: Submission) -> Verdict:
        """With the keys registered by now, and those that this entry itself registers.

        Keys that other entries introduce never count: those may be refused, and a replay would then
        meet a signature by a key that nobody registered.
        """
        registered = self._registered(_references([submission]), batch.state)
        keys = {**self._introduced(submission), **registered}
        verdict = verify(submission, keys)
        if isinstance(verdict, Verified):
            batch.know([verdict.entry.id])
        return verdict

    def _take_over(self) -> None:
        """Begin this writer's term by a commit that the standbys confirm, before anything is signed."""
        if self._tail.term is not None:
            return
        since = instant(self.clock.now_ms())
        with self.store.write() as transaction:
            tree = transaction.tree()
            size = tree.size if tree else 0
            term = transaction.terms.start(f"{socket.gethostname()}:{os.getpid()}", since, size)
        self._tail.term, self._tail.confirmed = term, size

    def _batch(self, transaction: Transaction) -> Batch:
        return Batch(transaction, self._tail, self.rules, self.directory)

    def _registered(self, wanted: Iterable[str], state: State) -> dict[str, PublicKey]:
        """Key material for those of these keyids that are registered."""
        found: dict[str, PublicKey] = {}
        for reference in wanted:
            public = self._materials.get(reference)
            if public is None and (record := self.directory.key(state, reference)) is not None:
                public = self._remember(reference, record)
            if public is not None:
                found[reference] = public
        return found

    def _remember(self, reference: str, record: KeyRecord) -> PublicKey:
        """Keep the material of a key whose registration is committed; it never changes."""
        tree = self._tail.tree
        if tree is not None and record.since < tree.size:
            self._materials[reference] = record.public
        return record.public

    def _introduced(self, submission: Submission) -> Materials:
        try:
            entry = Entry.parse(Envelope.parse(submission.envelope).payload)
            entry_type = self.rules.type(entry.type)
            if entry_type.introduces is None:
                return {}
            return entry_type.introduces(self.rules.parse_body(entry.type, submission.body))
        except TallystickError:
            return {}

    def _sign_checkpoint(self) -> None:
        """Sign the tree as of the last block and publish the note."""
        size, _ = self.signer.memory.load()
        with self.store.read() as transaction:
            tree = transaction.tree()
            if tree is None or tree.block_size != tree.size:
                return
            if tree.size > self._tail.confirmed:
                raise ReplicationUnconfirmed("what is not replicated is not signed")
            known = transaction.checkpoint(tree.size)
            proof = tiles.extension(transaction.tiles, size, tree.size)
            witnessed = not log_policy(StoredView(transaction, self.rules), tree.size).is_none
        note = self.signer.sign(Checkpoint(self.origin, tree.size, tree.root or empty_root), proof)
        if known is None:
            with self.store.write() as transaction:
                transaction.add_checkpoint(tree.size, note.encode())
                for job in (publish_job, cosign_job) if witnessed else (publish_job,):
                    transaction.outbox.add(job, f"{tree.size:020d}", str(tree.size))


def _references(submissions: Sequence[Submission]) -> set[str]:
    """The keyids of a batch."""
    return {key for submission in submissions for key in key_references(submission.envelope)}
