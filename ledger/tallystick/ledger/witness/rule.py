"""The rule of a witness (C2SP tlog-witness, with its change #280 of July 2026).

It cosigns a checkpoint only if a key that it trusts for this origin signed it, and only if a consistency
proof leads to it from the newest checkpoint that it cosigned before. What it signs it remembers first,
durably, and one request at a time for a log: so it never signs two inconsistent checkpoints, and never a
smaller one after a larger. It reads no entry and knows no rule of the ledger.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tallystick.ledger import merkle
from tallystick.ledger.checkpoint import Checkpoint, CheckpointRefused
from tallystick.ledger.clock import Clock
from tallystick.ledger.keys import PrivateKey
from tallystick.ledger.note import Note, NoteSignature, NoteSignatureFails, Verifier
from tallystick.ledger.witness.cosignature import Cosigner, cosign
from tallystick.ledger.witness.errors import (
    CheckpointInconsistent,
    CheckpointNotTrusted,
    LogStopped,
    LogUnknown,
    OldSizeTooLarge,
    StateDamaged,
    WitnessConflict,
    WitnessRequestRefused,
)
from tallystick.ledger.witness.memory import Memory, Remembered, origin_hash
from tallystick.ledger.witness.request import AddCheckpoint

#: The keys that a witness trusts, by the origin of their log; and those that it stopped for ever.
Watched = Mapping[str, Sequence[Verifier]]


@dataclass(frozen=True, slots=True)
class WatchedLog:
    """A row of the status page. `time_s`: when the newest checkpoint was first cosigned.

    `stopped`: those of its keys under which nothing is cosigned any more.
    """

    newest: Remembered
    time_s: int | None
    keys: tuple[Verifier, ...]
    evidence: int
    stopped: tuple[Verifier, ...] = ()


class _Log:
    """One log: its keys, its newest checkpoint, and who may change it."""

    def __init__(
        self, keys: Sequence[Verifier], newest: Remembered, stopped: Sequence[Verifier]
    ) -> None:
        self.keys = tuple(keys)
        self.stopped = frozenset(stopped)
        self.newest = newest
        self.lock = threading.Lock()
        self.time_s = 0


class Witness:
    """A witness over its memory; raises `StateLost` or `StateDamaged` rather than start without one."""

    def __init__(
        self,
        name: str,
        key: PrivateKey,
        watched: Watched,
        memory: Memory,
        clock: Clock,
        stopped: Watched | None = None,
    ) -> None:
        """`stopped`: keys of logs under which it said that it will never cosign again (formats §3, Epoch)."""
        self.cosigner = Cosigner(name, key.public)
        self._key = key
        self._memory = memory
        self._clock = clock
        self._logs = {
            origin: _Log(
                keys,
                _checked(memory.load(origin), keys, self.cosigner),
                (stopped or {}).get(origin, ()),
            )
            for origin, keys in watched.items()
        }

    def add_checkpoint(self, request: AddCheckpoint) -> NoteSignature:
        """The cosignature, once the checkpoint is remembered.

        Raises `WitnessRequestRefused`, `LogUnknown`, `CheckpointNotTrusted`, `LogStopped`, `WitnessConflict`,
        `CheckpointInconsistent` or `WitnessStorageFailed`; the memory is then as before.
        """
        checkpoint = _checkpoint(request.note)
        log = self._logs.get(checkpoint.origin)
        if log is None:
            raise LogUnknown(checkpoint.origin[:200])
        signed = trusted(request.note, log.keys)
        with log.lock:
            self._keep_fork(log.newest, request, checkpoint, signed)
            _require_going_on(signed, log)
            try:
                _check(request, checkpoint, log.newest.checkpoint)
            except CheckpointInconsistent:
                self._memory.keep_refused(checkpoint.origin, checkpoint.size, signed)
                raise
            return self._remember(log, checkpoint, signed)

    def newest(self, hashed: str) -> Remembered:
        """The newest cosigned checkpoint of the log whose origin has this hash; raises `LogUnknown`."""
        for origin, log in self._logs.items():
            if origin_hash(origin) == hashed and log.newest.note:
                return log.newest
        raise LogUnknown(hashed)

    def status(self) -> list[WatchedLog]:
        """All logs, by origin."""
        return [
            WatchedLog(
                log.newest,
                log.newest.time_s(self.cosigner),
                log.keys,
                self._memory.evidence(origin),
                tuple(key for key in log.keys if key in log.stopped),
            )
            for origin, log in sorted(self._logs.items())
        ]

    def _remember(self, log: _Log, checkpoint: Checkpoint, signed: Note) -> NoteSignature:
        # Never before the time of an earlier cosignature: a clock set back would look like going back.
        before_s = log.newest.time_s(self.cosigner) or 0
        log.time_s = max(log.time_s, before_s, self._clock.now_ms() // 1000)
        line = cosign(signed.text, self.cosigner.name, self._key, log.time_s)
        if checkpoint != log.newest.checkpoint or not log.newest.note:
            newest = Remembered(checkpoint, signed.adding([line]).encode())
            self._memory.save(newest)
            log.newest = newest
        return line

    def _keep_fork(
        self, newest: Remembered, request: AddCheckpoint, checkpoint: Checkpoint, signed: Note
    ) -> None:
        """What proves two histories is kept as an evidence file, whatever the request is answered."""
        # Evidence knows witnesses' keys; a witness needs evidence only here.
        from tallystick.ledger.evidence import of_request, write_evidence

        known = newest.checkpoint
        if not newest.note or checkpoint == known or checkpoint.size < known.size:
            return
        cosigned = (Note.parse(newest.note), known)
        found = of_request(cosigned, (signed, checkpoint), request.proof)
        if found is not None:
            digest = hashlib.sha256(signed.text.encode()).hexdigest()
            data = write_evidence(found)
            self._memory.keep_evidence(known.origin, checkpoint.size, digest, data)


def _checkpoint(note: Note) -> Checkpoint:
    try:
        return Checkpoint.parse_extended(note.text)
    except CheckpointRefused as error:
        raise WitnessRequestRefused(error.detail) from None


def trusted(note: Note, keys: Sequence[Verifier]) -> Note:
    """The note with the signatures that verify, and no others."""
    try:
        lines = [signature for _, signature in note.signed_by(keys)]
    except NoteSignatureFails as error:
        raise CheckpointNotTrusted(error.detail) from None
    if not lines:
        raise CheckpointNotTrusted("none of its signatures is by a key that is known here")
    return Note(note.text, tuple(dict.fromkeys(lines)))


def _require_going_on(signed: Note, log: _Log) -> None:
    """A checkpoint that only stopped keys signed is of an operator that was replaced."""
    if not signed.verify([key for key in log.keys if key not in log.stopped]):
        told = ", ".join(key.encode() for key in sorted(log.stopped, key=lambda key: key.key_id))
        raise LogStopped(told)


def _check(request: AddCheckpoint, checkpoint: Checkpoint, known: Checkpoint) -> None:
    """Old size, conflict, proof: in the order of the specification."""
    if request.old > checkpoint.size:
        raise OldSizeTooLarge(f"old {request.old}, checkpoint {checkpoint.size}")
    if request.old != known.size:
        raise WitnessConflict(f"it is {known.size}, not {request.old}", known.size)
    if checkpoint.size == 0 and checkpoint.root != merkle.empty_root:
        raise CheckpointInconsistent("a tree without leaves has the root SHA-256 of nothing")
    if known.size == 0:
        if request.proof:
            raise CheckpointInconsistent("from size 0 the proof is empty")
        return
    try:
        merkle.verify_consistency(
            known.size, checkpoint.size, known.root, checkpoint.root, request.proof
        )
    except merkle.ProofRefused as error:
        raise CheckpointInconsistent(error.detail) from None


def _checked(newest: Remembered, keys: Sequence[Verifier], cosigner: Cosigner) -> Remembered:
    """What was remembered must bear the log's signature: nobody edited it by hand."""
    if not newest.note:
        return newest
    try:
        newest.time_s(cosigner)
        signers = Note.parse(newest.note).verify(keys)
    except NoteSignatureFails:
        signers = []
    if not signers:
        raise StateDamaged(f"{newest.checkpoint.origin}: its log did not sign what is remembered")
    return newest
