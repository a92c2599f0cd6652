"""A mirror's answer to erasures: applied with the entry that erases, stated, and handed to the operator.

The newest statement stands in a file, and is made anew when the log holds more erasures, or when more of the
database's own files were scrubbed (`Scrubs`).
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import structlog

from tallystick.ledger.clock import Clock, instant
from tallystick.ledger.durable import replace_durably
from tallystick.ledger.erasure import (
    ErasureStatement,
    apply_erasures,
    erasures_below,
    list_hash,
)
from tallystick.ledger.errors import TallystickError
from tallystick.ledger.keys import PrivateKey
from tallystick.ledger.mirror.errors import MirrorDamaged
from tallystick.ledger.store import Store

_log = structlog.get_logger()


class Scrubs:
    """Up to which size of the log this machine's database files were scrubbed, in a file beside them."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def size(self) -> int:
        """0 if never, or if the file cannot be read."""
        try:
            size = json.loads(self._path.read_bytes())["size"]
        except (OSError, ValueError, KeyError, TypeError):
            return 0
        return size if type(size) is int and size > 0 else 0

    def done(self, size: int, time: str) -> None:
        """Everything erased in the first `size` entries is out of the files."""
        told = {"size": size, "time": time}
        replace_durably(self._path, json.dumps(told, indent=1).encode() + b"\n")


@dataclass
class Erasing:
    """`hand_in` gives a statement to the operator; it raises TallystickError if that fails."""

    store: Store
    path: Path
    scrubs: Scrubs
    origin: str
    name: str
    organisation: str
    key: PrivateKey
    clock: Clock
    hand_in: Callable[[dict[str, Any]], None]

    def newest(self) -> dict[str, Any] | None:
        """The newest statement; raises `MirrorDamaged`."""
        kept = self._kept()
        return None if kept is None else kept["statement"]

    def settle(self) -> None:
        """State what is new, and hand in what the operator does not have yet."""
        kept = self._state()
        if kept is None or kept["handed_in"]:
            return
        try:
            self.hand_in(kept["statement"])
        except TallystickError as error:
            _log.warning("mirror-erasures", code=error.code, detail=error.detail)
            return
        self._keep({**kept, "handed_in": True})

    def _state(self) -> dict[str, Any] | None:
        kept = self._kept()
        with self.store.read() as transaction:
            tree, count = transaction.tree(), transaction.attached.count_erasures()
        if tree is None or not count:
            return kept
        scrubbed = min(self.scrubs.size(), tree.size)
        if kept is not None and (kept["erased"], kept["scrubbed"]) == (count, scrubbed):
            return kept
        # What was erased by its entry is gone; said only after a look.
        apply_erasures(self.store)
        with self.store.read() as transaction:
            tree = transaction.tree() or tree
            found = erasures_below(transaction, tree.size)
        statement = ErasureStatement(
            mirror=self.name,
            origin=self.origin,
            scope="own" if self.organisation else "full",
            reader=self.organisation,
            size=tree.size,
            erased=len(found),
            list=list_hash(found),
            scrubbed=scrubbed,
            time=instant(self.clock.now_ms()),
        )
        fresh = {
            "erased": len(found),
            "scrubbed": scrubbed,
            "handed_in": False,
            "statement": statement.sign(self.key),
        }
        self._keep(fresh)
        return fresh

    def _keep(self, told: dict[str, Any]) -> None:
        replace_durably(self.path, json.dumps(told, indent=1).encode() + b"\n")

    def _kept(self) -> dict[str, Any] | None:
        try:
            told: dict[str, Any] = json.loads(self.path.read_bytes())
            if isinstance(told["statement"], dict) and told.keys() == {
                "erased", "scrubbed", "handed_in", "statement"
            }:  # fmt: skip
                return told
        except FileNotFoundError:
            return None
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            pass
        raise MirrorDamaged(str(self.path))
