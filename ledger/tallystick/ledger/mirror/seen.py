"""Entries that somebody gave to a mirror: signed for, handed on, and watched until they stand in the log.

A mirror signs only for what the log could take in: entries for this log whose signatures verify by keys that it
knows. It hands each on again and again until it finds it in the log, or the operator refuses it by name. What
is still missing after `overdue_ms` shows up an operator that drops entries.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from tallystick.ledger.clock import Clock, instant
from tallystick.ledger.entry import Submission
from tallystick.ledger.keys import PrivateKey
from tallystick.ledger.mirror.errors import SightingsFull
from tallystick.ledger.sighting import seen, sign_sighting
from tallystick.ledger.store import SightingRow, Store, Transaction
from tallystick.ledger.verify import Verdict, Verified
from tallystick.ledger.wire import write_batch

#: Form and signatures of entries that are not in the log.
Check = Callable[[Sequence[Submission]], list[Verdict]]

overdue_ms = 30_000
open_max = 10_000
settled_kept_ms = 30 * 24 * 3600 * 1000
handed_on_max = 100
overdue_shown_max = 50


def overdue(store: Store, clock: Clock) -> list[SightingRow]:
    """The oldest entries that a mirror saw longer than `overdue_ms` ago, and that are not in the log."""
    before = instant(clock.now_ms() - overdue_ms)
    with store.read() as transaction:
        return transaction.sightings.open(overdue_shown_max, before)


@dataclass
class Seen:
    """The sightings of one mirror. `name` and `key` sign them."""

    store: Store
    check: Check
    origin: str
    name: str
    key: PrivateKey
    clock: Clock

    def __post_init__(self) -> None:
        self._lock = threading.Lock()

    def sign(self, submissions: Sequence[Submission]) -> list[dict[str, Any] | None]:
        """A signed sighting for each entry that this log could take in; the first one if it is seen again.

        Durable when it returns; raises `SightingsFull`.
        """
        verdicts = self.check(submissions)
        good = [
            (s, v)
            for s, v in zip(submissions, verdicts, strict=True)
            if isinstance(v, Verified) and v.body_checked and v.entry.origin == self.origin
        ]
        with self._lock, self.store.write() as transaction:
            signed = self._sign(transaction, good)
        return [signed.get(v.leaf_hash) if isinstance(v, Verified) else None for v in verdicts]

    def answered(self, submission: Submission, result: Any) -> None:
        """What the operator answered for one entry: a row of `results` (`wire.write_answer`)."""
        problem = result.get("problem") if isinstance(result, dict) else None
        if not isinstance(problem, dict):
            return
        code, status = str(problem.get("code"))[:100], problem.get("status")
        closed = isinstance(status, int) and 400 <= status < 500 and status != 429
        (verdict,) = self.check([submission])
        if isinstance(verdict, Verified):
            with self.store.write() as transaction:
                entry = verdict.entry
                transaction.sightings.answered(entry.author, entry.id, code, closed=closed)

    def settle(self) -> None:
        """Note which entries stand in the log by now, and forget what is long over."""
        with self.store.read() as transaction:
            waiting = transaction.sightings.open_names(open_max)
            rows = transaction.known_ids([entry_id for _, entry_id in waiting])
        found = [(name, rows[name]) for name in waiting if name in rows]
        past = instant(self.clock.now_ms() - settled_kept_ms)
        if not found:
            return
        with self.store.write() as transaction:
            for (author, entry_id), entry in found:
                transaction.sightings.settled(author, entry_id, entry.index)
            transaction.sightings.drop_settled(past)

    def waiting(self, limit: int = handed_on_max) -> list[SightingRow]:
        """Those to hand on again, oldest first."""
        with self.store.read() as transaction:
            return transaction.sightings.open(limit)

    def overdue(self) -> list[SightingRow]:
        """Seen long ago, not in the log, and not refused."""
        return overdue(self.store, self.clock)

    def _sign(
        self, transaction: Transaction, good: Sequence[tuple[Submission, Verified]]
    ) -> dict[bytes, dict[str, Any]]:
        """By leaf hash."""
        names = [(verified.entry.author, verified.entry.id) for _, verified in good]
        known = transaction.sightings.known(names)
        in_log = transaction.known_ids([entry_id for _, entry_id in names])
        newest = transaction.checkpoint()
        now, size = instant(self.clock.now_ms()), newest[0] if newest else 0
        signed: dict[bytes, dict[str, Any]] = {}
        fresh: dict[tuple[str, str], SightingRow] = {}
        for submission, verified in good:
            name = (verified.entry.author, verified.entry.id)
            before = known.get(name) or fresh.get(name)
            if before is not None:
                if before.leaf_hash == verified.leaf_hash:
                    signed[verified.leaf_hash] = json.loads(before.statement)
                continue
            if name in in_log:
                continue
            told = seen(submission.envelope, self.name, now, size)
            signed[verified.leaf_hash] = statement = sign_sighting(told, self.key)
            fresh[name] = SightingRow(
                *name,
                now,
                verified.leaf_hash,
                orjson.dumps(statement).decode(),
                write_batch([submission]),
                None,
                None,
            )
        if fresh and transaction.sightings.count_open() + len(fresh) > open_max:
            raise SightingsFull(f"more than {open_max}")
        transaction.sightings.add([*fresh.values()])
        return signed
