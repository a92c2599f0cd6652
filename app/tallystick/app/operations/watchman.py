"""Looking after a running process, from a thread of its own, so that asking how it is costs nothing.

Slow checks (the database, the disk) are made every two seconds, whoever asks and however often; fast ones
when somebody asks. What changes is logged once, with its detail; the detail is not for the public.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import structlog

from tallystick.app.operations.reasons import CheckFailed, ChecksLate, Reason
from tallystick.ledger import Stopping, TallystickError

look_every_ms = 2000
late_after_ms = 15_000
Check = Callable[[], None]
_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Report:
    """Why the process is not ready, and what it warns of."""

    reasons: tuple[TallystickError, ...] = ()
    warnings: tuple[TallystickError, ...] = ()


@dataclass
class Watchman:
    """A check raises its `Reason`; any other refusal is a reason too. `start` and `stop` once."""

    slow: Sequence[Check] = ()
    fast: Sequence[Check] = ()
    every_ms: int = look_every_ms
    _found: Report = Report()
    _looked_ns: int = 0
    _said: tuple[str, ...] = ()
    _running: bool = False
    _stopping: threading.Event = field(default_factory=threading.Event)
    _looking: threading.Lock = field(default_factory=threading.Lock)

    def start(self) -> None:
        """The first look is over when this returns."""
        self.look()
        self._running = True
        self._thread = threading.Thread(target=self._run, name="watchman", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._stopping.set()

    def look(self) -> None:
        """Make the slow checks now."""
        with self._looking:
            self._found = checked(self.slow)
            self._looked_ns = time.monotonic_ns()
        self._say(self.report())

    def report(self) -> Report:
        """How it is; never waits while the thread runs."""
        if not self._running and not self._looked_ns:
            with self._looking:
                self._found = checked(self.slow)
        found, now = self._found, checked(self.fast)
        late = self._late() if self._running else ()
        return Report((*now.reasons, *late, *found.reasons), (*now.warnings, *found.warnings))

    def _late(self) -> tuple[Reason, ...]:
        silent_ms = (time.monotonic_ns() - self._looked_ns) // 1_000_000
        return (ChecksLate(f"for {silent_ms // 1000} s"),) if silent_ms > late_after_ms else ()

    def _run(self) -> None:
        while not self._stopping.wait(self.every_ms / 1000):
            self.look()

    def _say(self, report: Report) -> None:
        codes = tuple(one.code for one in (*report.reasons, *report.warnings))
        if codes == self._said or Stopping.code in codes:
            return
        self._said = codes
        details = {one.code: one.detail for one in (*report.reasons, *report.warnings)}
        if report.reasons:
            _log.error("not-ready", reasons=[one.code for one in report.reasons], details=details)
        elif report.warnings:
            _log.warning("ready, with warnings", details=details)
        else:
            _log.info("ready")


def checked(checks: Sequence[Check]) -> Report:
    """Make them all; a defect of a check is a reason like others."""
    reasons: list[TallystickError] = []
    warnings: list[TallystickError] = []
    for check in checks:
        try:
            check()
        except TallystickError as error:
            (warnings if getattr(error, "warns", False) else reasons).append(error)
        except Exception as error:  # noqa: BLE001 - the thread must go on looking
            reasons.append(CheckFailed(repr(error)))
    return Report(tuple(reasons), tuple(warnings))
