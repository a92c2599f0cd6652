"""A signer's BLS key: made once, kept in a file that its owner alone may read, shown as a key line.

A key line is `<name> <base64 key> <base64 possession>`: what a witness gives to those who write the quorum text.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tallystick.ledger.bls.encoding import group_order, key_bytes, secret_bytes, signature_bytes
from tallystick.ledger.bls.errors import PossessionRefused, SecretExists, SecretRefused
from tallystick.ledger.bls.registered import Registered, require_possession
from tallystick.ledger.bls.scheme import chosen, reference
from tallystick.ledger.bls.text import QuorumSigner, quorum_text, require_name, shown
from tallystick.ledger.durable import sync_path
from tallystick.ledger.errors import TallystickError
from tallystick.ledger.note import strict_base64

_members = {"name", "secret", "key", "possession"}


@dataclass(frozen=True, slots=True)
class KeyLine:
    """A signer as it may be registered: name, key, and proof of possession."""

    name: str
    key: bytes
    possession: bytes

    def encode(self) -> str:
        return f"{self.name} {shown(self.key)} {shown(self.possession)}"

    @staticmethod
    def parse(line: str) -> KeyLine:
        """Raises `QuorumNameRefused` or `PossessionRefused`; the proof is not verified."""
        words = line.strip().split(" ")
        if len(words) != 3:
            raise PossessionRefused("a key line is `<name> <key> <possession>`")
        require_name(words[0])
        key, possession = strict_base64(words[1]), strict_base64(words[2])
        if (len(key), len(possession)) != (key_bytes, signature_bytes):
            raise PossessionRefused(
                f"{words[0]}: key and possession are base64 of {key_bytes} and {signature_bytes} bytes"
            )
        return KeyLine(words[0], key, possession)


def register(threshold: int, lines: Sequence[KeyLine]) -> Registered:
    """The quorum of these keys in this order, each proof verified.

    Raises `QuorumTextRefused`, `PossessionRefused` or `PointRefused`.
    """
    for line in lines:
        require_possession(line.name, line.key, line.possession)
    text = quorum_text(threshold, [QuorumSigner(line.name, line.key) for line in lines])
    return Registered(text=text.text, possessions=tuple(shown(line.possession) for line in lines))


@dataclass(frozen=True, slots=True)
class QuorumKey:
    """The BLS key of a witness, under the name of its cosigner key."""

    public: KeyLine
    secret: bytes = field(repr=False)

    @staticmethod
    def generate(name: str) -> QuorumKey:
        return _made(name, secrets.randbelow(group_order - 1) + 1)

    @staticmethod
    def from_seed(name: str, seed: bytes) -> QuorumKey:
        """A key from any bytes; for simulated stores whose keys are derived from a seed."""
        return _made(
            name, int.from_bytes(hashlib.sha512(seed).digest(), "big") % (group_order - 1) + 1
        )

    def sign(self, message: bytes) -> bytes:
        return chosen().sign(self.secret, message)

    def save(self, path: Path) -> None:
        """Durable when it returns, and readable by the owner alone; raises `SecretExists`."""
        told = {
            "name": self.public.name,
            "secret": self.secret.hex(),
            "key": shown(self.public.key),
            "possession": shown(self.public.possession),
        }
        try:
            path.touch(mode=0o600, exist_ok=False)
        except FileExistsError:
            raise SecretExists(str(path)) from None
        path.write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")
        sync_path(path)
        sync_path(path.parent)

    @staticmethod
    def load(path: Path, name: str) -> QuorumKey | None:
        """The key in a file, if there is one; raises `SecretRefused`."""
        try:
            told = json.loads(path.read_bytes())
        except FileNotFoundError:
            return None
        except (OSError, ValueError, RecursionError):
            raise SecretRefused(str(path)) from None
        found = _read(told)
        if found is None or found.public.name != name:
            raise SecretRefused(str(path))
        return found


def _made(name: str, number: int) -> QuorumKey:
    require_name(name)
    secret = number.to_bytes(secret_bytes, "big")
    key = chosen().public_key(secret)
    return QuorumKey(KeyLine(name, key, reference().prove(secret)), secret)


def _read(told: object) -> QuorumKey | None:
    """The key must be that of the secret: nobody edited the file by hand."""
    if not isinstance(told, dict) or set(told) != _members:
        return None
    if not all(isinstance(value, str) for value in told.values()):
        return None
    try:
        secret = bytes.fromhex(told["secret"])
        line = KeyLine.parse(f"{told['name']} {told['key']} {told['possession']}")
    except (ValueError, TallystickError):
        return None
    if len(secret) != secret_bytes or not 0 < int.from_bytes(secret, "big") < group_order:
        return None
    return QuorumKey(line, secret) if chosen().public_key(secret) == line.key else None
