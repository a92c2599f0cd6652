"""The one thread that appends and seals while a node serves (architecture, "One way in").

Requests hand their entries over and wait. Entries that arrive together are committed together; a batch
never waits for more, so that a lone entry costs one durable commit and a crowd shares it. While one batch
is judged and written, what arrives meanwhile is being verified: large requests from the moment they are handed in,
by the processes that check, others once the thread comes round.
"""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import groupby

import structlog

from tallystick.ledger.checker import Chunk
from tallystick.ledger.entry import Submission
from tallystick.ledger.errors import TallystickError
from tallystick.ledger.service import Begun, Ledger, batch_entries_max
from tallystick.ledger.store import SequencerFenced
from tallystick.ledger.submission import Answer
from tallystick.ledger.watching import Unwatched, Watch

waiting_batches_max = 256
seal_interval_ms = 500
answer_timeout_s = 60

_log = structlog.get_logger()


class Busy(TallystickError):
    code = "busy"
    status = 503
    title = "The log takes in entries more slowly than they arrive"
    advice = "Send the same entries again after the seconds in Retry-After."


class Stopping(TallystickError):
    code = "stopping"
    status = 503
    title = "The node is stopping, and takes in nothing more"
    advice = "Send the same entries again after the seconds in Retry-After."


class SequencerDead(TallystickError):
    code = "sequencer-dead"
    status = 503
    title = "The thread that appends to the log has ended"
    advice = "Restart the node, and send the same entries again. The node's log says why it ended."


