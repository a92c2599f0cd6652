"""What a device has signed and the node may not have yet: one SQLite file, one stream.

Rules:
- An entry and the stream's next `seq` and `prev` are stored in one transaction, before `append` returns
  (WAL, synchronous=FULL). The callback signs inside that transaction, so neither a crash nor a second
  process can sign two entries with one `seq`: the stream has no gap and no fork (formats §2).
- An entry waits (`pending`, or `sent` when a node may have it) until a node names its leaf; then it is
  `acknowledged`, or `refused` (recorded with that outcome), and stays as history with its receipt until
  `history_entries_max` newer ones are settled.
- What waits is limited in number and bytes: a full queue refuses the next capture, it never drops one.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from tallystick.ledger import Entry, Envelope, Submission, payload_hash
from tallystick.scanners.queue_errors import (
    QueueForeign,
    QueueFull,
    QueueHistoryGone,
    QueueOutOfStep,
)
from tallystick.scanners.store import Position, Queued, State, Store


@dataclass(frozen=True, slots=True)
class QueueLimits:
    """How much may wait, and how many settled entries are kept for sending again."""

    entries_max: int = 20_000
    bytes_max: int = 512 << 20
    history_entries_max: int = 10_000


@dataclass(frozen=True, slots=True)
class Settled:
    """A node's verdict on one entry: appended at `leaf_index`, and refused if there is a `code`."""

    seq: int
    outcome: Literal["accepted", "refused"]
    leaf_index: int
    code: str | None = None


class Queue:
    """The queue of `author` for the log `origin`, at `path`; usable from several threads."""

    def __init__(
        self, path: Path, author: str, origin: str, limits: QueueLimits | None = None
    ) -> None:
        self.author, self.origin = author, origin
        self.limits = limits or QueueLimits()
        self._store = Store(path)
        with self._store.transaction():
            owner = self._store.owner(author, origin)
        if owner != (author, origin):
            raise QueueForeign(f"it belongs to {owner[0]} on {owner[1]}")

    def append(self, sign: Callable[[Position], Submission]) -> int:
        """Store the entry that `sign` makes for the next position; returns its `seq` once durable.

        Raises `QueueFull`, `QueueOutOfStep` (another stream or position) or `QueueUnusable`; in each
        case nothing is stored and the position stays as it was.
        """
        store = self._store
        with store.transaction():
            position = store.position()
            submission = sign(position)
            store.insert(position.seq, self._checked(submission, position).id, submission)
            self._check_room()
            prev = payload_hash(submission.envelope).hex()
            store.move_on(Position(position.seq + 1, prev))
        return position.seq

    def position(self) -> Position:
        with self._store.transaction():
            return self._store.position()

    def waiting(self, entries_max: int, bytes_max: int) -> list[Queued]:
        """The next batch in stream order: at least one entry if any waits, else within both limits."""
        taken: list[Queued] = []
        total = 0
        with self._store.transaction():
            for seq, size in self._store.waiting_sizes(entries_max):
                total += size
                if taken and total > bytes_max:
                    break
                if (queued := self._store.read(seq)) is not None:
                    taken.append(queued)
        return taken

    def entry(self, seq: int) -> Queued | None:
        with self._store.transaction():
            return self._store.read(seq)

    def receipt(self, seq: int) -> dict[str, Any] | None:
        """The receipt under which an entry was settled; None while it waits or once it is pruned."""
        with self._store.transaction():
            document = self._store.receipt(seq)
        return None if document is None else dict(json.loads(document))

    def counts(self) -> dict[State, int]:
        """How many entries are in each state; pruned ones no longer count."""
        none: dict[State, int] = {"pending": 0, "sent": 0, "acknowledged": 0, "refused": 0}
        with self._store.transaction():
            return none | self._store.counts()

    def mark_sent(self, seqs: Sequence[int]) -> None:
        """From now on a node may have these, whatever becomes of its answer."""
        with self._store.transaction():
            self._store.mark_sent(seqs)

    def settle(self, verdicts: Sequence[Settled], receipt: Mapping[str, Any]) -> None:
        """Keep the node's verdicts with their receipt; a verdict on a settled entry changes nothing."""
        with self._store.transaction():
            number = self._store.add_receipt(json.dumps(receipt))
            for verdict in verdicts:
                state: State = "acknowledged" if verdict.outcome == "accepted" else "refused"
                self._store.settle(verdict.seq, state, verdict.leaf_index, verdict.code, number)
            self._store.prune(self.limits.history_entries_max)

    def note_problem(self, seq: int, problem: str) -> None:
        """Why a node did not append an entry, for the operator; the entry goes on waiting."""
        with self._store.transaction():
            self._store.note_problem(seq, problem)

    def rewind(self, seq: int) -> None:
        """Let all entries from `seq` wait again: the node has lost what it acknowledged.

        Raises `QueueHistoryGone` when `seq` is no longer kept.
        """
        with self._store.transaction():
            if self._store.read(seq) is None:
                raise QueueHistoryGone(f"seq {seq} of {self.author}")
            self._store.unsettle_from(seq)

    def prune(self, keep: int) -> int:
        """Drop settled entries but the newest `keep`, with their attachments; returns how many."""
        with self._store.transaction():
            return self._store.prune(keep)

    def close(self) -> None:
        self._store.close()

    def _checked(self, submission: Submission, position: Position) -> Entry:
        entry = Entry.parse(Envelope.parse(submission.envelope).payload)
        found = (entry.author, entry.origin, entry.seq, entry.prev)
        if found != (self.author, self.origin, position.seq, position.prev):
            raise QueueOutOfStep(f"expected seq {position.seq} of {self.author} for {self.origin}")
        return entry

    def _check_room(self) -> None:
        entries, size = self._store.waiting_total()
        if entries > self.limits.entries_max or size > self.limits.bytes_max:
            raise QueueFull(f"{entries} entries and {size} bytes would wait")
