"""Moments at which a serving process kills itself: around calls, none of it in shipped code."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tallystick.app.http import RunningLog
from tallystick.ledger import FileMemory, Ledger
from tallystick.ledger.batch import Batch
from tallystick.ledger.signer import LogSigner
from tallystick.ledger.store import Transaction


@dataclass(frozen=True, slots=True)
class Point:
    """`before` or after a call of `method`; `committed`: the entries of that batch are in the log."""

    owner: type
    method: str
    before: bool
    committed: bool | None = None


#: In the order in which an append, a seal and an answer pass them.
points = {
    "entries arrived, nothing read": Point(RunningLog, "submit", True, False),
    "transaction not begun": Point(Ledger, "take", True, False),
    "rows not written": Point(Batch, "flush", True),
    "rows written, not committed": Point(Batch, "flush", False),
    "committed, nobody knows": Point(Batch, "committed", True),
    "judged and committed, nobody told": Point(Ledger, "take", False, True),
    "answer known, receipt not signed": Point(RunningLog, "receipt", True, True),
    "receipt signed, answer not sent": Point(RunningLog, "receipt", False, True),
    "block committed, checkpoint not signed": Point(LogSigner, "sign", True),
    "signer's memory half replaced": Point(Path, "replace", True),
    "signer remembers, checkpoint not signed": Point(FileMemory, "save", False),
    "checkpoint written, not committed": Point(Transaction, "add_checkpoint", False),
}


def arm(name: str, call: int) -> None:
    """Die by SIGKILL at the given call of this point, counted from 1."""
    point = points[name]
    original: Callable[..., Any] = getattr(point.owner, point.method)
    left = call

    def counted(*words: Any, **named: Any) -> Any:
        nonlocal left
        left -= 1
        if left == 0 and point.before:
            os.kill(os.getpid(), signal.SIGKILL)
        result = original(*words, **named)
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return result

    setattr(point.owner, point.method, counted)
