"""`tallystick audit`: a log replayed and every table compared; and by its signatures alone.

Beside each: bare verification of signatures on as many cores, measured in turn; for the whole audit also R
(quality.md, "Speed"), as the append rows measure it. Memory is that of a process that does nothing else.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from bench.append import measured
from bench.bare import bare_database
from bench.context import Bench
from bench.log import BenchLog, batches, bench_log
from bench.measure import Result, Row, median_rate, size_name, spend

from tallystick.app.bootstrap import admit, rule_set
from tallystick.ledger import Checker, InvariantError, Submission
from tallystick.ledger.auditing import Crew

captures_share = 10
memory_timeout_s = 3600


@dataclass
class _Figures:
    """Of one kind of audit, in entries per second: by processes at the first size, and by size."""

    by_cores: dict[int, list[float]] = field(default_factory=dict)
    ceiling: dict[int, list[float]] = field(default_factory=dict)
    growth: dict[str, float] = field(default_factory=dict)
    memory: dict[str, int] = field(default_factory=dict)

    def ours(self, cores: int) -> float:
        return median(self.by_cores[cores])

    def share(self, cores: int) -> float:
        return self.ours(cores) / median(self.ceiling[cores])


def rows(bench: Bench) -> Iterator[Result]:
    """The audit of an SQLite log of handle entries, every tenth (of the first size) a capture."""
    whole, alone = _Figures(), _Figures()
    cores = bench.ceiling.cores
    with bench.sqlite() as url, bench_log(url, bench.new_folder(), bench.new_pens()) as log:
        sample = log.captures(bench.scale.sizes[0] // captures_share)
        log.append(batches(sample, bench.scale.batch_entries))
        for position, size in enumerate(bench.scale.sizes):
            log.fill(size)
            log.ledger.seal(force=True)
            for ruled, figures in ((True, whole), (False, alone)):
                if position == 0:
                    _by_cores(bench, log, sample, figures, ruled)
                    figures.growth[size_name(size)] = figures.ours(cores)
                else:
                    with _crew(cores) as crew:
                        figures.growth[size_name(size)] = _rate(log, crew, ruled)
                figures.memory[size_name(size)] = _memory_mib(url, log, cores, ruled)
        with bench.sqlite() as bare_url, bare_database(bare_url) as bare:
            reachable = measured(bench, log, bare, BenchLog.mint).reachable()
    yield _row("audit of an SQLite log", whole, cores, reachable)
    yield _row("audit of an SQLite log without rules", alone, cores, None)


def _by_cores(
    bench: Bench, log: BenchLog, sample: Sequence[Submission], figures: _Figures, ruled: bool
) -> None:
    """With one process beside the one that judges, and with one for each core; the ceiling in turn."""
    tried = sorted({1, bench.ceiling.cores})
    for cores in tried:
        with _crew(cores) as crew:
            # The processes start here.
            _rate(log, crew, ruled)
            for _ in range(bench.scale.rounds):
                figures.by_cores.setdefault(cores, []).append(_rate(log, crew, ruled))
                found = bench.ceiling.rate_on(sample, cores)
                figures.ceiling.setdefault(cores, []).append(found)


def _rate(log: BenchLog, crew: Crew, ruled: bool) -> float:
    checker = Checker(0, admit)
    return median_rate([spend(lambda: log.audit(checker, crew=crew, ruled=ruled).size)])


def _row(name: str, figures: _Figures, cores: int, reachable: float | None) -> Row:
    details: dict[str, float | str] = {}
    for count in figures.by_cores:
        details[f"entries/s, {count} processes"] = round(figures.ours(count))
        details[f"share of the ceiling of {count} cores"] = round(figures.share(count), 3)
    if reachable is not None:
        details["R, entries/s"] = round(reachable)
        details["share of R"] = round(figures.ours(cores) / reachable, 3)
    for size, mib in figures.memory.items():
        details[f"memory of the auditing process at {size} entries, MiB"] = mib
    return Row(
        name,
        figures.ours(cores),
        median(figures.ceiling[cores]),
        "entries/s",
        "bare signature verification on all cores",
        figures.growth,
        details,
    )


@contextmanager
def _crew(processes: int) -> Iterator[Crew]:
    crew = Crew(processes, admit, rule_set)
    try:
        yield crew
    finally:
        crew.close()


def _memory_mib(url: str, log: BenchLog, cores: int, ruled: bool) -> int:
    """The most that a process of its own had in memory while it audited this log."""
    asked = [sys.executable, "-m", "bench.audit_memory", url, f"{cores}", f"{int(ruled)}"]
    root = Path(__file__).parents[1]
    env = {**os.environ, "PYTHONPATH": str(root)}
    done = subprocess.run(
        asked,
        cwd=root,
        env=env,
        capture_output=True,
        text=True,
        timeout=memory_timeout_s,
        check=False,
    )
    if done.returncode or not done.stdout.strip().isdecimal():
        raise InvariantError(f"the audit of {log.store.url} failed: {done.stderr[-500:]}")
    return int(done.stdout)
