"""Progress bars for long work: in a terminal, and silent elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

_every = 100
_console = Console(stderr=True)


@contextmanager
def progress(title: str) -> Iterator[Callable[[int, int], None]]:
    """Gives a function of (done, total) that moves the bar."""
    columns = (TextColumn(title), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    hidden = not _console.is_terminal
    with Progress(*columns, console=_console, disable=hidden, transient=True) as bar:
        task = bar.add_task(title, total=None)

        def tick(done: int, total: int) -> None:
            if done % _every == 0 or done == total:
                bar.update(task, completed=done, total=total)

        yield tick
