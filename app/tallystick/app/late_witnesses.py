"""Witnesses that missed a round: asked again for the newest checkpoint, each in its own time.

A round ends half a second after its quorum is there. Who was slow or unreachable then is asked again after 4,
15, 60 and then every 300 s, in a thread of its own: no round, no checkpoint and no other witness waits for
it. An answer that comes after its round is kept too.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass

from tallystick.ledger import Note, NoteSignature, TallystickError, witness

late_job = "log.cosign-late"
pause_s = (4, 15, 60, 300)


class WitnessesLate(TallystickError):
    code = "witnesses-late"
    status = 503
    title = "The quorum is there, but not every witness has cosigned the newest checkpoint"
    advice = "Nothing waits for them. `tallystick log show` says what each of them did."


@dataclass(frozen=True, slots=True)
class Answered:
    """What came of asking a witness for the checkpoint of `size`; `line` if it cosigned."""

    size: int
    outcome: witness.Outcome
    line: NoteSignature | None


class Late:
    """Who is being asked now, and when each may be asked again; for one worker."""

    def __init__(self, monotonic_ns: Callable[[], int] = time.monotonic_ns) -> None:
        self.monotonic_ns = monotonic_ns
        self.running: dict[str, tuple[int, Future[NoteSignature]]] = {}
        self._failed: dict[str, int] = {}
        self._next_ns: dict[str, int] = {}

    def adopt(self, size: int, pending: Mapping[str, Future[NoteSignature]]) -> None:
        """Go on waiting for those whom a round has left."""
        for name, future in pending.items():
            self.running.setdefault(name, (size, future))

    def answers(self) -> list[Answered]:
        """Those that have answered since the last time."""
        found: list[Answered] = []
        for name, (size, future) in list(self.running.items()):
            if not future.done():
                continue
            del self.running[name]
            outcome = witness.outcome_of(future, name)
            line = None if future.cancelled() or future.exception() else future.result()
            self._pause(name, failed=line is None)
            found.append(Answered(size, outcome, line))
        return found

    def ask(
        self,
        size: int,
        note: Note,
        missing: Sequence[witness.AskedWitness],
        prove: witness.Prove,
    ) -> None:
        """Ask those that are due and not being asked already."""
        now = self.monotonic_ns()
        for one in missing:
            if one.name in self.running:
                continue
            if now >= self._next_ns.setdefault(one.name, now + pause_s[0] * 10**9):
                self.running[one.name] = (size, _asked(one, note, prove))

    def _pause(self, name: str, *, failed: bool) -> None:
        count = self._failed[name] = self._failed.get(name, 0) + 1 if failed else 0
        self._next_ns.pop(name, None)
        if failed:
            pause = pause_s[min(count, len(pause_s) - 1)]
            self._next_ns[name] = self.monotonic_ns() + pause * 10**9


def _asked(one: witness.AskedWitness, note: Note, prove: witness.Prove) -> Future[NoteSignature]:
    """Asked in a thread that ends with the process: whoever stops the node waits for no witness."""
    future: Future[NoteSignature] = Future()

    def ask() -> None:
        try:
            future.set_result(one.cosign(note, prove))
        except BaseException as error:  # noqa: BLE001 - told by the future, as an executor does
            future.set_exception(error)

    threading.Thread(target=ask, name=f"late-{one.name}", daemon=True).start()
    return future
