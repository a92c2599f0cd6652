"""Rounds of deliveries by the outbox worker: planned from the log, sent side by side, tried again later.

The log itself is what is still to be told: each webhook knows up to which entry it was looked at, so that nothing
waits in a commit and nothing is lost between two processes. A delivery is claimed for a while before it is sent;
whoever dies meanwhile leaves it to be sent again under the same id. Deliveries are unordered: an entry that fails
holds up none behind it, and `index` says the order.

A webhook that fails is left alone for the rest of its round; after days without any success it is stopped, and its
officers are told.
"""

from __future__ import annotations

import asyncio
import random
import ssl
import threading
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import lru_cache

import httpx
import structlog

from tallystick.app.bootstrap import Node
from tallystick.app.reads.keeping import ReadLog
from tallystick.app.reads.seen import Looked
from tallystick.app.reads.who import Who
from tallystick.app.webhooks.addresses import networks
from tallystick.app.webhooks.hooks import Hook
from tallystick.app.webhooks.sending import Line, Outcome, gone_status, opened
from tallystick.app.webhooks.signing import Seeds, headers
from tallystick.app.webhooks.telling import (
    message_id,
    planned,
    program_roles,
    told,
    waiting_max,
)
from tallystick.ledger import Clock, DeliveryRow, Reader, SystemClock, TallystickError, instant

#: After which an attempt that failed is followed by the next; then it is given up.
retry_after_s = (5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400)
jitter_percent = 20
claimed_at_once, at_once_per_webhook = 200, 4
round_s_max, claim_ms = 45.0, 120_000
kept_days, day_ms = 30, 24 * 3600 * 1000
_log = structlog.get_logger()


@dataclass
class Rounds:
    """Of one process. `context`: whom TLS trusts; `chance`: for the jitter."""

    node: Node
    clock: Clock = field(default_factory=SystemClock)
    context: ssl.SSLContext = field(default_factory=httpx.create_ssl_context)
    chance: Callable[[float, float], float] = field(
        default_factory=lambda: random.SystemRandom().uniform
    )

    def __post_init__(self) -> None:
        self.seeds = Seeds(self.node.settings.folder)
        self._reads = ReadLog(self.node, self.clock)

    def plan(self) -> int:
        """Write down what is to be sent of new entries; how many."""
        with self.node.store.read() as transaction:
            rows = transaction.webhooks.all("active")
            crowded = {
                row.id: transaction.webhooks.counts(row.id).get("waiting", 0) >= waiting_max
                for row in rows
            }
        return sum(self._plan(Hook.of(row)) for row in rows if not crowded[row.id])

    def _plan(self, hook: Hook) -> int:
        with self.node.reader.open() as snapshot:
            if snapshot.size() <= hook.next:
                return 0
            rows, end = planned(snapshot, hook, self.clock.now_ms())
        with self.node.store.note() as transaction:
            if not transaction.webhooks.advance(hook.id, hook.next, end):
                return 0
            transaction.webhooks.add(rows)
        return len(rows)

    def work(self) -> int:
        """Send what is due; how many were claimed."""
        now_ms = self.clock.now_ms()
        with self.node.store.note() as transaction:
            transaction.webhooks.forget(now_ms - kept_days * day_ms)
            rows = transaction.webhooks.claim(now_ms, now_ms + claim_ms, claimed_at_once)
            hooks = {row.id: Hook.of(row) for row in transaction.webhooks.all("active")}
        by_hook: dict[str, list[DeliveryRow]] = defaultdict(list)
        for row in rows:
            by_hook[row.webhook].append(row)
        if rows:
            asyncio.run(self._sent(hooks, by_hook))
            self._reads.flush()
        return len(rows)

    async def _sent(self, hooks: dict[str, Hook], rows: dict[str, list[DeliveryRow]]) -> None:
        until = time.monotonic() + round_s_max
        sending = (_Sending(self, hooks[one], until).all(rows[one]) for one in rows if one in hooks)
        await asyncio.gather(*sending)

    def compose(self, hook: Hook, row: DeliveryRow) -> bytes | None:
        """What is sent now; a look of the organisation, noted where a body is in it."""
        looked = Looked()
        with self.node.reader.open() as snapshot:
            body = told(self.node, snapshot, hook, row, looked, self.clock.now_ms())
        who = Who("webhook", hook.id)
        reader = Reader.party(hook.organisation, program_roles)
        self._reads.note(who, reader, looked, "webhook", f"entry {row.index}")
        return body

    def ended(self, row: DeliveryRow, outcome: Outcome) -> DeliveryRow:
        """The delivery after an attempt."""
        now_ms = self.clock.now_ms()
        done = replace(
            row, attempts=row.attempts + 1, tried_ms=now_ms, status=outcome.status, problem=outcome.problem or None
        )  # fmt: skip
        if not outcome.problem:
            return replace(done, state="delivered")
        if row.attempts >= len(retry_after_s):
            return replace(done, state="failed")
        return replace(done, due_ms=now_ms + self._wait_ms(row.attempts, outcome))

    def withheld(self, row: DeliveryRow) -> DeliveryRow:
        """What the organisation may not read any more is not sent."""
        now_ms = self.clock.now_ms()
        return replace(row, state="withheld", tried_ms=now_ms, problem="not-readable")

    def record(self, hook: Hook, rows: list[DeliveryRow]) -> None:
        """Write down how deliveries stand now, and what follows for their webhook."""
        now_ms = self.clock.now_ms()
        good = any(row.state == "delivered" for row in rows)
        bad = any(
            row.problem and row.tried_ms is not None and row.state != "withheld" for row in rows
        )
        with self.node.store.note() as transaction:
            for row in rows:
                transaction.webhooks.close(row)
            if good:
                transaction.webhooks.failing(hook.id, None)
            elif bad and hook.failing_ms is None:
                transaction.webhooks.failing(hook.id, now_ms)
        if any(row.status == gone_status for row in rows):
            self.stop(hook, "gone")
        elif bad and not good and hook.failing_ms is not None:
            days = (now_ms - hook.failing_ms) // day_ms
            if days >= self.node.settings.webhook_failing_days:
                self.stop(hook, "failing")

    def postponed(self, rows: list[DeliveryRow], wait_ms: int) -> list[DeliveryRow]:
        """Not tried at all in this round; no attempt is counted."""
        due_ms = self.clock.now_ms() + wait_ms
        return [replace(row, due_ms=due_ms) for row in rows]

    def stop(self, hook: Hook, state: str) -> None:
        """Nothing more is sent until an officer says so; its officers are told."""
        with self.node.reader.open() as snapshot:
            index = max(0, snapshot.size() - 1)
        stopped = {"index": index, "time": instant(self.clock.now_ms()), "why": state}
        with self.node.store.note() as transaction:
            now = transaction.webhooks.one(hook.id)
            if now is None or now.state != "active":
                return
            changed = Hook.of(now).told.model_copy(update={"stopped": stopped})
            transaction.webhooks.change(hook.id, state, changed.model_dump_json())
        _log.warning("webhook-stopped", webhook=hook.id, organisation=hook.organisation, why=state)

    def _wait_ms(self, attempts: int, outcome: Outcome) -> int:
        usual = retry_after_s[attempts] * 1000
        late = self.chance(1 - jitter_percent / 100, 1 + jitter_percent / 100)
        return max(int(usual * late), outcome.retry_after_s * 1000)


