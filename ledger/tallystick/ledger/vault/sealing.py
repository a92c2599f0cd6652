"""Sealing attachments: AES-256-GCM (NIST SP 800-38D) under a key that is used once, itself under a master key.

What is sealed is salt ‖ bytes, so that the salt goes with the key. The key seals one message, hence a nonce of
zeros; keys are wrapped under random nonces, of which one master key may use 2^32 (SP 800-38D §8.3): rotate
before. Index, hash, type and grade are authenticated: a row that is moved or regraded does not open.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from tallystick.ledger.entry import Attachment
from tallystick.ledger.vault.errors import AttachmentSpoilt
from tallystick.ledger.vault.master import MasterKey, MasterKeys

data_key_bytes = 32
salt_bytes = 32
_nonce_bytes = 12
_tag_bytes = 16
_once = bytes(_nonce_bytes)


@dataclass(frozen=True, slots=True)
class Sealed:
    """`wrapped`: nonce and the attachment's key under the master key of this id; destroyed with `data`."""

    data: bytes
    key_id: str
    wrapped: bytes


def sealed_size(data: bytes) -> int:
    """How many bytes an attachment has, of its sealed form."""
    return max(0, len(data) - salt_bytes - _tag_bytes)


@dataclass(frozen=True, slots=True)
class Vault:
    """Seals, opens and re-wraps with the master keys that it is given."""

    keys: MasterKeys

    def seal(self, index: int, attachment: Attachment, digest: str) -> Sealed:
        """Raises `MasterKeyMissing`. Call it inside the write transaction, so that a rotation sees the row."""
        master = self.keys.current()
        secret = os.urandom(data_key_bytes)
        told = _about(index, digest, attachment.type, attachment.grade)
        data = AESGCM(secret).encrypt(_once, attachment.salt + attachment.data, told)
        return Sealed(data, master.id, _wrap(master, secret, index, digest))

    def open(self, index: int, digest: str, kind: str, grade: str, sealed: Sealed) -> Attachment:
        """Raises `MasterKeyMissing` or `AttachmentSpoilt`."""
        secret = self._unwrap(index, digest, sealed.key_id, sealed.wrapped)
        try:
            told = _about(index, digest, kind, grade)
            plain = AESGCM(secret).decrypt(_once, sealed.data, told)
        except (InvalidTag, ValueError):
            raise AttachmentSpoilt(f"{digest} of entry {index}") from None
        found = Attachment(kind, plain[salt_bytes:], plain[:salt_bytes], grade)
        if found.hash() != digest:
            raise AttachmentSpoilt(f"{digest} of entry {index} is another attachment")
        return found

    def rewrap(self, index: int, digest: str, key_id: str, wrapped: bytes) -> tuple[str, bytes]:
        """The same key under the current master key: its id, and the wrapped key."""
        master = self.keys.current()
        return master.id, _wrap(master, self._unwrap(index, digest, key_id, wrapped), index, digest)

    def _unwrap(self, index: int, digest: str, key_id: str, wrapped: bytes) -> bytes:
        cipher = _cipher(self.keys.find(key_id).secret)
        nonce, rest = wrapped[:_nonce_bytes], wrapped[_nonce_bytes:]
        try:
            return cipher.decrypt(nonce, rest, _about_key(index, digest))
        except (InvalidTag, ValueError):
            raise AttachmentSpoilt(f"the key of {digest} of entry {index}") from None


def _wrap(master: MasterKey, secret: bytes, index: int, digest: str) -> bytes:
    nonce = os.urandom(_nonce_bytes)
    return nonce + _cipher(master.secret).encrypt(nonce, secret, _about_key(index, digest))


@lru_cache(maxsize=4)
def _cipher(secret: bytes) -> AESGCM:
    return AESGCM(secret)


def _about(index: int, digest: str, kind: str, grade: str) -> bytes:
    return f"tallystick/attachment/v1\n{index}\n{digest}\n{kind}\n{grade}".encode()


def _about_key(index: int, digest: str) -> bytes:
    return f"tallystick/attachment-key/v1\n{index}\n{digest}".encode()
