"""Prometheus metrics: what is counted as it happens, and what is read when somebody asks.

Names follow Prometheus: base units, `_total` for counters. Every label has few values: a handle, an id or a
path is never one.
"""

from __future__ import annotations

import logging
import time
from collections import Counter as Tally
from collections.abc import Sequence

import structlog
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from tallystick.app.operations import logs
from tallystick.ledger import Answer, TallystickError

_ns = 1_000_000_000
commit_buckets_s = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
batch_buckets = (1, 2, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000)
#: A batch is one debug line with at most so many ids.
ids_told_max = 16
_log = structlog.get_logger()


class HttpMetrics:
    """Requests of any of our servers."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._requests = Counter(
            "tallystick_http_requests",
            "Requests answered; status 0: the caller went away",
            ["method", "route", "status"],
            registry=registry,
        )
        self._seconds = Histogram(
            "tallystick_http_request_seconds",
            "From the first byte of a request to the last of its answer",
            ["route"],
            buckets=commit_buckets_s,
            registry=registry,
        )

    def answered(self, method: str, route: str, status: int, elapsed_ns: int) -> None:
        known = method if method in ("GET", "HEAD", "POST", "PUT", "DELETE") else "other"
        self._requests.labels(known, route, str(status)).inc()
        self._seconds.labels(route).observe(elapsed_ns / _ns)


class ProcessMetrics:
    """How the process itself is: readiness, and lines of the log that were lost."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.ready = Gauge(
            "tallystick_ready", "1 while `/readyz` answers 200, else 0", registry=registry
        )
        self.reasons = Gauge(
            "tallystick_not_ready",
            "1 for each reason for which `/readyz` answers 503 now",
            ["reason"],
            registry=registry,
        )
        self.warnings = Gauge(
            "tallystick_warning", "1 for each warning of `/readyz`", ["warning"], registry=registry
        )
        lost = Gauge(
            "tallystick_log_lines_lost", "Lines of the log that could not be written",
            registry=registry,
        )  # fmt: skip
        lost.set_function(lambda: logs.stream.lost)

    def set(self, reasons: Sequence[str], warnings: Sequence[str]) -> None:
        self.ready.set(not reasons)
        for gauge, codes in ((self.reasons, reasons), (self.warnings, warnings)):
            gauge.clear()
            for code in codes:
                gauge.labels(code).set(1)


class WriterMetrics:
    """What the sequencer tells (`ledger.Watch`)."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.written_ns = 0
        self._entries = Counter(
            "tallystick_entries",
            "Entries answered, by outcome and by the part that their type belongs to",
            ["outcome", "part"],
            registry=registry,
        )
        self._turned_away = Counter(
            "tallystick_entries_turned_away",
            "Entries that were refused or rejected, by the code of the answer",
            ["outcome", "code"],
            registry=registry,
        )
        self._commit = Histogram(
            "tallystick_batch_commit_seconds",
            "Judging and durably writing one batch",
            buckets=commit_buckets_s,
            registry=registry,
        )
        self._batch = Histogram(
            "tallystick_batch_entries", "Entries written together", buckets=batch_buckets,
            registry=registry,
        )  # fmt: skip
        self._seal = Histogram(
            "tallystick_seal_seconds",
            "Writing a block and signing its checkpoint",
            buckets=commit_buckets_s,
            registry=registry,
        )
        self._failed = Counter(
            "tallystick_write_failures",
            "Batches and blocks that could not be written, by code",
            ["code"],
            registry=registry,
        )

    def took(self, answers: Sequence[Answer], elapsed_ns: int) -> None:
        self.written_ns = time.monotonic_ns()
        kinds = Tally((a.problem, a.code, a.outcome, a.duplicate, a.type) for a in answers)
        for (problem, code, outcome, duplicate, name), count in kinds.items():
            if problem is not None:
                self._entries.labels("rejected", "none").inc(count)
                self._turned_away.labels("rejected", problem.code).inc(count)
                continue
            part = name.partition(".")[0] or "none"
            self._entries.labels("duplicate" if duplicate else outcome, part).inc(count)
            if code is not None:
                self._turned_away.labels("refused", code).inc(count)
        self._commit.observe(elapsed_ns / _ns)
        self._batch.observe(len(answers))
        if _log.is_enabled_for(logging.DEBUG):
            _log.debug("batch", elapsed_us=elapsed_ns // 1000, **told_entries(answers))

    def sealed(self, elapsed_ns: int) -> None:
        self.written_ns = time.monotonic_ns()
        self._seal.observe(elapsed_ns / _ns)

    def failed(self, error: Exception) -> None:
        code = error.code if isinstance(error, TallystickError) else type(error).__name__
        self._failed.labels(code).inc()
        # The next look tries a write, whenever the last one succeeded.
        self.written_ns = 0


def told_entries(answers: Sequence[Answer]) -> dict[str, object]:
    """Entries in a line of the log: how many, where, and the first ids. No author, nothing of a body."""
    there = [answer.index for answer in answers if answer.index >= 0]
    codes = Tally(
        answer.problem.code if answer.problem else answer.code or answer.outcome
        for answer in answers
    )
    return {
        "entries": len(answers),
        "first": min(there, default=None),
        "last": max(there, default=None),
        "outcomes": dict(codes),
        "ids": [answer.id for answer in answers[:ids_told_max] if answer.id],
    }
