"""Progress bars for long work: in a terminal, and silent elsewhere."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    Task,
    TextColumn,
    TimeRemainingColumn,
)
from rich.text import Text

_shown_every_ns = 100_000_000
_console = Console(stderr=True)


class RateColumn(ProgressColumn):
    """How many a second, of late."""

    def render(self, task: Task) -> Text:
        speed = task.finished_speed or task.speed
        return Text("" if speed is None else f"{speed:,.0f}/s")


@contextmanager
def progress(title: str, console: Console = _console) -> Iterator[Callable[[int, int], None]]:
    """Gives a function of (done, total) that moves the bar: done, rate and remaining time."""
    columns = (
        TextColumn(title), BarColumn(), MofNCompleteColumn(), RateColumn(), TimeRemainingColumn()
    )  # fmt: skip
    hidden = not console.is_terminal
    shown = 0
    with Progress(*columns, console=console, disable=hidden, transient=True) as bar:
        task = bar.add_task(title, total=None)

        def tick(done: int, total: int) -> None:
            nonlocal shown
            now = time.monotonic_ns()
            if now - shown >= _shown_every_ns or done == total:
                shown = now
                bar.update(task, completed=done, total=total)

        yield tick
