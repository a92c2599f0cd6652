"""Signed entries appended, from the bytes of the request to the durable commit.

References, all measured in turn with ours: the same rows inserted without a ledger into the same kind of
database, the machine's bare rate of signature verification, and R (quality.md, "Speed"):

    R = cores ÷ processor seconds per entry of (verifying + the bare insert, server included + parsing)
"""

from __future__ import annotations

import base64
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass, field
from statistics import median

import orjson
from bench.bare import BarePostgres, BareSqlite, Written, bare_database, recording
from bench.context import Bench
from bench.log import BenchLog, accepted, batches, bench_log
from bench.measure import Result, Row, Skipped, Spent, median_cpu, median_rate, size_name, spend
from bench.rooms import breakdown
from tests import postgres

from tallystick.ledger import Checker, InvariantError, Submission, read_batch, write_batch

Make = Callable[[BenchLog, int], list[Submission]]
types: dict[str, Make] = {
    "identity.handle.create/1, one handle": lambda log, count: log.mint(count),
    "trace.capture/1, one event": lambda log, count: log.captures(count),
}
profiled_entries = 512


def rows(bench: Bench) -> Iterator[Result]:
    """One row per database and type of entry."""
    yield from _database(bench, "SQLite", bench.sqlite)
    try:
        with bench.postgresql():
            pass
    except postgres.Unavailable as error:
        yield Skipped("append, PostgreSQL", str(error))
        return
    yield from _database(bench, "PostgreSQL", bench.postgresql)


def processes_tried(ceiling_cores: int) -> tuple[int, ...]:
    """Verifying in the appending process, in all others but one core, and in as many as there are cores."""
    return tuple(sorted({0, max(1, ceiling_cores - 1), ceiling_cores}))


def _database(
    bench: Bench, name: str, fresh: Callable[[], AbstractContextManager[str]]
) -> Iterator[Row]:
    found: dict[str, _Series] = {title: _Series() for title in types}
    with ExitStack() as stack:
        url = stack.enter_context(fresh())
        log = stack.enter_context(bench_log(url, bench.new_folder(), bench.new_pens()))
        bare = stack.enter_context(bare_database(stack.enter_context(fresh())))
        for size in bench.scale.sizes:
            log.fill(size)
            for title, make in types.items():
                found[title].add(size, _measure(bench, log, bare, make, found[title].processes()))
        for title, make in types.items():
            rooms = _rooms(bench, log, make)
            yield found[title].row(f"append to {name}: {title}", rooms)


@dataclass
class _Taken:
    """What the rounds at one size gave. `ours` by the number of verifying processes."""

    ours: dict[int, list[Spent]] = field(default_factory=dict)
    bare: list[Spent] = field(default_factory=list)
    parse: list[Spent] = field(default_factory=list)
    verify_cpu_s: list[float] = field(default_factory=list)
    signatures: list[float] = field(default_factory=list)
    cores: int = 1

    def best(self) -> tuple[int, float]:
        rates = {processes: median_rate(spent) for processes, spent in self.ours.items()}
        return max(rates.items(), key=lambda item: item[1])

    def reachable(self) -> float:
        """R, in entries per second."""
        cpu = median(self.verify_cpu_s) + median_cpu(self.bare) + median_cpu(self.parse)
        return self.cores / cpu


@dataclass
class _Series:
    """One type of entry on one database, at several sizes of the log; the first is the headline."""

    taken: dict[int, _Taken] = field(default_factory=dict)

    def processes(self) -> tuple[int, ...]:
        """All numbers of verifying processes at first, later the one that was best."""
        for taken in self.taken.values():
            return (taken.best()[0],)
        return processes_tried(os.cpu_count() or 1)

    def add(self, size: int, taken: _Taken) -> None:
        self.taken[size] = taken

    def row(self, name: str, rooms: dict[str, float]) -> Row:
        first = next(iter(self.taken.values()))
        processes, best = first.best()
        bare, ceiling, reachable = (
            median_rate(first.bare),
            median(first.signatures),
            first.reachable(),
        )
        by_checker = {
            f"entries/s, {n} verifying processes": round(median_rate(spent))
            for n, spent in first.ours.items()
        }
        return Row(
            name,
            best,
            bare,
            "entries/s",
            "the same rows inserted without a ledger",
            {size_name(size): taken.best()[1] for size, taken in self.taken.items()},
            {
                "verifying processes": processes,
                **by_checker,
                "R, entries/s": round(reachable),
                "share of R": round(best / reachable, 3),
                "bare signatures/s, all cores": round(ceiling),
                "share of the signature ceiling": round(best / ceiling, 3),
                **{f"time in {room}, %": share for room, share in rooms.items()},
            },
        )


