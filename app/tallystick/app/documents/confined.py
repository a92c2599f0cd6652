"""Work on what strangers sent, in a process of its own: its memory and its time end (ADR 0076).

A library for PDF believes what a file says of its own size, and a file of two thousand bytes says anything.
"""

from __future__ import annotations

import atexit
import multiprocessing
import os
import resource
import signal
import sys
import threading
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, TypeVar, cast

from tallystick.ledger import InvariantError, TallystickError

T = TypeVar("T")
#: Of what the work allocates. Linux says how much a process has; elsewhere only the time ends.
memory_bytes_max = 256 * 1024 * 1024
seconds_max = 10.0
#: A process that begins reads the program first.
begin_seconds_max = 60.0


class Overrun(Exception):
    """The work took more memory or time than it may, or ended its process."""


def confined(work: Callable[..., T], *given: object) -> T:
    """What the work returns or refuses; it is a function of a module, for it travels. Raises `Overrun`.

    What else it raises is a defect and comes back as `InvariantError`. One work at a time: the process is kept for the next, and another begins after an overrun.
    """
    global _child
    with _one_at_a_time:
        _child = _child or _Child()
        try:
            done, told = _child.ask(work, given)
        except Overrun:
            _child.end()
            _child = None
            raise
    if not done:
        raise cast(TallystickError, told)
    return cast(T, told)


class _Child:
    def __init__(self) -> None:
        context = multiprocessing.get_context("spawn")
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(target=_serve, args=(theirs,), name="confined", daemon=True)
        self._process.start()
        theirs.close()
        atexit.register(self.end)
        self._receive(begin_seconds_max)

    def ask(self, work: Callable[..., object], given: tuple[object, ...]) -> tuple[bool, object]:
        """(whether it is done, what it returned or raised)."""
        try:
            self._pipe.send((work, given))
        except OSError:
            raise Overrun("its process has ended") from None
        return cast(tuple[bool, object], self._receive(seconds_max))

    def end(self) -> None:
        atexit.unregister(self.end)
        self._process.kill()
        self._process.join()
        self._pipe.close()

    def _receive(self, seconds: float) -> Any:
        if not self._pipe.poll(seconds):
            raise Overrun(f"it takes longer than {seconds:.0f} s")
        try:
            return self._pipe.recv()
        except (EOFError, OSError):
            mib = memory_bytes_max // 2**20
            raise Overrun(f"it takes more than {mib} MiB of memory, or ends its reader") from None


_child: _Child | None = None
_one_at_a_time = threading.Lock()


def _serve(pipe: Connection) -> None:
    """In the child, until nobody asks any more. It says nothing on a terminal: what is wrong is sent."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    sys.stderr = open(os.devnull, "w")  # noqa: SIM115 - until the process ends
    _bound_memory()
    pipe.send(None)
    while True:
        try:
            work, given = pipe.recv()
        except EOFError:
            return
        try:
            told = True, work(*given)
        except MemoryError:
            os._exit(1)
        except TallystickError as error:
            told = False, error
        except BaseException as error:  # noqa: BLE001 - a defect; libraries in Rust panic by no Exception
            told = False, InvariantError(f"{type(error).__name__}: {error}"[:200])
        pipe.send(told)


def _bound_memory() -> None:
    """To what the process has, and as much again as work may take."""
    try:
        has = (
            int(Path("/proc/self/statm").read_text(encoding="ascii").split()[5])
            * resource.getpagesize()
        )
    except OSError:
        return
    most = has + memory_bytes_max
    resource.setrlimit(resource.RLIMIT_DATA, (most, most))
