"""What a node keeps of a directory outside the log, sealed: the client's secret, and the salt of digests of subjects."""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import secrets
from dataclasses import dataclass
from pathlib import Path

import orjson
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from tallystick.app.directory.errors import DirectoryUnbound
from tallystick.ledger import Clock, vault

_nonce_bytes = 12
secret_chars_max = 1000


@dataclass(frozen=True, slots=True)
class Kept:
    secret: str
    salt: bytes

    def digest(self, issuer: str, subject: str) -> str:
        """Under which the log knows a subject: nobody without the salt can try subjects."""
        return hmac.digest(self.salt, f"{issuer}\n{subject}".encode(), hashlib.sha256).hex()


@dataclass(frozen=True, slots=True)
class Secrets:
    """One file for each organisation, under a key of this node."""

    folder: Path
    key: vault.KeyFile

    @classmethod
    def of(cls, home: Path, clock: Clock) -> Secrets:
        return cls(home / "directories", vault.KeyFile(home / "tokens" / "directories.json", clock))

    def keep(self, organisation: str, secret: str) -> None:
        """The salt stays what it was, or the digests in the log would be nobody's."""
        try:
            salt = self.find(organisation).salt
        except DirectoryUnbound:
            salt = secrets.token_bytes(32)
        for folder in (self.folder, self.key.path.parent):
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        told = orjson.dumps({"secret": secret, "salt": base64.b64encode(salt).decode()})
        nonce = os.urandom(_nonce_bytes)
        sealed = nonce + AESGCM(self.key.current().secret).encrypt(
            nonce, told, organisation.encode()
        )
        path = self._path(organisation)
        fresh = path.with_suffix(".new")
        fresh.touch(mode=0o600)
        fresh.write_bytes(sealed)
        fresh.replace(path)

    def find(self, organisation: str) -> Kept:
        """Raises `DirectoryUnbound`."""
        path = self._path(organisation)
        if not path.exists():
            raise DirectoryUnbound(organisation)
        data = path.read_bytes()
        try:
            cipher = AESGCM(self.key.current().secret)
            plain = cipher.decrypt(data[:_nonce_bytes], data[_nonce_bytes:], organisation.encode())
        except (InvalidTag, ValueError):
            raise DirectoryUnbound(f"{path} does not open") from None
        told = orjson.loads(plain)
        return Kept(told["secret"], base64.b64decode(told["salt"]))

    def has(self, organisation: str) -> bool:
        """Whether there is one; it may still not open."""
        return self._path(organisation).exists()

    def _path(self, organisation: str) -> Path:
        return self.folder / f"{hashlib.sha256(organisation.encode()).hexdigest()[:32]}.sealed"
