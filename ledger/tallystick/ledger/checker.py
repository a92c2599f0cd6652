"""Checking many entries at once, in processes beside the one that judges and writes.

Signatures and attachments are the larger part of an entry's cost and need no state. Threads were measured
slower. What passes between the processes is packed by the caller into one string of bytes per chunk, so
that the pool's own threads have nothing to do while this process judges.
"""

from __future__ import annotations

import multiprocessing
import os
import pickle
import signal
import threading
from collections.abc import Sequence
from concurrent.futures import BrokenExecutor, CancelledError, Future, ProcessPoolExecutor
from typing import Any

import structlog

from tallystick.ledger import collector
from tallystick.ledger.entry import Attachment, Entry, Submission
from tallystick.ledger.errors import InvariantError, TallystickError
from tallystick.ledger.values import hot_value
from tallystick.ledger.verify import Admit, Keys, Verdict, Verified, key_references, verify

chunk_entries = 128
#: Below this, handing entries to another process costs more than it saves.
pool_entries_min = 256
#: With at most so many keys in a batch, looking for those of a chunk costs more than sending all.
keys_sent_max = 64

_nothing = pickle.dumps(([], {}))

_log = structlog.get_logger()
_admit: Admit | None = None


@hot_value
class Checked:
    """Verdicts that are known."""

    verdicts: list[Verdict]

    def waiting(self) -> bool:
        return False

    def result(self) -> list[Verdict]:
        return self.verdicts


@hot_value
class Awaited:
    """Verdicts that another process is finding."""

    submissions: Sequence[Submission]
    keys: Keys
    admit: Admit | None
    found: Future[bytes]

    def waiting(self) -> bool:
        return not self.found.done()

    def result(self) -> list[Verdict]:
        try:
            packed: list[Any] = pickle.loads(self.found.result())
        except (BrokenExecutor, CancelledError):
            # The process died; the next batch gets another one.
            return [verify(entry, self.keys, self.admit) for entry in self.submissions]
        return [
            row if isinstance(row, TallystickError) else _unpack(submission, row, self.keys)
            for submission, row in zip(self.submissions, packed, strict=True)
        ]


Chunk = Checked | Awaited


class Checker:
    """Verifies entries in `processes` others, or in this one when 0; `admit` checks attachments."""

    def __init__(self, processes: int = 0, admit: Admit | None = None) -> None:
        self.processes = processes
        self._admit = admit
        self._pool = self._open_pool()
        self._replacing = threading.Lock()

    @property
    def admit(self) -> Admit | None:
        return self._admit

    @staticmethod
    def processes_sensible() -> int:
        return max(1, (os.cpu_count() or 1) - 1)

    def goes_elsewhere(self, entries: int) -> bool:
        """Whether a batch of so many entries is checked by other processes."""
        return self._pool is not None and entries >= pool_entries_min

    def start(self, submissions: Sequence[Submission], keys: Keys) -> list[Chunk]:
        """Begin a batch; the results come in order, chunk by chunk."""
        elsewhere = self.goes_elsewhere(len(submissions))
        begun: list[Chunk] = []
        for first in range(0, len(submissions), chunk_entries):
            chunk = submissions[first : first + chunk_entries]
            if elsewhere:
                begun.append(Awaited(chunk, keys, self._admit, self._send(chunk, keys)))
            else:
                begun.append(Checked([verify(entry, keys, self._admit) for entry in chunk]))
        return begun

    def warm(self) -> None:
        """Have the processes start now: the first large batch would wait for them, and all behind it."""
        if self._pool is not None:
            for _ in range(self.processes):
                self._pool.submit(_check, _nothing)

    def close(self) -> None:
        if self._pool is not None:
            self._pool.shutdown()

    def _open_pool(self) -> ProcessPoolExecutor | None:
        if not self.processes:
            return None
        context = multiprocessing.get_context("spawn")
        return ProcessPoolExecutor(self.processes, context, _prepare, (self._admit,))

    def _send(self, chunk: Sequence[Submission], keys: Keys) -> Future[bytes]:
        packed, pool = self._pack(chunk, keys), self._pool
        try:
            return _submit(pool, packed)
        except BrokenExecutor:
            # Requests come in several threads: whoever notices first starts other processes.
            with self._replacing:
                if self._pool is pool:
                    _log.error("checking-process-died", processes=self.processes)
                    self._pool = self._open_pool()
            return _submit(self._pool, packed)

    def _pack(self, chunk: Sequence[Submission], keys: Keys) -> bytes:
        """Attachments travel only if they are looked at; of many keys, only those of this chunk."""
        rows = [
            (
                submission.envelope,
                submission.body,
                submission.salt,
                [(a.type, a.data, a.salt, a.grade) for a in submission.attachments]
                if self._admit
                else [],
            )
            for submission in chunk
        ]
        if len(keys) > keys_sent_max:
            wanted = {key for submission in chunk for key in key_references(submission.envelope)}
            keys = {reference: keys[reference] for reference in wanted if reference in keys}
        return pickle.dumps((rows, dict(keys)), pickle.HIGHEST_PROTOCOL)


def _submit(pool: ProcessPoolExecutor | None, packed: bytes) -> Future[bytes]:
    if pool is None:
        raise InvariantError("there are no processes to send entries to")
    return pool.submit(_check, packed)


def _prepare(admit: Admit | None) -> None:
    """In the child, once."""
    global _admit
    _admit = admit
    # Ctrl-C reaches the whole group: the process that judges ends this one when it has finished.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, name="end-with-parent", daemon=True).start()
    collector.freeze_loaded()


def _end_with_parent() -> None:
    """Nobody else ends this process when the one that asks it is killed: it would wait for ever."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(0)


def _check(packed: bytes) -> bytes:
    """In the child: the verdicts on a chunk, each an error or what `_unpack` needs."""
    rows, keys = pickle.loads(packed)
    verdicts = (
        verify(Submission(envelope, body, salt, tuple(Attachment(*a) for a in more)), keys, _admit)
        for envelope, body, salt, more in rows
    )
    found = [
        verdict if isinstance(verdict, TallystickError) else _row(verdict) for verdict in verdicts
    ]
    return pickle.dumps(found, pickle.HIGHEST_PROTOCOL)


def _row(verified: Verified) -> tuple[object, ...]:
    e = verified.entry
    return (
        (e.origin, e.type, e.author, e.id, e.time, e.body_hash, e.expires, e.fields_root, e.seq, e.prev),
        verified.payload_hash,
        verified.leaf_hash,
        [reference for reference, _ in verified.keys],
        verified.admission,
        verified.body_checked,
    )  # fmt: skip


def _unpack(submission: Submission, row: Any, keys: Keys) -> Verified:
    entry, payload_hash, leaf_hash, references, admission, body_checked = row
    used = tuple((reference, keys[reference]) for reference in references)
    return Verified(
        submission.envelope,
        Entry(*entry),
        payload_hash,
        leaf_hash,
        used,
        admission,
        body_checked,
    )
