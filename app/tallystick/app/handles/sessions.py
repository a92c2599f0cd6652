"""Sessions of the Handle API: a nonce to be answered once, then a name that stands for whoever answered it.

They live in the memory of one process: behind a balancer, a client's requests must go to the same one.
"""

from __future__ import annotations

import base64
import secrets
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from tallystick.identity import SessionEnded, TooManyFailures, challenge

answer_within_s = 60
lasts_s = 3600
sessions_max = 10_000


@dataclass(frozen=True, slots=True)
class Session:
    """`identity`: who answered the nonce, None before. `ends_s` by the clock of `Sessions`."""

    id: str
    nonce: bytes
    ends_s: int
    identity: str | None = None

    def told(self) -> dict[str, Any]:
        who = {} if self.identity is None else {"id": self.identity}
        nonce = base64.b64encode(self.nonce).decode()
        return {
            "sessionId": self.id, "nonce": nonce, "authenticated": self.identity is not None, **who,
        }  # fmt: skip


@dataclass
class Sessions:
    """Bounded: what is not answered gives way first."""

    now_s: Callable[[], int] = lambda: time.monotonic_ns() // 1_000_000_000
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _open: OrderedDict[str, Session] = field(default_factory=OrderedDict)
    _answered: OrderedDict[str, Session] = field(default_factory=OrderedDict)

    def start(self, identity: str | None = None) -> Session:
        """Raises `TooManyFailures` when there are too many that are in use."""
        name, nonce = secrets.token_urlsafe(24), secrets.token_bytes(challenge.nonce_bytes)
        with self._lock:
            self._forget()
            within = answer_within_s if identity is None else lasts_s
            made = Session(name, nonce, self.now_s() + within, identity)
            kept = self._open if identity is None else self._answered
            kept[name] = made
            while len(self._open) > sessions_max:
                self._open.popitem(last=False)
            if len(self._answered) > sessions_max:
                del self._answered[name]
                raise TooManyFailures("too many sessions are open")
        return made

    def get(self, name: str) -> Session:
        """Raises `SessionEnded`."""
        with self._lock:
            self._forget()
            found = self._open.get(name) or self._answered.get(name)
        if found is None:
            raise SessionEnded
        return found

    def take(self, name: str) -> Session:
        """The session whose nonce is being answered: a nonce is answered once, rightly or not.

        Raises `SessionEnded`.
        """
        with self._lock:
            self._forget()
            found = self._open.pop(name, None)
        if found is None:
            raise SessionEnded("its nonce was answered before, or it has ended")
        return found

    def answered(self, session: Session, identity: str) -> Session:
        """The session goes on for whoever answered, with a nonce that answers nothing."""
        fresh = secrets.token_bytes(challenge.nonce_bytes)
        with self._lock:
            ends = self.now_s() + lasts_s
            made = replace(session, nonce=fresh, ends_s=ends, identity=identity)
            if len(self._answered) >= sessions_max:
                raise TooManyFailures("too many sessions are open")
            self._answered[made.id] = made
        return made

    def close(self, name: str) -> None:
        with self._lock:
            self._open.pop(name, None)
            self._answered.pop(name, None)

    def _forget(self) -> None:
        """Each of the two is in the order of its ends."""
        now = self.now_s()
        for kept in (self._open, self._answered):
            while kept and next(iter(kept.values())).ends_s <= now:
                kept.popitem(last=False)
