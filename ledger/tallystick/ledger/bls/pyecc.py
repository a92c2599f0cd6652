"""The reference backend: py-ecc, in Python alone."""

from __future__ import annotations

from collections.abc import Sequence

from eth_typing import BLSPubkey, BLSSignature
from py_ecc.bls.ciphersuites import G2ProofOfPossession as Suite
from py_ecc.bls.g2_primitives import pubkey_to_G1, signature_to_G2, subgroup_check

from tallystick.ledger.bls.encoding import key_bytes, require_form, signature_bytes
from tallystick.ledger.bls.errors import PointOutsideGroup, PointRefused


class Reference:
    """The scheme, proofs of possession, and what is wrong with a point."""

    name = "py-ecc"

    def public_key(self, secret: bytes) -> bytes:
        return bytes(Suite.SkToPk(_number(secret)))

    def sign(self, secret: bytes, message: bytes) -> bytes:
        return bytes(Suite.Sign(_number(secret), message))

    def aggregate(self, signatures: Sequence[bytes]) -> bytes:
        for signature in signatures:
            require_form(signature, signature_bytes, "a signature")
        try:
            return bytes(Suite.Aggregate([BLSSignature(one) for one in signatures]))
        except ValueError:
            raise PointRefused("a signature is not on the curve") from None

    def verifies(self, keys: Sequence[bytes], message: bytes, signature: bytes) -> bool:
        named = [BLSPubkey(key) for key in keys]
        return Suite.FastAggregateVerify(named, message, BLSSignature(signature))

    def prove(self, secret: bytes) -> bytes:
        """The proof of possession of a secret: its signature of the public key, under a tag of its own."""
        return bytes(Suite.PopProve(_number(secret)))

    def proves(self, key: bytes, proof: bytes) -> bool:
        """Whether the proof of possession is this key's."""
        return Suite.PopVerify(BLSPubkey(key), BLSSignature(proof))

    def require_key(self, raw: bytes, what: str) -> None:
        """Raises `PointRefused`, `PointAtInfinity` or `PointOutsideGroup`, naming `what` it should be."""
        require_form(raw, key_bytes, what)
        try:
            inside = subgroup_check(pubkey_to_G1(BLSPubkey(raw)))
        except ValueError:
            raise PointRefused(f"{what} is not on the curve") from None
        if not inside:
            raise PointOutsideGroup(what)

    def require_signature(self, raw: bytes, what: str) -> None:
        """As `require_key`, for a signature."""
        require_form(raw, signature_bytes, what)
        try:
            inside = subgroup_check(signature_to_G2(BLSSignature(raw)))
        except ValueError:
            raise PointRefused(f"{what} is not on the curve") from None
        if not inside:
            raise PointOutsideGroup(what)


def _number(secret: bytes) -> int:
    return int.from_bytes(secret, "big")
