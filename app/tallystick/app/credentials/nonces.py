"""Which presentations a buyer has used: each counts once.

A file of the buyer's own, {hex SHA-256(holder ‖ 0x00 ‖ nonce): until when it must be remembered}, which holds no
longer than a presentation could be used at all.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock, Timeout

from tallystick.app.credentials.errors import NoncesBusy
from tallystick.app.files import FileUnreadable, write_file
from tallystick.identity.credentials import errors

lock_timeout_s = 2.0
nonces_max = 1_000_000


@dataclass(frozen=True, slots=True)
class Nonces:
    path: Path

    def use(self, holder: str, nonce: str, until_ms: int, now_ms: int) -> None:
        """Once. Raises `PresentationReplayed`, `NoncesBusy` or `FileUnreadable`."""
        name = hashlib.sha256(f"{holder}\x00{nonce}".encode()).hexdigest()
        try:
            with FileLock(f"{self.path}.lock").acquire(timeout=lock_timeout_s):
                kept = {one: until for one, until in self._read().items() if until >= now_ms}
                if name in kept:
                    raise errors.PresentationReplayed(f"by {holder}")
                if len(kept) >= nonces_max:
                    raise NoncesBusy(f"{self.path} holds {nonces_max} that are still good")
                write_file(self.path, json.dumps({**kept, name: until_ms}).encode())
        except Timeout:
            raise NoncesBusy(str(self.path)) from None

    def _read(self) -> dict[str, int]:
        try:
            found = json.loads(self.path.read_bytes())
        except FileNotFoundError:
            return {}
        except (OSError, ValueError):
            raise FileUnreadable(str(self.path)) from None
        if not isinstance(found, dict) or not all(type(v) is int for v in found.values()):
            raise FileUnreadable(f"{self.path}: it is no list of used presentations")
        return found
