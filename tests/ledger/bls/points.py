"""py-ecc's own functions on points, loaded as the product loads them: with Python's recursion limit kept."""

from __future__ import annotations

from tallystick.ledger.bls.scheme import reference

reference()

from py_ecc.bls.g2_primitives import (
    G1_to_pubkey,
    pubkey_to_G1,
    signature_to_G2,
)
from py_ecc.bls.point_compression import decompress_G1, decompress_G2
from py_ecc.optimized_bls12_381 import G1, add, multiply, neg

__all__ = [
    "G1",
    "G1_to_pubkey",
    "add",
    "decompress_G1",
    "decompress_G2",
    "multiply",
    "neg",
    "pubkey_to_G1",
    "signature_to_G2",
]
