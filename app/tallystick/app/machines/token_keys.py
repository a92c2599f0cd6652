"""The keys with which a node signs access tokens: Ed25519, in `tokens/keys.json` of the home folder, for its owner alone.

The newest signs. One that was replaced is believed until the last token that it signed has expired. The file is
read again whenever it changes; processes of one node share it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout
from joserfc.jwk import OKPKey
from joserfc.util import urlsafe_b64encode

from tallystick.ledger import Clock, PrivateKey, TallystickError, from_instant, vault

algorithm = "Ed25519"
lock_timeout_s = 5.0
keys_max = 15
#: Clocks of two machines of one node differ by no more.
clock_skew_ms = 5000


class TokenKeysBusy(TallystickError):
    code = "token-keys-busy"
    status = 503
    title = "Another command is changing the keys for access tokens"
    advice = "Wait for it to end, and try again."


@dataclass(frozen=True, slots=True)
class TokenKey:
    """`id` follows from the key; `until_ms`: from then on it is believed no longer, None for the current one."""

    id: str
    key: OKPKey
    public: dict[str, Any]
    until_ms: int | None


class TokenKeys:
    """`lifetime_ms`: of the longest token."""

    def __init__(self, home: Path, clock: Clock, lifetime_ms: int) -> None:
        self._folder, self._clock, self.lifetime_ms = home / "tokens", clock, lifetime_ms
        self._file = vault.KeyFile(self._folder / "keys.json", clock)
        self._read: dict[str, TokenKey] = {}

    def current(self) -> TokenKey:
        """The one that signs; the first is made when it is asked for."""
        if not self._file.all():
            with self._locked():
                self._file.current()
        return [*self.believed().values()][-1]

    def believed(self) -> Mapping[str, TokenKey]:
        """Those whose tokens count now, by id; the current one last."""
        rows = self._file.all()
        untils = [self._until_ms(later) for later in rows[1:]]
        now_ms = self._clock.now_ms()
        return {
            row.id: self._known(row, until)
            for row, until in zip(rows, [*untils, None], strict=True)
            if until is None or now_ms < until
        }

    def published(self) -> dict[str, Any]:
        """As a JWK set (RFC 7517)."""
        self.current()
        told = {"use": "sig", "alg": algorithm}
        return {"keys": [{**one.public, **told, "kid": one.id} for one in self.believed().values()]}

    def rotate(self, *, at_once: bool = False) -> str:
        """A new key signs from now on; its id. `at_once`: no token of an older one counts any more."""
        with self._locked():
            if len(self.believed()) < 2:
                self._file.destroy_others()
            if len(self._file.all()) >= keys_max:
                raise TokenKeysBusy(f"{keys_max} keys are believed; the oldest end in minutes")
            made = self._file.make_current()
            if at_once:
                self._file.destroy_others()
        return made.id

    def _until_ms(self, later: vault.MasterKey) -> int:
        return from_instant(later.made) + self.lifetime_ms + clock_skew_ms

    def _known(self, row: vault.MasterKey, until_ms: int | None) -> TokenKey:
        known = self._read.get(row.id)
        if known is None or known.until_ms != until_ms:
            private = PrivateKey.from_seed(row.secret)
            jwk = private.public.jwk()
            known = TokenKey(row.id, _private(row.secret, jwk), dict(jwk), until_ms)
            self._read[row.id] = known
        return known

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """Raises `TokenKeysBusy`."""
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        try:
            with FileLock(self._folder / "keys.lock").acquire(timeout=lock_timeout_s):
                yield
        except Timeout:
            raise TokenKeysBusy(str(self._folder)) from None


def _private(seed: bytes, jwk: Mapping[str, str]) -> OKPKey:
    return OKPKey.import_key({**jwk, "d": urlsafe_b64encode(seed).decode()})
