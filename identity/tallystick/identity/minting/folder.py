"""What a node keeps of its batches beside the log: the secret of each, and its sorted leaves.

keys/batches/<prefix>_<batch>.key   K, 32 bytes as hex, for the owner of the folder alone
keys/minting.key                    the secret from which suffixes of bulk rows are made
minted/<prefix>/<batch>.leaves      see `leaves`
minted/<prefix>/<batch>.entry.json  of a batch that came along with its prefix: the entry by which it was issued
minted/<prefix>/<batch>.json        what was prepared and is on its way into the log; removed when it is there

A batch counts when its entry is in the log, and only then: what a crash leaves here resolves to nothing. K is in no
log, body, export, backup of the database or label file. Without it no code can be resolved or proven any more.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from tallystick.identity.minting.leaves import Leaves
from tallystick.identity.minting.proofs import key_bytes
from tallystick.identity.minting.serials import Random
from tallystick.ledger import TallystickError, replace_durably

lock_timeout_s = 2.0


class BatchKeyMissing(TallystickError):
    code = "batch-key-missing"
    status = 503
    title = "The secret of this batch is not in the key store"
    advice = "Restore `keys/batches` from its backup. Without it the codes of the batch cannot be resolved or proven."


class MintingBusy(TallystickError):
    code = "minting-busy"
    status = 503
    title = "Another process is issuing a batch of this prefix"
    advice = "Wait until it has ended."


class Folder:
    """The node's home folder, as far as batches are concerned."""

    def __init__(self, home: Path) -> None:
        self._home = home

    def key(self, prefix: str, batch: str) -> bytes:
        """Raises `BatchKeyMissing`."""
        path = self._key_path(prefix, batch)
        try:
            found = bytes.fromhex(path.read_text().strip())
        except (OSError, ValueError):
            raise BatchKeyMissing(f"{prefix}/{batch}") from None
        if len(found) != key_bytes:
            raise BatchKeyMissing(f"{path} does not hold {key_bytes} bytes")
        return found

    def has_key(self, prefix: str, batch: str) -> bool:
        return self._key_path(prefix, batch).exists()

    def numbers(self, prefix: str) -> list[str]:
        """Of the batches of a prefix whose secrets are here, whether the log has them or not."""
        found = (self._home / "keys" / "batches").glob(f"{prefix}_????.key")
        return sorted(path.stem.rpartition("_")[2] for path in found)

    def new_key(self, prefix: str, batch: str, random: Random = secrets.token_bytes) -> bytes:
        """A new secret, durable when this returns."""
        made = random(key_bytes)
        replace_durably(self._key_path(prefix, batch), made.hex().encode() + b"\n", secret=True)
        return made

    def put_key(self, prefix: str, batch: str, key: bytes) -> None:
        """A secret that came along with its prefix, durable when this returns."""
        replace_durably(self._key_path(prefix, batch), key.hex().encode() + b"\n", secret=True)

    def minting_key(self) -> bytes:
        """The secret from which suffixes of bulk rows are made; made at the first call."""
        path = self._home / "keys" / "minting.key"
        with FileLock(self._locks() / "minting.lock").acquire(timeout=lock_timeout_s):
            if not path.exists():
                made = secrets.token_bytes(key_bytes).hex().encode()
                replace_durably(path, made + b"\n", secret=True)
        return bytes.fromhex(path.read_text().strip())

    def leaves_path(self, prefix: str, batch: str) -> Path:
        return self._home / "minted" / prefix / f"{batch}.leaves"

    def entry_path(self, prefix: str, batch: str) -> Path:
        """Where the entry that issued a batch in another log is kept, with its proof."""
        return self._home / "minted" / prefix / f"{batch}.entry.json"

    def leaves(self, prefix: str, batch: str) -> Leaves:
        """Raises `LeavesDamaged`, FileNotFoundError."""
        return Leaves(self.leaves_path(prefix, batch))

    def issues(self) -> bool:
        """Whether this node has issued anything."""
        return (self._home / "minted").is_dir()

    def prepared(self, prefix: str) -> Iterator[Mapping[str, Any]]:
        """Batches whose files are whole, and whose entry may or may not be in the log."""
        for path in sorted((self._home / "minted" / prefix).glob("????.json")):
            yield json.loads(path.read_bytes())

    def note_prepared(self, prefix: str, batch: str, told: Mapping[str, Any]) -> None:
        """The last step before the entry is sent."""
        path = self._prepared_path(prefix, batch)
        replace_durably(path, json.dumps(told, sort_keys=True).encode(), secret=True)

    def forget_prepared(self, prefix: str, batch: str) -> None:
        self._prepared_path(prefix, batch).unlink(missing_ok=True)

    def discard(self, prefix: str, batch: str) -> None:
        """Remove what was made for a batch that never came into the log."""
        self.forget_prepared(prefix, batch)
        self.leaves_path(prefix, batch).unlink(missing_ok=True)
        self._key_path(prefix, batch).unlink(missing_ok=True)

    @contextmanager
    def alone(self, prefix: str) -> Iterator[None]:
        """While nobody else issues a batch of the prefix here; raises `MintingBusy`."""
        folder = self._home / "minted" / prefix
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        try:
            with FileLock(folder / "lock").acquire(timeout=lock_timeout_s):
                yield
        except Timeout:
            raise MintingBusy(prefix) from None

    def _locks(self) -> Path:
        folder = self._home / "minted"
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        return folder

    def _key_path(self, prefix: str, batch: str) -> Path:
        return self._home / "keys" / "batches" / f"{prefix}_{batch}.key"

    def _prepared_path(self, prefix: str, batch: str) -> Path:
        return self._home / "minted" / prefix / f"{batch}.json"
