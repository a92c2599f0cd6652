"""Entries over HTTP until they are durable: one signer in large batches, one entry alone, a crowd, endorsements.

The node is a process of its own, as `tallystick serve` runs it; the client is this one, and its processor time
is part of what is measured.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass
from statistics import median, quantiles

from bench import append, wire
from bench.bare import bare_database
from bench.context import Bench
from bench.inserting import insert_path
from bench.log import batches, bench_log
from bench.measure import Result, Row, Skipped, median_rate, spend
from bench.pens import Pens, core, key, prefix, suppliers
from bench.serving import server
from tests import postgres

from tallystick.identity import CreateHandles, HandleRecord
from tallystick.ledger import Checker, Submission, write_batch

batch_entries = 1000
in_flight = (1, 2)
crowd_writers = 64
crowd_requests_each = 8
endorsements = (1, 3, 5)
endorsed_entries = 256
path = "/v1/entries"
Fresh = Callable[[], AbstractContextManager[str]]


def rows(bench: Bench) -> Iterator[Result]:
    yield from _database(bench, "SQLite", bench.sqlite)
    try:
        with bench.postgresql():
            pass
    except postgres.Unavailable as error:
        yield Skipped("POST /v1/entries, PostgreSQL", str(error))
        return
    yield from _database(bench, "PostgreSQL", bench.postgresql)


@dataclass
class _Node:
    """A served log, and what may still be sent to it."""

    base: str
    pens: Pens
    used: int = 0

    def mint(self, count: int) -> list[Submission]:
        self.used += count
        return self.pens.minted(self.used - count, count)

    def send(self, requests: Sequence[bytes], writers: int) -> list[float]:
        return wire.send(self.base, requests, writers, wire.accepted)

    def insert(self, requests: Sequence[bytes], writers: int) -> list[float]:
        return wire.send(self.base, requests, writers, wire.anything)


def _database(bench: Bench, name: str, fresh: Fresh) -> Iterator[Row]:
    with ExitStack() as stack:
        url, folder, pens = stack.enter_context(fresh()), bench.new_folder(), bench.new_pens()
        with bench_log(url, folder, pens):
            pass
        base = stack.enter_context(server(url, folder, Checker.processes_sensible()))
        node = _Node(base, pens)
        yield _one_signer(bench, node, name, _reachable(bench, fresh))
        yield _lone(bench, node, name)
        yield _crowd(bench, node, name)
        yield _endorsed(bench, node, name)


def _reachable(bench: Bench, fresh: Fresh) -> tuple[float, float]:
    """(R, the bare signature ceiling), as the append rows measure them, on an own store."""
    with ExitStack() as stack:
        url = stack.enter_context(fresh())
        log = stack.enter_context(bench_log(url, bench.new_folder(), bench.new_pens()))
        bare = stack.enter_context(bare_database(stack.enter_context(fresh())))
        taken = append.measured(bench, log, bare, lambda log, count: log.mint(count))
    return taken.reachable(), median(taken.signatures)


def _one_signer(bench: Bench, node: _Node, name: str, reached: tuple[float, float]) -> Row:
    size = min(batch_entries, bench.scale.batch_entries)
    count = bench.scale.batches * 2
    rates: dict[int, float] = {}
    for writers in in_flight:
        spent = []
        for _ in range(bench.scale.rounds + 1):
            requests = _requests(node.mint(size * count), size)
            spent.append(spend(lambda r=requests, w=writers: len(node.send(r, w)) * size))  # type: ignore[misc]
        # The first round warms up.
        rates[writers] = median_rate(spent[1:])
    best = max(rates.values())
    reachable, ceiling = reached
    return Row(
        f"POST /v1/entries, one signer, batches of {size}, durable on {name}",
        best,
        reachable,
        "entries/s",
        "R: cores ÷ processor time of verifying, a bare insert of the same rows, and parsing",
        details={
            **{f"entries/s, {n} requests in flight": round(rate) for n, rate in rates.items()},
            "share of R": round(best / reachable, 3),
            "bare signatures/s, all cores": round(ceiling),
            "share of the signature ceiling": round(best / ceiling, 3),
        },
    )


def _lone(bench: Bench, node: _Node, name: str) -> Row:
    """Ours and the bare handler in turn, so that a busy moment hits both."""
    entries = node.mint(2 * bench.scale.few)
    bodies = [write_batch([entry]) for entry in entries]
    ours, bare = list[float](), list[float]()
    for chunk in batches(entries[: bench.scale.few], 10):
        at = len(ours)
        some = bodies[at : at + len(chunk)]
        ours += node.send([wire.post(path, body) for body in some], 1)
        bare += node.insert([wire.post(insert_path, body) for body in some], 1)
    return Row(
        f"POST /v1/entries, one entry alone, until it is durable on {name}",
        median(ours),
        median(bare),
        "ms",
        "a handler of the same framework that inserts one row into the same kind of database, durably",
        details={
            "p50, ms": round(median(ours), 2),
            "p99, ms": round(_p99(ours), 2),
            "bare insert p50, ms": round(median(bare), 2),
            "bare insert p99, ms": round(_p99(bare), 2),
        },
    )


def _crowd(bench: Bench, node: _Node, name: str) -> Row:
    """Every writer sends one entry at a time; those that meet share a commit."""
    ours, bare, latency = [], [], list[float]()
    for _ in range(bench.scale.rounds + 1):
        bodies = [write_batch([e]) for e in node.mint(crowd_writers * crowd_requests_each)]
        mine = [wire.post(path, body) for body in bodies]
        theirs = [wire.post(insert_path, body) for body in bodies]

        def send(requests: list[bytes] = mine) -> int:
            latency.extend(node.send(requests, crowd_writers))
            return len(requests)

        ours.append(spend(send))
        bare.append(spend(lambda r=theirs: len(node.insert(r, crowd_writers))))  # type: ignore[misc]
    return Row(
        f"POST /v1/entries, {crowd_writers} writers of single entries at once, durable on {name}",
        median_rate(ours[1:]),
        median_rate(bare[1:]),
        "entries/s",
        "the same writers at a handler that inserts one row and commits it durably",
        details={"p50, ms": round(median(latency), 1), "p99, ms": round(_p99(latency), 1)},
    )


def _endorsed(bench: Bench, node: _Node, name: str) -> Row:
    """Entries that others sign too; the reference is the machine's bare rate for as many signatures."""
    rates: dict[int, float] = {}
    sample: list[Submission] = []
    for count in endorsements:
        spent = []
        for number in range(bench.scale.rounds + 1):
            made = _with_endorsements(node, count, f"{count}-{number}")
            sample = sample or made
            requests = _requests(made, endorsed_entries)
            spent.append(spend(lambda r=requests: len(node.send(r, 1)) * endorsed_entries))  # type: ignore[misc]
        rates[count] = median_rate(spent[1:])
    first = endorsements[0]
    ceiling = bench.ceiling.rate(node.mint(endorsed_entries), rounds=bench.scale.rounds)
    return Row(
        f"POST /v1/entries, entries with {first} endorsement, on {name}",
        rates[first],
        ceiling / (1 + first),
        "entries/s",
        "bare verification of as many signatures on all cores",
        {f"{count} endorsements": rate for count, rate in rates.items()},
        {
            f"share of the ceiling, {count} endorsements": round(rate * (1 + count) / ceiling, 3)
            for count, rate in rates.items()
        },
    )


def _with_endorsements(node: _Node, count: int, name: str) -> list[Submission]:
    pen = node.pens.author(core)
    by = [key(f"300:{firm}") for firm in suppliers[:count]]
    return [
        pen.write(
            "identity.handle.create/1",
            CreateHandles(handles=(HandleRecord(handle=f"{prefix}/EN-{name}-{n}", values=()),)),
            endorsers=by,
        )
        for n in range(endorsed_entries)
    ]


def _requests(entries: list[Submission], size: int) -> list[bytes]:
    return [wire.post(path, write_batch(list(batch))) for batch in batches(entries, size)]


def _p99(values: Sequence[float]) -> float:
    return quantiles(values, n=100)[98] if len(values) > 1 else values[0]
