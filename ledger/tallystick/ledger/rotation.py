"""Rotating the master key: a new one, every attachment's key wrapped under it, the old ones destroyed.

While the log is served: each batch is one write transaction like any other, and whoever seals an attachment
does so inside one, with the key that is current then. Broken off, it goes on where it was: an old key leaves
the file only in a transaction that finds nothing under it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tallystick.ledger.store import Store
from tallystick.ledger.vault import KeyFile, Vault

Progress = Callable[[int, int], None]
keys_at_once = 1000


@dataclass(frozen=True, slots=True)
class Rotated:
    """`resumed`: an earlier rotation, which had been broken off, was ended; then rotate again."""

    current: str
    wrapped: int
    destroyed: tuple[str, ...]
    resumed: bool


def rotate(
    store: Store,
    keys: KeyFile,
    progress: Progress | None = None,
    elsewhere: Callable[[], None] | None = None,
) -> Rotated:
    """Raises `MasterKeyMissing` if something is sealed under a key that is not in the file.

    `elsewhere` puts under the current key what is sealed outside the database; afterwards the old ones go.
    """
    store.migrate()
    with store.write() as transaction:
        keys.current()
        resumed = len(keys.all()) > 1
        master = keys.current() if resumed else keys.make_current()
        total = transaction.attached.count_keys(master.id)
    vault, done = Vault(keys), 0
    while True:
        with store.write() as transaction:
            some = transaction.attached.wrapped_otherwise(master.id, keys_at_once)
            if not some:
                transaction.applications.rewrap(master.id)
                if elsewhere:
                    elsewhere()
                gone = keys.destroy_others()
                return Rotated(master.id, done, tuple(gone), resumed)
            transaction.attached.rewrap(
                [(index, digest, *vault.rewrap(index, digest, old, wrapped))
                 for index, digest, old, wrapped in some]
            )  # fmt: skip
        done += len(some)
        if progress:
            progress(done, max(done, total))
