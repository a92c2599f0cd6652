"""The load run: 70 % of the measured rate for many minutes, with witnesses and worker as in production."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import httpx
from tests.end_to_end.test_serving import free_port
from tests.end_to_end.test_witnessed import Watcher, names, until
from tests.kills.checks import Checks
from tests.kills.pens import Pens
from tests.kills.senders import checked
from tests.soak import flat
from tests.soak.processes import resident
from tests.soak.traffic import Client, clients, run_all

from tallystick.app.settings import Settings
from tallystick.ledger import log_verifier

load_share = 0.7
#: The processes that check entries take some seconds to start.
warming_s, measuring_s = 30.0, 45.0
#: The rate is sustained if at the end nobody is far behind, and as much was sent as was asked for.
late_limit_s, kept_share_min = 10.0, 0.97
start_wait_s, finality_wait_s = 300, 300
Say = Callable[[str], None]


class Load:
    """A node, three witnesses of which two must cosign, and the clients."""

    def __init__(self, folder: Path, database_url: str, seed: int) -> None:
        self.settings = Settings(home=folder / "log", database_url=database_url, port=free_port())
        self.url = f"http://127.0.0.1:{self.settings.port}"
        self.witnesses = [Watcher(folder, name) for name in names]
        lines = [one.line() for one in self.witnesses]
        policy = "\n".join([*lines, "group two 2 w1 w2 w3", "quorum two", ""])
        self.pens = Pens.found(self.settings, policy, devices=2)
        self.clients = clients(self.pens, seed)
        with self.pens.node.reader.open() as snapshot:
            verifier = log_verifier(snapshot.view)
        for one in self.witnesses:
            one.home.add_log(verifier)
        self.machine: list[tuple[float, float]] = []
        self.memory: list[tuple[float, dict[str, float]]] = []
        self.roots: dict[str, int] = {}
        self.log = folder / "serve.log"

    @contextmanager
    def serving(self) -> Iterator[None]:
        """`tallystick serve` and the witnesses, each as an operator starts it."""
        with ExitStack() as stack:
            for one in self.witnesses:
                one.start()
                stack.callback(one.stop)
            for one in self.witnesses:
                until(lambda url=one.url: httpx.get(f"{url}/healthz").is_success, start_wait_s)
            with self.log.open("ab") as log:
                process = subprocess.Popen(
                    [sys.executable, "-m", "tallystick.app.main", "serve"],
                    env={**os.environ, **self.settings.environment()},
                    stdout=log,
                    stderr=log,
                )
            stack.callback(process.wait, 60)
            stack.callback(process.send_signal, signal.SIGINT)
            until(lambda: httpx.get(f"{self.url}/readyz").is_success, start_wait_s)
            self.roots = {"node": process.pid}
            self.roots |= {f"witness {one.name}": one.pid() for one in self.witnesses}
            yield

    def sample(self) -> None:
        now = time.monotonic()
        self.memory.append((now, resident(self.roots)))
        self.machine.append((now, os.getloadavg()[0]))

    def final(self) -> dict[str, Any]:
        """Once everything that was sent is final."""
        size = httpx.get(f"{self.url}/readyz").json()["size"]
        return until(lambda: self._final(size), finality_wait_s)  # type: ignore[no-any-return]

    def _final(self, size: int) -> Any:
        told = httpx.get(f"{self.url}/readyz", timeout=30).json()
        return told if told["final"] >= size else None


def run(folder: Path, database_url: str, minutes: float, say: Say, seed: int) -> dict[str, Any]:
    """The figures and the trends; `sound` says whether all that was promised held."""
    load = Load(folder, database_url, seed)
    with load.serving():
        say(f"warming up for {warming_s:.0f} s, then measuring the rate for {measuring_s:.0f} s")
        run_all(load.clients, load.url, warming_s, {}, load.sample)
        for client in load.clients:
            client.reset()
        run_all(load.clients, load.url, measuring_s, {}, load.sample)
        measured = {client.name: len(client.latency) / measuring_s for client in load.clients}
        rate = sum(client.entries for client in load.clients) / measuring_s
        every_s = {name: 1 / (load_share * per_s) for name, per_s in measured.items()}
        for client in load.clients:
            client.reset()
        load.memory.clear()
        say(f"{rate:.0f} entries/s; now {load_share:.0%} of it for {minutes:g} minutes")
        seconds = 60 * minutes
        tick = _progress(load, seconds, say)
        began = run_all(load.clients, load.url, seconds, every_s, tick)
        told = load.final()
        repeated = _same_receipts(load)
    say("audit")
    checks = Checks(load.pens.node)
    checks.promise(one for client in load.clients for one in client.kept)
    audited = checks.at_the_end()
    trends = _trends(load, began, began + seconds)
    late = {client.name: round(client.late_s, 1) for client in load.clients}
    late_max_s = max(client.late_max_s for client in load.clients)
    sent = sum(client.entries for client in load.clients)
    sustained = (
        max(late.values()) <= late_limit_s and sent >= kept_share_min * load_share * rate * seconds
    )
    return {
        "measured entries/s": round(rate, 1),
        "asked entries/s": round(load_share * rate, 1),
        "kept entries/s": round(sent / seconds, 1),
        "minutes": minutes,
        "entries of the load": sent,
        "size of the log": audited,
        "final at the end": told["final"],
        "receipts repeated": repeated,
        "busy answers": sum(client.sender.busy for client in load.clients),
        "behind at the end, s": late,
        "behind at the worst, s": round(late_max_s, 1),
        "load of the machine": _machine(load, began),
        "latency, ms": _latency(load.clients),
        "trends": [one.told() for one in trends],
        "windows": {one.name: [round(v, 2) for v in one.values] for one in trends},
        "sound": all(one.flat for one in trends) and sustained,
    }


def _progress(load: Load, seconds: float, say: Say) -> Callable[[], None]:
    began, last = time.monotonic(), [time.monotonic()]

    def tick() -> None:
        load.sample()
        now = time.monotonic()
        if now - last[0] >= 15:
            last[0] = now
            sent = sum(client.entries for client in load.clients)
            mb = sum(load.memory[-1][1].values())
            say(
                f"{now - began:5.0f} of {seconds:.0f} s: {sent} entries, {mb:.0f} MB in all,"
                f" {sum(client.sender.busy for client in load.clients)} busy"
            )

    return tick


def _trends(load: Load, begin: float, end: float) -> list[flat.Trend]:
    found = []
    for name in sorted({name for _, row in load.memory for name in row}):
        series = [(at, row[name]) for at, row in load.memory if name in row]
        values = [sum(w) / len(w) for w in flat.windowed(series, begin, end)]
        if len(values) >= flat.windows // 2:
            found.append(flat.trend(f"memory of {name}", "MB", values, flat.memory_limit))
    for client in load.clients:
        windows = flat.windowed(client.latency, begin, end)
        for share, title, limit in ((0.5, "p50", flat.p50_limit), (0.99, "p99", flat.p99_limit)):
            values = [flat.percentile(window, share) for window in windows]
            found.append(flat.trend(f"{title} of {client.name}", "ms", values, limit))
    return found


def _machine(load: Load, began: float) -> str:
    """Load average: more than this run makes by itself (about the cores) says that others were at work."""
    seen = [value for at, value in load.machine if at >= began]
    return (
        f"{sum(seen) / len(seen):.1f} on average, {max(seen):.1f} at most, {os.cpu_count()} cores"
    )


def _latency(made: list[Client]) -> dict[str, dict[str, float]]:
    return {
        client.name: {
            title: round(flat.percentile([ms for _, ms in client.latency], share), 1)
            for title, share in (("p50", 0.5), ("p99", 0.99), ("most", 1.0))
        }
        for client in made
    }


def _same_receipts(load: Load) -> int:
    """Some of the first and the last requests again: the same receipts."""
    count = 0
    with httpx.Client(base_url=load.url, timeout=60) as client:
        for sender in load.clients:
            for before in (*sender.kept[:3], *sender.kept[-3:]):
                answer = client.post("/v1/entries", content=before.sent.content)
                if checked(before.sent, answer).receipt != before.receipt:
                    raise AssertionError(f"another receipt for {before.sent.ids}")
                count += 1
    return count
