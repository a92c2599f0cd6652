"""The audit of a large log as a process: killed on its way, gone on with, its memory sampled all along."""

from __future__ import annotations

import json
import random
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.kills.pens import Pens
from tests.soak.flat import memory_limit, trend
from tests.soak.processes import resident

from tallystick.app.bootstrap import Node
from tallystick.app.organisations import accepted
from tallystick.app.settings import Settings
from tallystick.ledger import Answer, TallystickError
from tallystick.ledger.store.scratch import Scratch

Say = Callable[[str], None]
batch_entries = 1000
#: Of a hundred batches; the others hold named handles alone.
scanned_batches = 10
scans_per_batch = 100
killed_at_share = 0.4
sampled_every_s = 0.5
memory_windows = 20
said_every = 100_000


@dataclass
class Watched:
    """One run of `tallystick audit`, its memory sampled while it goes: seconds, and megabytes of all processes."""

    process: subprocess.Popen[bytes]
    began: float = field(default_factory=time.monotonic)
    memory: list[tuple[float, float]] = field(default_factory=list)

    def sample(self) -> None:
        used = sum(resident({"audit": self.process.pid}).values())
        self.memory.append((time.monotonic() - self.began, used))

    def runs(self) -> bool:
        """Whether it still does, a sample later."""
        if self.process.poll() is not None:
            return False
        self.sample()
        time.sleep(sampled_every_s)
        return True


def run(folder: Path, url: str, entries: int, say: Say, seed: int) -> dict[str, Any]:
    """Fill a log, then audit it without rules, and with rules: killed at 40 %, and gone on with."""
    settings = Settings(home=folder / "home", database_url=url)
    filled = fill(settings, entries, say, seed)
    told: dict[str, Any] = {"entries": filled["size"], "filled, entries/s": filled["rate"]}
    told["without rules"] = _whole(settings, folder, "--no-rules")
    say(f"without rules: {told['without rules']['entries/s']} entries/s")
    state = folder / "audit.state"
    killed = _killed(settings, state, int(filled["size"] * killed_at_share))
    say(f"killed when {killed} entries were saved")
    told["gone on with"] = _whole(settings, folder, "--state", str(state))
    told["killed at"] = killed
    say(f"gone on with: {told['gone on with']['entries/s']} entries/s")
    sound = all(told[name]["verdict"] == "sound" for name in ("without rules", "gone on with"))
    flat = all(told[name]["memory is flat"] for name in ("without rules", "gone on with"))
    told["sound"] = sound and flat and told["gone on with"]["since"] >= killed
    return told


def fill(settings: Settings, entries: int, say: Say, seed: int) -> dict[str, int]:
    """A log of at least so many signed entries, most of them handles, some scans of things."""
    pens, rng = Pens.found(settings), random.Random(seed)
    node, began, size = Node.at(settings), time.monotonic(), 0
    with node.writer() as book:
        while size < entries:
            before, size = size, _last(book.append(pens.named(batch_entries)))
            if rng.randrange(100) < scanned_batches:
                scans = [scan for _ in range(scans_per_batch) for scan, _ in pens.scanned(rng)]
                book.append(scans)
            book.seal()
            if size // said_every > before // said_every:
                say(f"{size} of {entries} entries")
    node.store.close()
    return {"size": size, "rate": round(size / (time.monotonic() - began))}


def _last(answers: list[Answer]) -> int:
    """The size of the log after these."""
    return accepted(answers)[-1].index + 1


def _command(settings: Settings, *words: str) -> Watched:
    return Watched(
        subprocess.Popen(
            [sys.executable, "-m", "tallystick.app.main", "audit", *words],
            env=settings.environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
    )


def _whole(settings: Settings, folder: Path, *words: str) -> dict[str, Any]:
    """To its end; what its report says, how fast it was and what it used."""
    report = folder / "report.json"
    page = folder / "report.html"
    watched = _command(settings, *words, "--json", str(report), "--html", str(page))
    while watched.runs():
        pass
    output = watched.process.communicate()[0].decode()
    if watched.process.returncode not in (0, 1) or not report.exists():
        raise AssertionError(output[-2000:])
    told = json.loads(report.read_text(encoding="utf-8"))
    log = told["log"] or {"size": 0, "since": 0}
    seconds = told["took_ms"] / 1000
    used = _windows([mb for _, mb in watched.memory])
    line = trend("audit: memory", "MB", used, memory_limit)
    return {
        "verdict": told["verdict"],
        "since": log["since"],
        "seconds": round(seconds, 1),
        "entries/s": round((log["size"] - log["since"]) / seconds),
        "processes": told["processes"],
        "memory at most, MB": round(max(mb for _, mb in watched.memory)),
        "memory is flat": line.flat,
        "memory": line.told(),
        "page, bytes": page.stat().st_size,
    }


def _windows(samples: list[float]) -> list[float]:
    """The highest of each window; the start, in which the processes come up, is left out."""
    samples = samples[len(samples) // memory_windows :]
    width = max(1, len(samples) // memory_windows)
    return [max(samples[at : at + width]) for at in range(0, len(samples), width)]


def _killed(settings: Settings, state: Path, at: int) -> int:
    """Kill an audit once it has saved so much; how far the saved state is."""
    watched = _command(settings, "--state", str(state))
    while watched.runs():
        if _saved(state) >= at:
            watched.process.kill()
    output = watched.process.communicate()[0].decode()
    if watched.process.returncode != -9:
        raise AssertionError(f"it ended before it was killed: {output[-2000:]}")
    return _saved(state)


def _saved(state: Path) -> int:
    if not state.exists():
        return 0
    try:
        with closing(Scratch(state, read_only=True)) as scratch:
            told = scratch.where()
    except TallystickError:
        return 0
    return int(told["size"]) if told else 0