@dataclass
class Sequencer:
    """Call `start` once and `stop` at the end; `submit` from any thread."""

    ledger: Ledger
    fenced: SequencerFenced | None = None
    on_fenced: Callable[[], None] = lambda: None
    watch: Watch = field(default_factory=Unwatched)
    _queue: queue.Queue[_Work] = field(init=False)
    _stopping: threading.Event = field(default_factory=threading.Event)
    _ended: threading.Event = field(default_factory=threading.Event)
    _in_hand: list[_Begun] = field(default_factory=list)
    _beat_ns: int = 0
    _failing: str = ""

    def __post_init__(self) -> None:
        self._queue = queue.Queue(waiting_batches_max)
        self._thread = threading.Thread(target=self._run, name="sequencer", daemon=True)

    def start(self) -> None:
        self._beat_ns = time.monotonic_ns()
        self.ledger.checker.warm()
        self._thread.start()

    def stop(self, within_s: int | None = None) -> bool:
        """Finish what waits, seal, and end; whether it ended in time."""
        self._stopping.set()
        with suppress(queue.Full):
            # The thread may be waiting for something to arrive.
            self._queue.put_nowait(_Work([]))
        self._thread.join(within_s)
        return not self._thread.is_alive()

    def require_alive(self, stuck_ms_max: int) -> None:
        """Raises `SequencerDead`, also if the thread has not come round for so long."""
        if self._ended.is_set():
            raise SequencerDead
        silent_ms = (time.monotonic_ns() - self._beat_ns) // 1_000_000 if self._beat_ns else 0
        if silent_ms > stuck_ms_max:
            raise SequencerDead(f"it has not come round for {silent_ms // 1000} seconds")

    def waiting(self) -> int:
        """Batches that were handed in and are not begun."""
        return self._queue.qsize()

    def verifying(self) -> int:
        """Chunks of entries whose signatures other processes are checking now."""
        with self._queue.mutex:
            begun = [work.begun for work in self._queue.queue if work.begun]
        begun += [batch for _, batch in self._in_hand]
        return sum(chunk.waiting() for _, chunks in begun for chunk in chunks)

    def hand_in(self, submissions: Sequence[Submission]) -> Future[list[Answer]]:
        """As `submit`, without waiting for the answers."""
        if self.fenced is not None:
            raise SequencerFenced(self.fenced.detail)
        work = _Work(list(submissions))
        if not work.submissions:
            work.answers.set_result([])
            return work.answers
        if self.ledger.checker.goes_elsewhere(len(work.submissions)) and not self._queue.full():
            work.begun = self.ledger.verify_ahead(work.submissions)
        try:
            self._queue.put_nowait(work)
        except queue.Full:
            raise Busy(f"{waiting_batches_max} batches wait") from None
        if self._ended.is_set():
            self._refuse_waiting()
        return work.answers

    def submit(self, submissions: Sequence[Submission]) -> list[Answer]:
        """One answer per entry, durable; raises `Busy` when too much waits, `SequencerFenced` for ever."""
        try:
            return self.hand_in(submissions).result(timeout=answer_timeout_s)
        except TimeoutError:
            raise Busy(f"no answer within {answer_timeout_s} seconds") from None

    def _run(self) -> None:
        try:
            self._work()
        finally:
            # Whatever ended it, nobody waits for an answer that will never come.
            self._ended.set()
            self._refuse_waiting()

    def _refuse_waiting(self) -> None:
        told = Stopping if self._stopping.is_set() else SequencerDead
        for together, _ in self._in_hand:
            _fail(together, told())
        while True:
            try:
                _fail([self._queue.get_nowait()], told())
            except queue.Empty:
                return

    def _work(self) -> None:
        sealed_ns = time.monotonic_ns()
        begun: _Begun | None = None
        while begun or not (self._stopping.is_set() and self._queue.empty()):
            self._beat_ns = time.monotonic_ns()
            following = self._begin(self._gather(wait=begun is None))
            self._in_hand = [one for one in (begun, following) if one]
            if begun:
                self._take(begun)
            begun = following
            if time.monotonic_ns() - sealed_ns >= seal_interval_ms * 1_000_000:
                self._seal()
                sealed_ns = time.monotonic_ns()
        self._seal()

    def _gather(self, *, wait: bool) -> list[_Work]:
        """What has arrived; with `wait`, for a moment until something has."""
        try:
            together = [self._queue.get(wait, seal_interval_ms / 2000)]
        except queue.Empty:
            return []
        entries = len(together[0].submissions)
        while entries < batch_entries_max:
            try:
                together.append(self._queue.get_nowait())
            except queue.Empty:
                break
            entries += len(together[-1].submissions)
        # Nothing is in what `stop` wakes the thread with.
        return [work for work in together if work.submissions]

    def _begin(self, together: list[_Work]) -> _Begun | None:
        if not together:
            return None
        batch: list[Submission] = []
        chunks: list[Chunk] = []
        try:
            for submissions, verifying in self._verifying(together):
                batch += submissions
                chunks += verifying
            return together, (batch, chunks)
        except Exception as error:  # noqa: BLE001 - the senders get it, whatever it is
            self._failed(together, error)
            return None

    def _verifying(self, together: list[_Work]) -> Iterator[Begun]:
        """In order: what is being verified already, and between it the others, begun together now."""
        for elsewhere, works in groupby(together, lambda work: work.begun is not None):
            if elsewhere:
                yield from (work.begun for work in works if work.begun)
            else:
                yield self.ledger.verify_ahead([s for work in works for s in work.submissions])

    def _take(self, begun: _Begun) -> None:
        together, batch = begun
        began_ns = time.monotonic_ns()
        try:
            answers = self.ledger.take(batch)
        except Exception as error:  # noqa: BLE001 - the senders get it, whatever it is
            self._heed(error)
            self._failed(together, error)
            return
        start = 0
        for work in together:
            end = start + len(work.submissions)
            work.answers.set_result(answers[start:end])
            start = end
        self.watch.took(answers, time.monotonic_ns() - began_ns)

    def _heed(self, error: Exception) -> None:
        """Another process appends now: this one takes in nothing any more."""
        if isinstance(error, SequencerFenced) and self.fenced is None:
            self.fenced = error
            _log.error(error.code, detail=error.detail, advice=error.advice)
            self.on_fenced()

    def _failed(self, together: list[_Work], error: Exception) -> None:
        """Tell the senders; of several after an unexpected error, only those who fail alone too."""
        self.watch.failed(error)
        if isinstance(error, TallystickError) or len(together) == 1:
            _fail(together, error)
            return
        _log.error("batch-failed", requests=len(together), error=repr(error))
        for work in together:
            if begun := self._begin([work]):
                self._take(begun)

    def _seal(self) -> None:
        if self.fenced is not None:
            return
        began_ns = time.monotonic_ns()
        try:
            self.ledger.store.keep_alone()
            if self.ledger.seal():
                self.watch.sealed(time.monotonic_ns() - began_ns)
            self._failing = ""
        except SequencerFenced as error:
            self.watch.failed(error)
            self._heed(error)
        except Exception as error:  # noqa: BLE001 - a full disk must not end the thread
            self.watch.failed(error)
            self._say_failing(error)

    def _say_failing(self, error: Exception) -> None:
        """Once for each kind of failure: it tries again twice a second."""
        code = error.code if isinstance(error, TallystickError) else type(error).__name__
        if code != self._failing:
            self._failing = code
            detail = error.detail if isinstance(error, TallystickError) else repr(error)
            _log.error("seal-failed", code=code, detail=detail)


@dataclass
class _Work:
    """`begun`: its signatures, where other processes are checking them already."""

    submissions: list[Submission]
    begun: Begun | None = None
    answers: Future[list[Answer]] = field(default_factory=Future)


_Begun = tuple[list[_Work], Begun]


def _fail(together: list[_Work], error: Exception) -> None:
    for work in together:
        if not work.answers.done():
            work.answers.set_exception(error)
