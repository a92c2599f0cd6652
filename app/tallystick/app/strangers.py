"""The desk for strangers: what they ask is looked up at once, or together with what others ask.

From a file on this machine a few rows are read in less time than it takes to wake a thread: so they are read where the
request is. A database server is waited for by one of a few threads, which answers all requests that wait from one
snapshot. Each snapshot is opened after its requests came: a change of the log is seen by whoever asks next.
"""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import Context, copy_context
from dataclasses import dataclass, field

from fastapi import HTTPException, Response
from starlette.types import Scope

from tallystick.app.access import Reading
from tallystick.ledger import LogReader, Snapshot, TallystickError, public_reader

#: Turns at a time: while one waits for the database another goes on.
threads_max = 4
#: Requests that are answered from one snapshot.
turn_requests_max = 64
#: Whoever sends one of these may be somebody.
_says = frozenset({b"authorization", b"cookie", b"signature", b"signature-input"})
Outcome = Response | BaseException
#: What makes an answer, and the documents that it will look for first, by kind.
Work = Callable[[Reading], Response]
Wanted = Mapping[str, Sequence[str]]


@dataclass(slots=True)
class _Asked:
    work: Work
    wanted: Wanted
    loop: asyncio.AbstractEventLoop
    answer: asyncio.Future[Response]
    context: Context = field(default_factory=copy_context)

    def tell(self, outcome: Outcome) -> None:
        """In the loop. Whoever went away is told nothing."""
        if self.answer.done():
            return
        if isinstance(outcome, BaseException):
            self.answer.set_exception(outcome)
        else:
            self.answer.set_result(outcome)


class StrangersDesk:
    """Of one application; identity's routes ask it (`Strangers`)."""

    def __init__(self, log: LogReader) -> None:
        self._log = log
        self._pool = ThreadPoolExecutor(threads_max, "strangers")
        self._waiting: deque[_Asked] = deque()
        self._lock = threading.Lock()
        self._turns = 0

    def close(self) -> None:
        self._pool.shutdown(wait=False, cancel_futures=True)

    def is_one(self, scope: Scope) -> bool:
        """Of what is in front, the door notes whom it let in by a signature or a token: both are headers."""
        return "tls" not in scope.get("extensions", ()) and _says.isdisjoint(
            [name for name, _ in scope["headers"]]
        )

    async def read(self, work: Work, wanted: Wanted) -> Response:
        """Raises what the work raises, and `StoreUnusable`."""
        if self._log.is_beside:
            with self._log.open() as snapshot:
                return work(_reading(snapshot))
        loop = asyncio.get_running_loop()
        asked = _Asked(work, wanted, loop, loop.create_future())
        with self._lock:
            self._waiting.append(asked)
            begins = self._turns < threads_max
            self._turns += begins
        if begins:
            self._pool.submit(self._work)
        return await asked.answer

    def _work(self) -> None:
        """Turn after turn, until nobody waits."""
        while True:
            with self._lock:
                count = min(len(self._waiting), turn_requests_max)
                taken = [self._waiting.popleft() for _ in range(count)]
                if not taken:
                    self._turns -= 1
                    return
            told = self._turn(taken)
            for loop in {one.loop for one in taken}:
                mine = [pair for pair in zip(taken, told, strict=True) if pair[0].loop is loop]
                loop.call_soon_threadsafe(_tell, mine)

    def _turn(self, taken: Sequence[_Asked]) -> Sequence[Outcome]:
        """What fails in the database fails the snapshot: then those that were not answered yet have one each."""
        told: list[Outcome] = []
        try:
            with self._log.open() as snapshot:
                if len(taken) > 1:
                    snapshot.expect(_together(one.wanted for one in taken))
                reading = _reading(snapshot)
                for one in taken:
                    told.append(_tried(one, reading))
        except Exception as error:  # noqa: BLE001 - whoever waits is told, whatever it is
            if len(taken) == 1:
                return told or [error]
            told += [self._turn([one])[0] for one in taken[len(told) :]]
        return told


def _reading(snapshot: Snapshot) -> Reading:
    return Reading(snapshot, public_reader.grading(snapshot.raised))


def _tried(asked: _Asked, reading: Reading) -> Outcome:
    try:
        return asked.context.run(asked.work, reading)
    except (TallystickError, HTTPException) as error:
        return error


def _tell(answers: Sequence[tuple[_Asked, Outcome]]) -> None:
    for asked, outcome in answers:
        asked.tell(outcome)


def _together(each: Iterable[Wanted]) -> Mapping[str, Sequence[str]]:
    found: dict[str, list[str]] = {}
    for wanted in each:
        for kind, names in wanted.items():
            found.setdefault(kind, []).extend(names)
    return found
