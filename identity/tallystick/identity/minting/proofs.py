"""One serial's proof against its batch: salt, position and path (formats §9, RFC 6962 §2.1.1).

salt = HMAC-SHA-256(K, upper-cased handle); leaf = SHA-256(0x00 ‖ salt ‖ upper-cased handle). Whoever lacks K
can neither make a salt nor tell from a leaf which handle it is of.
"""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from dataclasses import dataclass

from tallystick.identity import names
from tallystick.ledger import RuleError, TallystickError, leaf_hash, merkle

key_bytes = 32


class SerialNotProven(RuleError):
    code = "serial-not-proven"
    title = "The proof does not lead from this handle to its batch"
    advice = "Resolve the handle at the node that issued the batch, and take salt, position and path from its answer."


@dataclass(frozen=True, slots=True)
class Proof:
    """Salt and path are bytes; the path is leaf first."""

    salt: bytes
    position: int
    path: tuple[bytes, ...]


def salt_of(key: bytes, handle: str) -> bytes:
    return hmac.digest(key, names.fold(handle).encode(), "sha256")


def leaf_of(salt: bytes, handle: str) -> bytes:
    return leaf_hash(salt + names.fold(handle).encode())


def salt_and_leaf(key: bytes, handle: str) -> tuple[bytes, bytes]:
    """Of a code, by the secret of its batch."""
    salt = salt_of(key, handle)
    return salt, leaf_of(salt, handle)


def verify(handle: str, proof: Proof, count: int, root: bytes) -> None:
    """Raises `SerialNotProven` unless the handle is in the batch of this size and root."""
    leaf = leaf_of(proof.salt, handle)
    try:
        merkle.verify_inclusion(leaf, proof.position, count, proof.path, root)
    except TallystickError as error:
        raise SerialNotProven(f"{handle}: {error.detail}") from None


def path_of(path: Sequence[str]) -> tuple[bytes, ...]:
    return tuple(bytes.fromhex(one) for one in path)
