"""A device that signs what it scans in its own stream, keeps it, and sends it when the node is there.

Rules (formats §2):
- A capture is signed at the next position of the stream and durable in the queue before `capture`
  returns; the network has no part in it.
- What is sent is always the stored bytes: an entry that the node already has is answered with its first
  receipt, so resending after a lost reply is exactly once in effect.
- Only the node's answer for this very leaf settles an entry. A refused entry is recorded and settled; the
  ones behind it go on. An entry that the node will not append stops the stream, and everything waits.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tallystick.ledger import (
    Clock,
    Entry,
    PublicKey,
    SigningKey,
    Submission,
    body_hash,
    instant,
    new_id,
    sign_entry,
)
from tallystick.scanners import wire
from tallystick.scanners.capture import Prepared, capture_type, prepare
from tallystick.scanners.device_errors import NodeAway, NodeRefused, StreamStopped
from tallystick.scanners.queue import Queue, Settled
from tallystick.scanners.store import Position, Queued
from tallystick.scanners.transport import Transport

salt_bytes = 32
id_random_bytes = 10
_too_large = 413


@dataclass(frozen=True, slots=True)
class Sending:
    """How a device sends: sizes of a batch, and how often and how patiently it tries again."""

    batch_entries_max: int = 256
    batch_bytes_max: int = 8 << 20
    attempts: int = 4
    pause_seconds: float = 0.5
    pause_seconds_max: float = 30.0

    def pause(self, attempt: int) -> float:
        """Seconds to wait after attempt 0, 1, …: doubling up to the longest."""
        return min(self.pause_seconds * 2.0**attempt, self.pause_seconds_max)


@dataclass(frozen=True, slots=True)
class Flushed:
    """What one `flush` came to. `away` says why entries still wait; None when nothing does."""

    accepted: int
    refused: tuple[tuple[int, str], ...]
    waiting: int
    away: str | None = None


class Device:
    """The device `handle`; its captures go to the log `origin` by way of `queue` and `transport`.

    `signer` is its key, or several when it must sign with two suites. `random` makes ids and salts: give
    a seeded one only to a simulated store. With `receipt_key` the node's receipts are verified.
    """

    def __init__(
        self,
        handle: str,
        signer: SigningKey | Sequence[SigningKey],
        origin: str,
        queue: Queue,
        transport: Transport,
        clock: Clock,
        random: Callable[[int], bytes] = secrets.token_bytes,
        *,
        receipt_key: PublicKey | None = None,
        sending: Sending | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.handle, self.origin, self.queue = handle, origin, queue
        self._keys = [signer] if isinstance(signer, SigningKey) else list(signer)
        self._transport, self._clock, self._random = transport, clock, random
        self._receipt_key = receipt_key
        self._sending = sending or Sending()
        self._sleep = sleep

    def capture(self, events: Sequence[Mapping[str, Any]]) -> int:
        """Sign EPCIS events as one entry and keep it; returns its `seq` once it is durable.

        Raises what `trace` raises for events it cannot read, `CaptureTooLarge`, or an error of the queue.
        """
        prepared = prepare(events, instant(self._clock.now_ms()), self._random)
        return self.queue.append(lambda position: self._signed(prepared, position))

    def flush(self) -> Flushed:
        """Send all that waits, in order; when the node stays away, say so and keep the rest.

        Raises `StreamStopped`, `NodeRefused` or `NodeAnswerWrong`; what was settled before stays settled.
        """
        run = _Run()
        size = self._sending.batch_entries_max
        while batch := self.queue.waiting(size, self._sending.batch_bytes_max):
            try:
                answer = self._send(batch)
            except NodeAway as error:
                return self._flushed(run, error.detail)
            except NodeRefused as error:
                if error.members.get("http_status") != _too_large or len(batch) == 1:
                    raise
                size = len(batch) // 2
                continue
            self._take(batch, answer, run)
        return self._flushed(run, None)

    def _signed(self, prepared: Prepared, position: Position) -> Submission:
        now_ms = self._clock.now_ms()
        salt = self._random(salt_bytes)
        entry = Entry(
            origin=self.origin,
            type=capture_type,
            author=self.handle,
            id=new_id(now_ms, self._random(id_random_bytes)),
            time=instant(now_ms),
            body_hash=body_hash(salt, prepared.body),
            seq=position.seq,
            prev=position.prev,
        )
        envelope = sign_entry(entry, self._keys)
        return Submission(envelope, prepared.body, salt, prepared.attachments)

    def _send(self, batch: Sequence[Queued]) -> wire.Answer:
        self.queue.mark_sent([queued.seq for queued in batch])
        document = self._patiently(wire.request(batch))
        return wire.read_answer(document, batch, self.origin, self.handle, self._receipt_key)

    def _patiently(self, request: Mapping[str, Any]) -> Mapping[str, Any]:
        """Try, wait longer each time, and give up with the last `NodeAway`."""
        for attempt in range(self._sending.attempts - 1):
            try:
                return self._transport.send(request)
            except NodeAway:
                self._sleep(self._sending.pause(attempt))
        return self._transport.send(request)

    def _take(self, batch: Sequence[Queued], answer: wire.Answer, run: _Run) -> None:
        """Settle what the node has, then deal with the first entry that it did not append."""
        pairs = list(zip(batch, answer.results, strict=True))
        verdicts = [
            Settled(queued.seq, result.outcome, result.index, result.code)
            for queued, result in pairs
            if result.outcome is not None and result.index is not None and result.problem is None
        ]
        if verdicts:
            self.queue.settle(verdicts, answer.receipt or {})
            run.count(verdicts)
        for queued, result in pairs:
            if result.problem is not None:
                self._not_appended(queued, result.problem, run)
                return

    def _not_appended(self, queued: Queued, problem: wire.Problem, run: _Run) -> None:
        gap = problem.expected_seq if problem.code == "stream-gap" else None
        if gap is not None and gap < queued.seq and gap not in run.rewound:
            # The node lost entries that it had acknowledged: they are sent again, but not a second time
            # in one run, for a node that keeps forgetting would be asked for ever.
            run.rewound.add(gap)
            self.queue.rewind(gap)
            return
        said = f"{problem.code}: {problem.detail or problem.title}"
        self.queue.note_problem(queued.seq, said)
        raise StreamStopped(f"seq {queued.seq}: {said}", seq=queued.seq, problem_code=problem.code)

    def _flushed(self, run: _Run, away: str | None) -> Flushed:
        counts = self.queue.counts()
        return Flushed(
            len(run.accepted),
            tuple(sorted(run.refused.items())),
            counts["pending"] + counts["sent"],
            away,
        )


class _Run:
    """What one flush has come to so far; an entry sent twice counts once."""

    def __init__(self) -> None:
        self.accepted: set[int] = set()
        self.refused: dict[int, str] = {}
        self.rewound: set[int] = set()

    def count(self, verdicts: Sequence[Settled]) -> None:
        for verdict in verdicts:
            if verdict.outcome == "accepted":
                self.accepted.add(verdict.seq)
            else:
                self.refused[verdict.seq] = verdict.code or "refused"
