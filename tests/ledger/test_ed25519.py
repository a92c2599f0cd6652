"""Two libraries, one verdict: libsodium's quick yes never differs from OpenSSL's (ADR 0010).

The signatures here are made with the curve's own arithmetic, so that key and R can carry a part of small
order: cofactored verification accepts some of them, cofactorless verification (formats §2) does not.
"""

from __future__ import annotations

import hashlib

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from hypothesis import given, settings
from hypothesis import strategies as st

from tallystick.ledger import ED25519, PrivateKey, PublicKey

prime = 2**255 - 19
order = 2**252 + 27742317777372353535851937790883648493
d = -121665 * pow(121666, -1, prime) % prime
Point = tuple[int, int]
neutral: Point = (0, 1)


def add(p: Point, q: Point) -> Point:
    """RFC 8032 §5.1.4, in affine coordinates."""
    cross = d * p[0] * q[0] * p[1] * q[1] % prime
    x = (p[0] * q[1] + q[0] * p[1]) * pow(1 + cross, -1, prime)
    y = (p[1] * q[1] + p[0] * q[0]) * pow(1 - cross, -1, prime)
    return x % prime, y % prime


def times(count: int, point: Point) -> Point:
    total = neutral
    while count:
        if count & 1:
            total = add(total, point)
        point, count = add(point, point), count >> 1
    return total


def on_curve(y: int) -> Point | None:
    """The point with this y and an even x (RFC 8032 §5.1.3)."""
    square = (y * y - 1) * pow(d * y * y + 1, -1, prime) % prime
    x = pow(square, (prime + 3) // 8, prime)
    if (x * x - square) % prime:
        x = x * pow(2, (prime - 1) // 4, prime) % prime
    if (x * x - square) % prime:
        return None
    return (prime - x if x & 1 else x), y


def encoded(point: Point) -> bytes:
    return (point[1] | (point[0] & 1) << 255).to_bytes(32, "little")


def of_order_8() -> Point:
    for y in range(2, 100):
        point = on_curve(y)
        if point is not None and times(4, twisted := times(order, point)) != neutral:
            return twisted
    raise LookupError("no point of order 8 below y = 100")


base = on_curve(4 * pow(5, -1, prime) % prime) or neutral
torsion = of_order_8()


def signed(secret: int, nonce: int, message: bytes, in_key: int, in_r: int) -> tuple[bytes, bytes]:
    """(key, signature), with so many times the point of order 8 added to the key and to R."""
    key = encoded(add(times(secret, base), times(in_key, torsion)))
    r = encoded(add(times(nonce, base), times(in_r, torsion)))
    h = int.from_bytes(hashlib.sha512(r + key + message).digest(), "little") % order
    return key, r + ((nonce + h * secret) % order).to_bytes(32, "little")


def openssl(key: bytes, signature: bytes, message: bytes) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(signature, message)
    except InvalidSignature:
        return False
    return True


scalars = st.integers(1, order - 1)
eighths = st.integers(0, 7)


@settings(max_examples=60, deadline=None)
@given(scalars, scalars, st.binary(max_size=64), eighths, eighths)
def test_parts_of_small_order_get_openssls_verdict(
    secret: int, nonce: int, message: bytes, in_key: int, in_r: int
) -> None:
    key, signature = signed(secret, nonce, message, in_key, in_r)
    ours = PublicKey(ED25519, key).verifies(signature, message)
    assert ours == openssl(key, signature, message)
    if not in_key:
        assert ours == (in_r == 0), "cofactorless: R must be the very point"


@pytest.mark.parametrize("in_r", range(8))
def test_an_r_of_small_order_gets_openssls_verdict(in_r: int) -> None:
    """libsodium refuses each of these; the one that RFC 8032 accepts is accepted."""
    key, signature = signed(5, 0, b"m", 0, in_r)
    ours = PublicKey(ED25519, key).verifies(signature, b"m")
    assert ours == openssl(key, signature, b"m") == (in_r == 0)


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=40), st.integers(0, 767))
def test_every_changed_bit_gets_openssls_verdict(message: bytes, bit: int) -> None:
    signer = PrivateKey.from_seed(bytes(32))
    changed = bytearray(signer.public.raw + signer.sign(message))
    changed[bit // 8] ^= 1 << bit % 8
    key, signature = bytes(changed[:32]), bytes(changed[32:])
    try:
        theirs = openssl(key, signature, message)
    except ValueError:
        return
    assert PublicKey(ED25519, key).verifies(signature, message) == theirs
