"""What counts once: nonces of signed requests, ids of client assertions, and tokens that were taken back.

One table for all processes of a node. Requests that come together are written together, as one commit.
"""

from __future__ import annotations

import hashlib
import threading
from dataclasses import dataclass, field
from typing import Literal

from tallystick.ledger import Clock, Store, TallystickError

Kind = Literal["nonce", "assertion", "token"]
forgotten_every_ms = 60_000


@dataclass(slots=True)
class _Asked:
    row: tuple[str, str, int]
    fresh: bool | None = None
    error: TallystickError | None = None


@dataclass
class Once:
    """Takes names that are taken once."""

    store: Store
    clock: Clock
    _waiting: list[_Asked] = field(default_factory=list)
    _queue: threading.Lock = field(default_factory=threading.Lock)
    _writer: threading.Lock = field(default_factory=threading.Lock)
    _forgotten_ms: int = 0

    def take(self, kind: Kind, whose: str, name: str, until_ms: int) -> bool:
        """Whether nobody took this name of `whose` before; remembered until `until_ms`. Raises `StoreUnusable`."""
        asked = _Asked((kind, named(whose, name), until_ms))
        with self._queue:
            self._waiting.append(asked)
        with self._writer:
            # Whoever wrote before took this one along.
            if asked.fresh is None and asked.error is None:
                self._write()
        if asked.error is not None:
            raise asked.error
        return asked.fresh is True

    def _write(self) -> None:
        with self._queue:
            batch, self._waiting = self._waiting, []
        now_ms = self.clock.now_ms()
        due = now_ms - self._forgotten_ms >= forgotten_every_ms
        try:
            with self.store.note() as transaction:
                if due:
                    transaction.spent.forget(now_ms)
                fresh = transaction.spent.take([one.row for one in batch])
        except TallystickError as error:
            # Nothing is known of them: none is let in.
            for one in batch:
                one.error = error
            return
        self._forgotten_ms = now_ms if due else self._forgotten_ms
        for one, is_fresh in zip(batch, fresh, strict=True):
            one.fresh = is_fresh


def named(whose: str, name: str) -> str:
    """What stands in the table: a digest, of which nobody learns what was sent."""
    return hashlib.sha256(f"{whose}\n{name}".encode(errors="replace")).hexdigest()
