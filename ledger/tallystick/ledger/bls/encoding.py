"""The one form in which points of BLS12-381 are read: compressed, canonical, and not at infinity.

Keys are points of G1 in 48 bytes, signatures of G2 in 96. The first three bits are flags: compressed (set),
infinity (clear), sign of y; each coordinate is below the field's modulus. Checked here, before any backend
sees the bytes, so that backends cannot differ in what they read; that the point is on its curve and in its
group is the backend's to say.
"""

from __future__ import annotations

from tallystick.ledger.bls.errors import PointAtInfinity, PointRefused

key_bytes, signature_bytes, secret_bytes = 48, 96, 32
#: Order of G1 and G2: a secret is below it and above zero.
group_order = 0x73EDA753299D7D483339D80809A1D80553BDA402FFFE5BFEFFFFFFFF00000001
_modulus = int(
    "1a0111ea397fe69a4b1ba7b6434bacd764774b84f38512bf"
    "6730d2a0f6b0f6241eabfffeb153ffffb9feffffffffaaab",
    16,
)
_coordinate_bytes = 48
_compressed, _infinity, _flags = 0x80, 0x40, 0xE0


def require_form(raw: bytes, size: int, what: str) -> None:
    """Raises `PointRefused` or `PointAtInfinity`, which name `what` the bytes should be."""
    if len(raw) != size:
        raise PointRefused(f"{what} has {len(raw)} bytes, not {size}")
    if not raw[0] & _compressed:
        raise PointRefused(f"{what} is not compressed")
    if raw[0] & _infinity:
        if raw == bytes([_compressed | _infinity]) + bytes(size - 1):
            raise PointAtInfinity(what)
        raise PointRefused(f"{what} says infinity, and more")
    plain = bytes([raw[0] & ~_flags & 0xFF]) + raw[1:]
    for start in range(0, size, _coordinate_bytes):
        if int.from_bytes(plain[start : start + _coordinate_bytes], "big") >= _modulus:
            raise PointRefused(f"{what} has a coordinate outside of the field")
