"""Secrets of batches on their way: sealed for the node that receives the prefix, and for this move alone.

RFC 9180 (HPKE), base mode: DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, ChaCha20-Poly1305. `info` is RFC 8785 of
["tallystick/batch-key/v1", origin here, origin there, prefix, batch, root]. Who sealed it is not told by that: the
secret must be the one to which the leaving log committed (`identity.prefix.carried/1`).
"""

from __future__ import annotations

from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hpke
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey

from tallystick.ledger import TallystickError, canonical, replace_durably

label = "tallystick/batch-key/v1"
_suite = hpke.Suite(hpke.KEM.X25519, hpke.KDF.HKDF_SHA256, hpke.AEAD.CHACHA20_POLY1305)


class SecretsNotOpened(TallystickError):
    code = "prefix-secrets-not-opened"
    status = 400
    title = "The secrets of the batches are not for this node, or are not those that the other log stated"
    advice = "Run the command on the node whose `tallystick prefix expect` gave the key; else have it carried again."


class Receiving:
    """The key for which what comes along with a prefix is sealed; it lies among the node's keys until it came."""

    def __init__(self, home: Path, prefix: str) -> None:
        self._path = home / "keys" / "moves" / f"{prefix}.key"

    def public(self) -> str:
        """Hex; made at the first call."""
        private = self.private()
        if private is None:
            private = X25519PrivateKey.generate()
            data = private.private_bytes_raw().hex().encode() + b"\n"
            replace_durably(self._path, data, secret=True)
        return private.public_key().public_bytes_raw().hex()

    def private(self) -> X25519PrivateKey | None:
        try:
            told = bytes.fromhex(self._path.read_text().strip())
            return X25519PrivateKey.from_private_bytes(told)
        except FileNotFoundError:
            return None
        except ValueError:
            raise SecretsNotOpened(f"{self._path} holds no key") from None

    def forget(self) -> None:
        self._path.unlink(missing_ok=True)


def seal(secret: bytes, receiver: str, about: tuple[str, ...]) -> bytes:
    """`about`: origin here, origin there, prefix, batch, root."""
    key = X25519PublicKey.from_public_bytes(bytes.fromhex(receiver))
    return _suite.encrypt(secret, key, _info(about))


def unseal(sealed: bytes, key: X25519PrivateKey, about: tuple[str, ...]) -> bytes:
    """Raises `SecretsNotOpened`."""
    try:
        return _suite.decrypt(sealed, key, _info(about))
    except (InvalidTag, ValueError):
        raise SecretsNotOpened(f"batch {about[3]} of {about[2]}") from None


def _info(about: tuple[str, ...]) -> bytes:
    return canonical.encode([label, *about])
