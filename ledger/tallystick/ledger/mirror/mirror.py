"""A mirror at work: it follows its log by itself, and faster when somebody asks for a cosignature.

One thread follows; requests wait for it. Three things end in no cosignature, each by its name: it is behind,
it lacks something, it refuses. The last stands until a person lifts it.
"""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Protocol

import structlog

from tallystick.ledger.checkpoint import Checkpoint, open_checkpoint
from tallystick.ledger.clock import Clock, instant
from tallystick.ledger.errors import TallystickError
from tallystick.ledger.mirror.again import Span
from tallystick.ledger.mirror.errors import (
    MirrorBehind,
    MirrorCannotFollow,
    MirrorFailed,
    MirrorRefuses,
    MirrorWithholds,
)
from tallystick.ledger.mirror.follow import Progress, Source
from tallystick.ledger.mirror.refusal import Refusal, Refusals
from tallystick.ledger.note import Verifier
from tallystick.ledger.system import simulated_suffix

poll_interval_ms = 500
#: Below the time that a log gives a witness for one request (5 s).
reach_ms_max = 4000
waiting_max = 16

_log = structlog.get_logger()
AfterRound = Callable[[], None]


class Follows(Protocol):
    """The way to a checkpoint: `Following` of a full mirror, `OwnFollowing` of an own one."""

    def size(self) -> int: ...

    def follow(self, note: str, span: Span, progress: Progress | None = None) -> Checkpoint: ...


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a mirror stands. `problem`: why the last round failed, if it did."""

    size: int
    newest: int
    refusal: Refusal | None
    problem: TallystickError | None


class Mirror:
    """Call `start` once and `stop` at the end; `reach` from any thread."""

    def __init__(
        self,
        follows: Follows,
        source: Source,
        verifier: Verifier,
        refusals: Refusals,
        clock: Clock,
        after_round: AfterRound = lambda: None,
    ) -> None:
        self._follows = follows
        self._source = source
        self._verifier = verifier
        self._refusals = refusals
        self._clock = clock
        self._after_round = after_round
        self._simulated = verifier.name.endswith(simulated_suffix)
        self._known_ms: int | None = None
        self._newest = 0
        self._problem: TallystickError | None = None
        self._wanted: queue.Queue[tuple[str, Future[Checkpoint]]] = queue.Queue(waiting_max)
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="mirror", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """End after the checkpoint at hand."""
        self._stopping.set()
        self._thread.join()

    def ended(self) -> bool:
        """Whether the thread was started and runs no more."""
        return self._thread.ident is not None and not self._thread.is_alive()

    def standing(self) -> Standing:
        size = self._follows.size()
        return Standing(size, max(size, self._newest), self._refusals.load(), self._problem)

    def reach(self, note: str, timeout_ms: int = reach_ms_max) -> Checkpoint:
        """Wait until this checkpoint is re-executed; raises `MirrorWithholds` that says why it is not."""
        checkpoint = open_checkpoint(note, self._verifier)
        found: Future[Checkpoint] = Future()
        try:
            self._wanted.put_nowait((note, found))
            return found.result(timeout_ms / 1000)
        except (queue.Full, TimeoutError):
            self.require_agreement()
            have = self._follows.size()
            raise MirrorBehind(f"it holds {have} of {checkpoint.size} entries") from None
        except MirrorWithholds:
            raise
        except TallystickError as error:
            # What failed may name addresses: its detail stands in this machine's log alone.
            raise MirrorCannotFollow(f"{error.title} ({error.code})") from None

    def require_agreement(self) -> None:
        """Raises `MirrorRefuses` while a refusal stands."""
        refusal = self._refusals.load()
        if refusal is not None:
            raise refusal.error()

    def follow(self, note: str | None = None, progress: Progress | None = None) -> int:
        """One round, to this checkpoint or to the newest; the size reached, 0 if there is none.

        Raises `MirrorRefuses`, which is kept from then on, or why it could not go on.
        """
        self.require_agreement()
        now_ms = self._clock.now_ms()
        target = self._source.newest() if note is None else note
        if target is None:
            return 0
        self._newest = max(self._newest, open_checkpoint(target, self._verifier).size)
        try:
            checkpoint = self._follows.follow(target, self._span(now_ms), progress)
        except MirrorRefuses as error:
            self._keep(error, target)
            raise
        if note is None:
            self._known_ms = now_ms
        return checkpoint.size

    def _span(self, now_ms: int) -> Span:
        """A simulated log has a clock of its own (formats §4)."""
        return Span() if self._simulated else Span.live(self._known_ms, now_ms)

    def _keep(self, error: MirrorRefuses, note: str) -> None:
        now = instant(self._clock.now_ms())
        self._refusals.keep(Refusal(error.index, error.rule, error.detail, now, note))
        _log.error(error.code, index=error.index, rule=error.rule, detail=error.detail)

    def _run(self) -> None:
        due_ns = time.monotonic_ns() + poll_interval_ms * 1_000_000
        while not self._stopping.is_set():
            wait_ns = due_ns - time.monotonic_ns()
            if wait_ns <= 0:
                # Its own rounds are never put off: anybody may ask, as often as they like.
                self._round(None, Future())
                due_ns = time.monotonic_ns() + poll_interval_ms * 1_000_000
                continue
            try:
                note, found = self._wanted.get(timeout=wait_ns / 1_000_000_000)
            except queue.Empty:
                continue
            self._round(note, found)

    def _round(self, note: str | None, found: Future[Checkpoint]) -> None:
        problem: TallystickError | None = None
        try:
            self.follow(note)
            if note is not None:
                found.set_result(open_checkpoint(note, self._verifier))
            else:
                self._after_round()
        except TallystickError as error:
            problem = error
        except Exception as error:  # noqa: BLE001 - a full disk must not end the thread
            problem = MirrorFailed(repr(error))
        if problem is not None:
            if self._problem is None or problem.code != self._problem.code:
                _log.warning("mirror", code=problem.code, detail=problem.detail)
            found.set_exception(problem)
        self._problem = problem
