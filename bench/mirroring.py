"""A full mirror catching up over HTTP: fetched, proven, verified, judged again and durable in its own store.

The reference is the operator's own append of such entries in the same run; R (`append.py`) stands beside it. Operator and mirror share the machine's cores here, so that the figure is less
than what a mirror on a machine of its own would show.
"""

from __future__ import annotations

import multiprocessing
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import partial
from multiprocessing.connection import Connection
from pathlib import Path
from statistics import median

import httpx
import uvicorn
from bench.append import measured, types
from bench.bare import bare_database
from bench.context import Bench
from bench.log import BenchLog, bench_log
from bench.measure import Result, Row, Skipped, Spent, median_rate, size_name, spend
from tests import postgres

from tallystick.app.bootstrap import Node, rule_set
from tallystick.app.http import create_app
from tallystick.app.readers import Readers
from tallystick.app.settings import Settings
from tallystick.identity import Directory
from tallystick.ledger import Checker, Store, vault
from tallystick.ledger.mirror import Again, Following, Operator, Span

start_s_max = 60


def rows(bench: Bench) -> Iterator[Result]:
    """One row per type of entry and database of the mirror; the log is on SQLite."""
    stores: dict[str, Callable[[], AbstractContextManager[str]]] = {"SQLite": bench.sqlite}
    try:
        with bench.postgresql():
            stores["PostgreSQL"] = bench.postgresql
    except postgres.Unavailable as error:
        yield Skipped("mirror, PostgreSQL", str(error))
    found = {(title, name): _Series() for title in types for name in stores}
    folder = bench.new_folder()
    with ExitStack() as stack:
        url, bare_url = stack.enter_context(bench.sqlite()), stack.enter_context(bench.sqlite())
        log = stack.enter_context(bench_log(url, folder, bench.new_pens()))
        bare = stack.enter_context(bare_database(bare_url))
        operator = _operator(folder, stack.enter_context(_served(url, folder)))
        opened = {
            name: stack.enter_context(_mirror(fresh, log, operator))
            for name, fresh in stores.items()
        }
        for size in bench.scale.sizes:
            log.fill(size)
            for title, make in types.items():
                for one in opened.values():
                    one.catch_up(bench, log)
                taken = measured(bench, log, bare, make)
                for name, one in opened.items():
                    spent = one.catch_up(bench, log)
                    found[title, name].add(size, spent, taken.reachable(), taken.best()[1])
    for (title, name), series in found.items():
        yield series.row(f"mirror on {name} catches up over HTTP: {title}")


class _Mirror:
    """A store that follows the log, with the processes that the append of the same run uses."""

    def __init__(self, store: Store, log: BenchLog, operator: Operator) -> None:
        self._operator = operator
        self._again = Again(store, rule_set(), Directory(), Checker())
        self._following = Following(self._again, operator, log.ledger.signer.verifier)

    def catch_up(self, bench: Bench, log: BenchLog) -> Spent:
        """To the log's newest checkpoint."""
        log.ledger.seal()
        self._again.checker = bench.checker(Checker.processes_sensible())
        before = self._following.size()
        note = self._operator.newest() or ""

        def work() -> int:
            return max(1, self._following.follow(note, Span()).size - before)

        return spend(work)


@contextmanager
def _mirror(
    fresh: Callable[[], AbstractContextManager[str]], log: BenchLog, operator: Operator
) -> Iterator[_Mirror]:
    with fresh() as url:
        store = Store(url, vault=vault.Vault(vault.MemoryKeys()))
        store.migrate()
        yield _Mirror(store, log, operator)
        store.close()


@dataclass
class _Series:
    """Mirror's, R and the operator's rates by size; the first size is the headline."""

    taken: dict[int, tuple[float, float, float]] = field(default_factory=dict)

    def add(self, size: int, spent: Spent, reachable: float, operator: float) -> None:
        self.taken[size] = (median_rate([spent]), reachable, operator)

    def row(self, name: str) -> Row:
        ours, reachable, operator = next(iter(self.taken.values()))
        return Row(
            name,
            ours,
            operator,
            "entries/s",
            "the operator's own append of such entries, in the same run",
            {size_name(size): one[0] for size, one in self.taken.items()},
            {
                "R, entries/s": round(reachable),
                "share of R": round(ours / reachable, 3),
                "median share over sizes": round(
                    median(mine / theirs for mine, _, theirs in self.taken.values()), 3
                ),
            },
        )


def _operator(folder: Path, address: str) -> Operator:
    token = Readers(folder).add("bench", None)
    return Operator(address, token, httpx.Client(trust_env=False))


@contextmanager
def _served(url: str, folder: Path) -> Iterator[str]:
    """The log, read only, by a process of its own."""
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe()
    process = context.Process(target=serve, args=(url, str(folder), there), daemon=True)
    process.start()
    try:
        address = f"http://127.0.0.1:{here.recv()}"
        _wait(partial(httpx.get, f"{address}/healthz"))
        yield address
    finally:
        process.terminate()
        process.join()


def _wait(ready: Callable[[], object]) -> None:
    until = time.monotonic() + start_s_max
    while True:
        try:
            ready()
            return
        except httpx.HTTPError:
            if time.monotonic() > until:
                raise
            time.sleep(0.05)


def serve(url: str, folder: str, pipe: Connection) -> None:
    """Serve the log at `url`, read only; sends the port once it listens."""
    node = Node.at(Settings(home=Path(folder), database_url=url))
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listening.bind(("127.0.0.1", 0))
    pipe.send(listening.getsockname()[1])
    uvicorn.Server(uvicorn.Config(create_app(node), log_level="error")).run(sockets=[listening])
