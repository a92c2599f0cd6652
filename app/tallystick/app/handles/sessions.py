"""Sessions of the Handle API: a nonce to be answered once, then a name that stands for whoever answered it.

All processes that serve one store share them. What nobody has answered yet is stored nowhere: the name of a session
says when it was made, and its nonce follows from the name, both by a key that follows from the vault's master key.
Once a nonce was answered, rightly or not, a row says that it was, and for whom the session goes on.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import secrets
from dataclasses import dataclass
from typing import Any

from tallystick.identity import SessionEnded, TooManyFailures, challenge
from tallystick.ledger import Clock, Store, SystemClock, vault

answer_within_s = 60
lasts_s = 3600
#: Of those that were answered, rightly or not, and have not ended.
sessions_max = 10_000
_random_bytes, _mac_bytes = 16, 16
_key_bytes, _time_bytes = 8, 8
_made_bytes = _key_bytes + _time_bytes + _random_bytes
_key_label = b"tallystick/handle-sessions/v1"


@dataclass(frozen=True, slots=True)
class Session:
    """`identity`: who answered the nonce, None before."""

    id: str
    nonce: bytes
    identity: str | None = None

    def told(self) -> dict[str, Any]:
        who = {} if self.identity is None else {"id": self.identity}
        nonce = base64.b64encode(self.nonce).decode()
        return {
            "sessionId": self.id, "nonce": nonce, "authenticated": self.identity is not None, **who,
        }  # fmt: skip


class Sessions:
    """Of one store, whichever process is asked."""

    def __init__(self, store: Store, master: vault.KeyFile, clock: Clock | None = None) -> None:
        self._store, self._master = store, master
        self._clock = clock or SystemClock()

    def start(self, identity: str | None = None) -> Session:
        """Raises `TooManyFailures` when there are too many that are in use."""
        now_ms = self._clock.now_ms()
        key = self._master.current()
        made = bytes.fromhex(key.id) + now_ms.to_bytes(_time_bytes, "big")
        made += secrets.token_bytes(_random_bytes)
        name = base64.urlsafe_b64encode(made + _mac(key.secret, b"name", made)).decode()
        if identity is not None:
            self._add(name, identity, now_ms + lasts_s * 1000)
        return Session(name, self._read(name).nonce, identity)

    def get(self, name: str) -> Session:
        """Raises `SessionEnded`."""
        told, now_ms = self._read(name), self._clock.now_ms()
        with self._store.read() as transaction:
            found = transaction.logins.find(_digest(name))
        if found is None:
            told.require_waiting(now_ms)
            return Session(name, told.nonce)
        identity, ends_ms = found
        if identity is None or ends_ms <= now_ms:
            raise SessionEnded
        return Session(name, told.spent, identity)

    def take(self, name: str) -> Session:
        """The session whose nonce is being answered: a nonce is answered once, rightly or not.

        Raises `SessionEnded`, or `TooManyFailures` when too many are in use.
        """
        told, now_ms = self._read(name), self._clock.now_ms()
        told.require_waiting(now_ms)
        if not self._add(name, None, told.made_ms + answer_within_s * 1000):
            raise SessionEnded("its nonce was answered before, or it has ended")
        return Session(name, told.nonce)

    def answered(self, session: Session, identity: str) -> Session:
        """The session goes on for whoever answered, with a nonce that answers nothing."""
        ends_ms = self._clock.now_ms() + lasts_s * 1000
        with self._store.write() as transaction:
            transaction.logins.set(_digest(session.id), identity, ends_ms)
        return Session(session.id, self._read(session.id).spent, identity)

    def close(self, name: str) -> None:
        """Whoever knows the name cannot answer its nonce either, while that could still be done."""
        ends_ms = self._read(name).made_ms + answer_within_s * 1000
        with self._store.write() as transaction:
            if not transaction.logins.add(_digest(name), None, ends_ms):
                transaction.logins.set(_digest(name), None, ends_ms)

    def _add(self, name: str, identity: str | None, ends_ms: int) -> bool:
        with self._store.write() as transaction:
            if transaction.logins.forget(self._clock.now_ms()) >= sessions_max:
                raise TooManyFailures("too many sessions are open")
            return transaction.logins.add(_digest(name), identity, ends_ms)

    def _read(self, name: str) -> _Name:
        """Raises `SessionEnded` for a name that no process of this node made."""
        try:
            data = base64.urlsafe_b64decode(name.encode())
            key = self._master.find(data[:_key_bytes].hex())
        except (binascii.Error, ValueError, vault.MasterKeyMissing):
            raise SessionEnded from None
        made, given = data[:_made_bytes], data[_made_bytes:]
        if not hmac.compare_digest(given, _mac(key.secret, b"name", made)):
            raise SessionEnded
        made_ms = int.from_bytes(made[_key_bytes : _key_bytes + _time_bytes], "big")
        nonce, spent = (
            _mac(key.secret, label, made, challenge.nonce_bytes) for label in (b"nonce", b"spent")
        )
        return _Name(made_ms, nonce, spent)


@dataclass(frozen=True, slots=True)
class _Name:
    """What the name of a session says. `spent`: the nonce that it shows once its own was answered."""

    made_ms: int
    nonce: bytes
    spent: bytes

    def require_waiting(self, now_ms: int) -> None:
        """Raises `SessionEnded`."""
        if now_ms >= self.made_ms + answer_within_s * 1000:
            raise SessionEnded


def _mac(secret: bytes, label: bytes, made: bytes, size: int = _mac_bytes) -> bytes:
    key = hmac.digest(secret, _key_label, "sha256")
    return hmac.digest(key, label + made, "sha256")[:size]


def _digest(name: str) -> str:
    return hashlib.sha256(name.encode()).hexdigest()
