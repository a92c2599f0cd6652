"""BLS signatures, ciphersuite BLS_SIG_BLS12381G2_XMD:SHA-256_SSWU_RO_POP_, by one of two backends.

The reference is py-ecc, slow and always there. `milagro_bls_binding` (extra `fast-bls`) gives the same bytes
and verdicts a hundred times faster, and is taken where it is installed. Proofs of possession have a tag of
their own, which only the reference knows; they are verified once for each key and process.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from tallystick.ledger.bls.pyecc import Reference

#: With what a message's signatures are told from all others; both backends have it built in.
ciphersuite = "BLS_SIG_BLS12381G2_XMD:SHA-256_SSWU_RO_POP_"


class Scheme(Protocol):
    """What a backend does. Secrets have 32 bytes, keys 48, signatures 96, each in its one form."""

    @property
    def name(self) -> str: ...

    def public_key(self, secret: bytes) -> bytes: ...

    def sign(self, secret: bytes, message: bytes) -> bytes: ...

    def aggregate(self, signatures: Sequence[bytes]) -> bytes:
        """Their sum; raises `PointRefused` if one is not on the curve."""
        ...

    def verifies(self, keys: Sequence[bytes], message: bytes, signature: bytes) -> bool:
        """Whether it is the sum of one signature of `message` by each of the keys.

        Never for no keys, a point outside of its group, or keys whose sum is at infinity.
        """
        ...


@lru_cache(maxsize=1)
def chosen() -> Scheme:
    """The fast backend where it is installed, and else the reference."""
    return fast() or reference()


def by_name(name: str) -> Scheme:
    """The backend of this name, which is installed."""
    found = fast()
    return found if found and found.name == name else reference()


@lru_cache(maxsize=1)
def reference() -> Reference:
    """py-ecc; loaded when it is first asked for, which takes most of a second.

    It raises Python's recursion limit for the whole process, needs no such thing, and a deeply nested document
    would then end the process where it must be refused.
    """
    limit = sys.getrecursionlimit()
    try:
        from tallystick.ledger.bls.pyecc import Reference
    finally:
        sys.setrecursionlimit(limit)
    return Reference()


@lru_cache(maxsize=1)
def fast() -> Scheme | None:
    """`milagro_bls_binding`, if it is installed."""
    try:
        from tallystick.ledger.bls.milagro import Fast
    except ImportError:
        return None
    return Fast()
