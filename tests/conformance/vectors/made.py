"""What the vectors are made with: keys from seeds, notes, trees; the same bytes on every run."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from tests.ledger.test_ed25519 import order as ed25519_order

from tallystick.ledger import ED25519, PrivateKey, merkle

p256_order = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
origin = "log.example/vectors"
second_s = 1_772_697_600


@dataclass
class Cases:
    """The cases of one file, in the order in which they are written."""

    about: str
    rows: list[dict[str, Any]] = field(default_factory=list)

    def accept(self, name: str, given: dict[str, Any], /, **gives: Any) -> None:
        """A good case: `gives` is what must come of it."""
        self._add({"name": name, "given": given, "gives": gives})

    def refuse(self, name: str, given: dict[str, Any], code: str, /) -> None:
        """A bad case: `code` is that of the error."""
        self._add({"name": name, "given": given, "refused": code})

    def document(self) -> dict[str, Any]:
        return {"about": self.about, "cases": self.rows}

    def _add(self, row: dict[str, Any]) -> None:
        if any(other["name"] == row["name"] for other in self.rows):
            raise ValueError(f"two cases are called {row['name']}")
        self.rows.append(row)


class Fixed(PrivateKey):
    """A key from a word. P-256 signs by RFC 6979, so that a vector stays what it is."""

    @staticmethod
    def of(word: str, suite: str = ED25519) -> Fixed:
        made = PrivateKey.from_seed(digest(word.encode()), suite)
        return Fixed(made._key)

    def sign(self, message: bytes) -> bytes:
        if not isinstance(self._key, ec.EllipticCurvePrivateKey):
            return super().sign(message)
        signature = self._key.sign(message, ec.ECDSA(hashes.SHA256(), deterministic_signing=True))
        r, s = decode_dss_signature(signature)
        return r.to_bytes(32, "big") + min(s, p256_order - s).to_bytes(32, "big")


class Tree:
    """A tree of so many small leaves: leaf i is the decimal i."""

    def __init__(self, size: int) -> None:
        self.hashes = [merkle.leaf_hash(b"%d" % index) for index in range(size)]

    def node(self, level: int, index: int) -> bytes:
        return merkle.subtree_root(b"".join(self.hashes[index << level : (index + 1) << level]))

    def root(self, size: int | None = None) -> bytes:
        return merkle.tree_root(self.node, len(self.hashes) if size is None else size)

    def inclusion(self, index: int, size: int | None = None) -> list[bytes]:
        whole = len(self.hashes) if size is None else size
        return merkle.inclusion_proof(self.node, index, whole)

    def consistency(self, first: int, second: int) -> list[bytes]:
        return merkle.consistency_proof(self.node, first, second)


def digest(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


def b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def hexes(nodes: list[bytes]) -> list[str]:
    return [node.hex() for node in nodes]


def flipped(data: bytes, at: int = 0, mask: int = 1) -> bytes:
    """One bit or more of one byte changed."""
    changed = bytearray(data)
    changed[at] ^= mask
    return bytes(changed)


__all__ = [
    "Cases",
    "Fixed",
    "Tree",
    "b64",
    "digest",
    "ed25519_order",
    "flipped",
    "hexes",
    "origin",
    "second_s",
]
