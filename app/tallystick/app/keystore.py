"""Private keys in the node's home folder, one PEM file for a key reference."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import quote

from tallystick.ledger import PrivateKey, SigningKey, TallystickError


class KeyMissing(TallystickError):
    code = "key-missing"
    status = 503
    title = "A private key is not in the key store"
    advice = (
        "Check TALLYSTICK_HOME, or restore the folder `keys` from its backup. To read a log whose keys are "
        "elsewhere, such as an imported one: `tallystick serve --read-only`."
    )


class KeyStore:
    """`keys/<percent-encoded key reference>.pem`, readable by the owner only."""

    def __init__(self, home: Path) -> None:
        self._folder = home / "keys"

    def add(self, key: SigningKey) -> None:
        """Raises FileExistsError rather than replace a key."""
        key.private.save(self._path(key.keyid))

    def get(self, reference: str) -> SigningKey:
        try:
            return SigningKey(reference, PrivateKey.from_pem(self._path(reference).read_bytes()))
        except FileNotFoundError:
            raise KeyMissing(reference) from None

    def has(self, reference: str) -> bool:
        return self._path(reference).exists()

    def _path(self, reference: str) -> Path:
        return self._folder / f"{quote(reference, safe='')}.pem"
