"""`tallystick audit`: a whole log replayed and every table compared, against bare verification."""

from __future__ import annotations

from collections.abc import Iterator

from bench.append import processes_tried
from bench.context import Bench
from bench.log import BenchLog, batches, bench_log
from bench.measure import Result, Row, median_rate, size_name, spend

captures_share = 10


def rows(bench: Bench) -> Iterator[Result]:
    """The audit of an SQLite log of handle entries, every tenth (of the first size) a capture."""
    growth: dict[str, float] = {}
    by_checker: dict[str, float] = {}
    best, ceiling, chosen = 0.0, 1.0, 0
    with bench.sqlite() as url, bench_log(url, bench.new_folder(), bench.new_pens()) as log:
        sample = log.captures(bench.scale.sizes[0] // captures_share)
        log.append(batches(sample, bench.scale.batch_entries))
        for size in bench.scale.sizes:
            log.fill(size)
            log.ledger.seal(force=True)
            if growth:
                growth[size_name(size)] = _audit(bench, log, chosen)
                continue
            signatures = []
            tried = processes_tried(bench.ceiling.cores)
            for processes in tried:
                signatures.append(bench.ceiling.rate(sample))
                by_checker[f"entries/s, {processes} verifying processes"] = _audit(
                    bench, log, processes
                )
            ceiling = max(signatures)
            best, chosen = max(zip(by_checker.values(), tried, strict=True))
            growth[size_name(size)] = best
    yield Row(
        "audit of an SQLite log",
        best,
        ceiling,
        "entries/s",
        "bare signature verification on all cores",
        growth,
        {"verifying processes": chosen, **by_checker},
    )


def _audit(bench: Bench, log: BenchLog, processes: int) -> float:
    checker = bench.checker(processes)
    return median_rate([spend(lambda: log.audit(checker).size)])
