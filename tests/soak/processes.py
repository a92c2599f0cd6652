"""Resident memory of a process and of everything that it started, by what each is."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Process:
    pid: int
    parent: int
    rss_mb: float
    command: str


def resident(roots: Mapping[str, int]) -> dict[str, float]:
    """Megabytes by name: each root under its own, its offspring under that and what they are."""
    table = {process.pid: process for process in _all()}
    found: dict[str, float] = {}
    for name, pid in roots.items():
        for label, rss_mb in _family(name, pid, table):
            found[label] = found.get(label, 0.0) + rss_mb
    return found


def _family(name: str, pid: int, table: Mapping[int, Process]) -> Iterator[tuple[str, float]]:
    if pid not in table:
        return
    yield name, table[pid].rss_mb
    for child in table.values():
        if child.parent == pid:
            yield from _family(_label(name, child.command), child.pid, table)


def _label(parent: str, command: str) -> str:
    for word, what in (
        ("resource_tracker", "resource tracker"),
        ("spawn_main", "checking process"),
        (" worker", "outbox worker"),
    ):
        if word in command:
            return f"{parent}: {what}"
    return f"{parent}: child"


def _all() -> Iterator[Process]:
    proc = Path("/proc")
    if not (proc / "self" / "statm").exists():
        yield from _by_ps()
        return
    page_mb = os.sysconf("SC_PAGE_SIZE") / 2**20
    for folder in proc.iterdir():
        if not folder.name.isdigit():
            continue
        try:
            fields = (folder / "stat").read_text().rpartition(")")[2].split()
            pages = int((folder / "statm").read_text().split()[1])
            command = (
                (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            )
        except OSError:
            continue
        yield Process(int(folder.name), int(fields[1]), pages * page_mb, command)


def _by_ps() -> Iterator[Process]:
    told = subprocess.run(
        ["ps", "-A", "-o", "pid=,ppid=,rss=,command="],
        capture_output=True,
        text=True,
        check=True,
        timeout=10,
    )
    for line in told.stdout.splitlines():
        pid, parent, kilobytes, *command = line.split(None, 3)
        yield Process(int(pid), int(parent), int(kilobytes) / 1024, " ".join(command))