def measured(bench: Bench, log: BenchLog, bare: BareSqlite | BarePostgres, make: Make) -> _Taken:
    """What the append rows measure, with the number of processes that leaves a core: for other rows' R."""
    return _measure(bench, log, bare, make, (Checker.processes_sensible(),))


def _measure(
    bench: Bench,
    log: BenchLog,
    bare: BareSqlite | BarePostgres,
    make: Make,
    tried: tuple[int, ...],
) -> _Taken:
    """Rounds of: ours with each number of processes, the bare insert, bare verification, bare parsing."""
    scale, taken = bench.scale, _Taken(cores=bench.ceiling.cores)
    count = scale.batches * scale.batch_entries
    sample: list[Submission] = []
    for _ in range(scale.rounds):
        for processes in tried:
            sample = make(log, count)
            spent, written = _ours(
                log, bench.checker(processes), _requests(sample, scale.batch_entries)
            )
            taken.ours.setdefault(processes, []).append(spent)
        taken.bare.append(_bare(bare, written, count))
        taken.signatures.append(bench.ceiling.rate(sample, rounds=1))
        taken.verify_cpu_s.append(bench.ceiling.alone(sample).cpu_each_s)
        taken.parse.append(_parse(_requests(sample, scale.batch_entries), count))
    return taken


def _requests(entries: list[Submission], size: int) -> list[bytes]:
    return [write_batch(list(batch)) for batch in batches(entries, size)]


def _ours(
    log: BenchLog, checker: Checker, requests: Sequence[bytes]
) -> tuple[Spent, list[list[Written]]]:
    """Append what the requests carry; also the rows that each batch wrote."""
    log.ledger.checker = checker
    written: list[list[Written]] = []

    def work() -> int:
        done = 0
        with recording() as seen:
            for answers in log.ledger.append_all(map(_submissions, requests)):
                accepted(answers)
                done += len(answers)
                written.append(list(seen))
                seen.clear()
        return done

    return spend(work), written


def _submissions(request: bytes) -> list[Submission]:
    found = []
    for row in read_batch(request):
        if not isinstance(row, Submission):
            raise InvariantError(str(row))
        found.append(row)
    return found


def _bare(bare: BareSqlite | BarePostgres, written: Sequence[list[Written]], count: int) -> Spent:
    """The recorded rows again; the server's processor time counts with ours."""
    before = bare.server_cpu_s()

    def work() -> int:
        for batch in written:
            bare.insert(batch)
        return count

    spent = spend(work)
    spent.cpu_s += bare.server_cpu_s() - before
    return spent


def _parse(requests: Sequence[bytes], count: int) -> Spent:
    """JSON and base64 of the requests, by the same libraries, and nothing else."""

    def work() -> int:
        for request in requests:
            for row in orjson.loads(request)["entries"]:
                base64.b64decode(row["body"])
                base64.b64decode(row["salt"])
                for attachment in row["attachments"]:
                    base64.b64decode(attachment["data"])
        return count

    return spend(work)


def _rooms(bench: Bench, log: BenchLog, make: Make) -> dict[str, float]:
    log.ledger.checker = bench.checker(0)
    requests = _requests(make(log, profiled_entries), profiled_entries)

    def work() -> None:
        for answers in log.ledger.append_all(map(_submissions, requests)):
            accepted(answers)

    return breakdown(work)
