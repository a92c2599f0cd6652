"""Anchoring checkpoints on a chain, from the outbox: `log.anchor`.

Never in the way of the log or of its witnesses: the worker looks once in `plan_interval_s` whether a
checkpoint is due, and each step of an anchor runs in a thread of its own. Only final checkpoints are anchored,
under the policy `none` any. A row stays open, with its problem, until its anchor has its confirmations;
the newest anchor is looked at again every `recheck_interval_s`, and sent again if its block is gone.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache

import structlog

import tallystick.contracts as contracts
from tallystick.app.anchor.configured import anchorable
from tallystick.app.anchor.step import step
from tallystick.app.bootstrap import Node
from tallystick.ledger import Clock, SystemClock, TallystickError

anchor_job = "log.anchor"
plan_interval_s = 5
recheck_interval_s = 600
pause_s = (1, 2, 5, 15, 60)
pause_alarmed_s = 300
_alarming = (contracts.AnchorFork, contracts.ChainAhead, contracts.RpcsDiffer)
_waiting = (contracts.AnchorPending, contracts.AnchorUnconfirmed, contracts.AnchorGone)
_log = structlog.get_logger()


@dataclass
class Steps:
    """One anchor's steps in this process, and when the next one may be tried."""

    monotonic_ns: Callable[[], int] = time.monotonic_ns
    clock: Clock = field(default_factory=SystemClock)
    _failed: int = 0
    _next_ns: int = 0
    _planned_ns: int = 0
    _checked_ns: int = 0
    _running: threading.Thread | None = None
    _size: int = 0
    _outcome: TallystickError | None = None

    def plan(self, node: Node) -> None:
        """Write the outbox row of what is due, unless one is open or it is too early to look."""
        settings, now_ns = node.settings, self.monotonic_ns()
        if not settings.anchor_contract or now_ns < self._planned_ns:
            return
        self._planned_ns = now_ns + plan_interval_s * 10**9
        again = now_ns >= self._checked_ns
        size = due(node, self.clock.now_ms(), again=again)
        if size is not None:
            self._checked_ns = now_ns + recheck_interval_s * 10**9
            self._failed = self._next_ns = 0
            enqueue(node, size)

    def take(self, node: Node, size: int) -> None:
        """Begin the next step, or tell what came of the last one: raises what is still in the way."""
        if self._running is None:
            if size != self._size:
                self._size, self._outcome = size, None
            if self.monotonic_ns() >= self._next_ns:
                self._begin(node, size)
            raise self._told()
        if self._running.is_alive():
            raise self._told()
        self._running = None
        if size != self._size:
            raise self._told()  # the other one's step runs again, which does no harm
        if self._outcome is None:
            self._failed = self._next_ns = 0
            return
        self._pause(self._outcome)
        raise self._told()

    def _begin(self, node: Node, size: int) -> None:
        """In a thread that ends with the process: whoever stops the node waits for no chain."""
        self._running = threading.Thread(
            target=self._run, args=(node, size), name="anchor", daemon=True
        )
        self._running.start()

    def _told(self) -> TallystickError:
        found = self._outcome or contracts.AnchorPending("the chain is being asked")
        return found.with_traceback(None)

    def wait(self) -> None:
        """Until the step that runs has ended."""
        if self._running is not None:
            self._running.join()

    def _run(self, node: Node, size: int) -> None:
        try:
            step(node, size, self.clock)
            self._outcome = None
        except TallystickError as error:
            self._outcome = error
        except Exception as error:  # noqa: BLE001 - a thread's end is told by what the row says
            _log.error("anchor-failed", error=repr(error))
            self._outcome = contracts.AnchorFailed(type(error).__name__)

    def _pause(self, error: TallystickError) -> None:
        self._failed = 0 if isinstance(error, _waiting) else self._failed + 1
        pause = pause_s[min(self._failed, len(pause_s) - 1)]
        if isinstance(error, _alarming):
            pause = pause_alarmed_s
            _log.error(error.code, detail=error.detail, advice=error.advice)
        self._next_ns = self.monotonic_ns() + pause * 10**9


@lru_cache(maxsize=1)
def steps() -> Steps:
    """Of this process."""
    return Steps()


def anchor_checkpoint(node: Node, payload: str) -> None:
    """The outbox job: done once the anchor is confirmed, or a larger one covers it."""
    steps().take(node, int(payload))


def plan(node: Node) -> None:
    """For the worker's beat, which nothing here may stop."""
    try:
        steps().plan(node)
    except TallystickError as error:
        _log.error("anchor-not-planned", code=error.code, detail=error.detail)


def due(node: Node, now_ms: int, *, again: bool) -> int | None:
    """The size to anchor now: a new one, or with `again` the newest anchor, to be looked at."""
    settings = node.settings
    contract = contracts.read_address(settings.anchor_contract)
    with node.store.read() as transaction:
        if transaction.outbox.waiting_of(anchor_job):
            return None
        last = transaction.anchors.newest(settings.anchor_chain, contract)
    with node.reader.open() as snapshot:
        found, none = anchorable(snapshot), snapshot.policy().is_none
    if found is None:
        return None
    if last is None:
        return found[0]
    with node.store.read() as transaction:
        count = transaction.anchors.checkpoints_since(last.size, final=not none)
    late = now_ms - last.signed_ms >= settings.anchor_interval_s * 1000
    if found[0] > last.size and (count >= settings.anchor_checkpoints or late):
        return found[0]
    return last.size if again and last.status != "covered" else None


def enqueue(node: Node, size: int) -> None:
    """Let the worker anchor the checkpoint of this size, or look at its anchor again."""
    with node.store.write() as transaction:
        transaction.outbox.add(anchor_job, f"{size:020d}", str(size))