@dataclass
class _Sending:
    """The deliveries of one webhook in one round."""

    rounds: Rounds
    hook: Hook
    until_s: float
    failed: bool = False
    done: list[DeliveryRow] = field(default_factory=list)

    async def all(self, rows: list[DeliveryRow]) -> None:
        allowed = networks(self.rounds.node.settings.webhook_networks)
        line = await opened(self.hook.told.wish.address, allowed, self.rounds.context)
        waiting = list(reversed(rows))
        try:
            if isinstance(line, Outcome):
                self.failed = True
                self.done.append(self.rounds.ended(waiting.pop(), line))
            else:
                async with line.client:
                    takers = (self._some(line, waiting) for _ in range(at_once_per_webhook))
                    await asyncio.gather(*takers)
        finally:
            wait_ms = retry_after_s[0] * 1000 if self.failed else 0
            kept = [*self.done, *self.rounds.postponed(waiting, wait_ms)]
            await asyncio.to_thread(self.rounds.record, self.hook, kept)

    async def _some(self, line: Line, waiting: list[DeliveryRow]) -> None:
        while waiting and not self.failed and time.monotonic() < self.until_s:
            row = waiting.pop()
            body = await asyncio.to_thread(self.rounds.compose, self.hook, row)
            if body is None:
                self.done.append(self.rounds.withheld(row))
                continue
            at_ms, name = self.rounds.clock.now_ms(), message_id(row)
            secrets = self.hook.signing(self.rounds.seeds, at_ms)
            outcome = await line.post(body, headers(name, at_ms, body, secrets))
            self.failed = self.failed or bool(outcome.problem)
            self.done.append(self.rounds.ended(row, outcome))


@dataclass
class Background:
    """A thread of the worker that goes round while something is due, so that nobody waits for slow addresses."""

    _thread: threading.Thread | None = None
    _rounds: Rounds | None = None

    def start(self, node: Node) -> None:
        if self._thread is not None and self._thread.is_alive():
            return
        # Whom TLS trusts is read once.
        self._rounds = rounds = self._rounds or Rounds(node)
        self._thread = threading.Thread(target=_run, args=(rounds,), name="webhooks", daemon=True)
        self._thread.start()


@lru_cache(maxsize=1)
def background() -> Background:
    """Of this process."""
    return Background()


def plan(node: Node) -> None:
    """For the worker's beat, which nothing here may stop."""
    try:
        with node.store.read() as transaction:
            if not transaction.webhooks.all("active"):
                return
        background().start(node)
    except TallystickError as error:
        _log.error("webhooks-not-planned", code=error.code, detail=error.detail)


def _run(rounds: Rounds) -> None:
    try:
        while rounds.plan() + rounds.work():
            pass
    except (TallystickError, OSError, ValueError) as error:
        _log.error("webhooks", problem=type(error).__name__, detail=str(error))
