"""What a key signs to log in: this log, this node, a nonce of it; for a minute or two, once.

The bytes are a DSSE pre-authentication encoding of a payload type of their own, so that what logs somebody in is
never an entry, and no entry logs anybody in.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock, Timeout

from tallystick.app.login.errors import ChallengeOver, LoginBusy
from tallystick.app.machines.once import Once
from tallystick.ledger import Clock, canonical, pae, vault

payload_type = "application/vnd.tallystick.login+json"
lasts_ms = 120_000
nonce_chars_max = 200
secret_file = "login.json"
lock_timeout_s = 5.0


@dataclass(frozen=True, slots=True)
class Challenges:
    """Nonces that say themselves until when they are good, so that asking for one costs no storage.

    `secret`: the file of the node's secret for them; processes of one node share it.
    """

    origin: str
    site: str
    secret: vault.KeyFile
    once: Once
    clock: Clock

    @classmethod
    def of(cls, origin: str, site: str, home: Path, once: Once, clock: Clock) -> Challenges:
        return cls(origin, site, vault.KeyFile(home / "tokens" / secret_file, clock), once, clock)

    def nonce(self) -> str:
        told = f"{self.clock.now_ms() + lasts_ms}.{secrets.token_urlsafe(16)}"
        return f"{told}.{self._mark(told)}"

    def message(self, nonce: str) -> bytes:
        """What is signed for it."""
        told = {"log": self.origin, "site": self.site, "nonce": nonce}
        return pae(canonical.encode(told), payload_type)

    def take(self, nonce: str) -> None:
        """Raises `ChallengeOver` unless it is good, and for the first time."""
        told, _, mark = nonce.rpartition(".")
        until = told.partition(".")[0]
        good = hmac.compare_digest(mark.encode(errors="replace"), self._mark(told).encode())
        if not good or not until.isascii() or not until.isdecimal():
            raise ChallengeOver
        until_ms = int(until)
        if until_ms <= self.clock.now_ms():
            raise ChallengeOver
        if not self.once.take("nonce", "login", nonce, until_ms):
            raise ChallengeOver

    def _mark(self, told: str) -> str:
        digest = hmac.digest(self._key().secret, told.encode(errors="replace"), hashlib.sha256)
        return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()

    def _key(self) -> vault.MasterKey:
        """Raises `LoginBusy`."""
        if self.secret.path.exists():
            return self.secret.current()
        folder = self.secret.path.parent
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        try:
            with FileLock(folder / f"{secret_file}.lock").acquire(timeout=lock_timeout_s):
                return self.secret.current()
        except Timeout:
            raise LoginBusy from None
