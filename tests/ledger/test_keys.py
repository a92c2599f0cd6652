"""Keys and signatures: only safe keys, only one encoding of each signature (formats §2)."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from hypothesis import given, settings
from hypothesis import strategies as st

from tallystick.ledger import ED25519, P256, PrivateKey, PublicKey, suites
from tallystick.ledger.keys import KeyRefused

ed25519_order = 2**252 + 27742317777372353535851937790883648493
ed25519_prime = 2**255 - 19
p256_order = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


def private(seed: int = 7, suite: str = ED25519) -> PrivateKey:
    return PrivateKey.from_seed(bytes([seed]) * 32, suite)


def okp(raw: bytes) -> dict[str, str]:
    return {"kty": "OKP", "crv": "Ed25519", "x": base64.urlsafe_b64encode(raw).decode().rstrip("=")}


@settings(max_examples=20)
@given(st.sampled_from(suites), st.binary(max_size=100), st.integers(0, 511))
def test_a_signature_verifies_and_no_flipped_bit_does(suite: str, message: bytes, bit: int) -> None:
    signer = private(suite=suite)
    signature = bytearray(signer.sign(message))
    assert len(signature) == 64
    assert signer.public.verifies(bytes(signature), message)
    assert not signer.public.verifies(bytes(signature), message + b"x")
    signature[bit // 8] ^= 1 << bit % 8
    assert not signer.public.verifies(bytes(signature), message)


@pytest.mark.parametrize("suite", suites)
@pytest.mark.parametrize("size", [0, 63, 65, 128])
def test_a_signature_has_64_bytes(suite: str, size: int) -> None:
    signer = private(suite=suite)
    assert not signer.public.verifies((signer.sign(b"m") * 2)[:size], b"m")


def test_ed25519_refuses_s_beyond_the_order() -> None:
    signer = private()
    signature = signer.sign(b"m")
    s = int.from_bytes(signature[32:], "little") + ed25519_order
    assert not signer.public.verifies(signature[:32] + s.to_bytes(32, "little"), b"m")


def test_p256_refuses_high_s_and_zero() -> None:
    signer = private(suite=P256)
    for message in (b"%d" % n for n in range(20)):
        signature = signer.sign(message)
        s = int.from_bytes(signature[32:], "big")
        assert s <= p256_order // 2
        high = signature[:32] + (p256_order - s).to_bytes(32, "big")
        assert not signer.public.verifies(high, message)
        assert not signer.public.verifies(signature[:32] + bytes(32), message)
        assert not signer.public.verifies(bytes(32) + signature[32:], message)


#: Every encoding of a point of order 1, 2, 4 or 8, canonical or not (RFC 8032 §5.1).
small_order = [
    "0000000000000000000000000000000000000000000000000000000000000000",
    "0000000000000000000000000000000000000000000000000000000000000080",
    "0100000000000000000000000000000000000000000000000000000000000000",
    "0100000000000000000000000000000000000000000000000000000000000080",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
]


@pytest.mark.parametrize("encoding", small_order)
def test_keys_of_small_order_are_refused(encoding: str) -> None:
    with pytest.raises(KeyRefused):
        PublicKey.from_jwk(okp(bytes.fromhex(encoding)))


@pytest.mark.parametrize("above", [0, 1, 18])
@pytest.mark.parametrize("sign", [0, 1 << 255])
def test_non_canonical_ed25519_keys_are_refused(above: int, sign: int) -> None:
    with pytest.raises(KeyRefused, match="canonical"):
        PublicKey.from_jwk(okp((ed25519_prime + above | sign).to_bytes(32, "little")))


@pytest.mark.parametrize("suite", suites)
def test_a_jwk_round_trips_and_nothing_else_passes(suite: str) -> None:
    good = private(suite=suite).public.jwk()
    assert PublicKey.from_jwk(good) == private(suite=suite).public
    bad = [
        {**good, "kid": "1"},
        {**good, "d": good["x"]},
        {**good, "kty": "RSA"},
        {**good, "crv": "P-384"},
        {**good, "x": good["x"] + "="},
        {**good, "x": good["x"][:-1]},
        {**good, "x": good["x"] + "A"},
        {**good, "x": " " + good["x"]},
        {**good, "x": good["x"][:-1] + "é"},
        {**good, "x": good["x"].replace(good["x"][0], "+", 1)},
        {name: value for name, value in good.items() if name != "x"},
        {},
    ]
    last = "AEIMQUYcgkosw048"
    stray = good["x"][:-1] + chr(ord(good["x"][-1]) + 1)
    if good["x"][-1] in last:
        bad.append({**good, "x": stray})
    for jwk in bad:
        with pytest.raises(KeyRefused):
            PublicKey.from_jwk(jwk)


def test_a_point_off_the_curve_is_refused() -> None:
    good = private(suite=P256).public.jwk()
    with pytest.raises(KeyRefused, match="P-256"):
        PublicKey.from_jwk({**good, "y": good["x"]})


def test_fingerprints_tell_suites_and_keys_apart() -> None:
    found = {private(seed, suite).public.fingerprint() for seed in (1, 2) for suite in suites}
    assert len(found) == 4


@pytest.mark.parametrize("suite", suites)
def test_private_keys_are_kept_for_the_owner_alone(tmp_path: Path, suite: str) -> None:
    path = tmp_path / "keys" / "k.pem"
    private(suite=suite).save(path)
    assert path.stat().st_mode & 0o077 == 0
    assert PrivateKey.from_pem(path.read_bytes()).public == private(suite=suite).public
    with pytest.raises(FileExistsError):
        private(2, suite).save(path)


def _pem(key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


@pytest.mark.parametrize(
    "pem",
    [b"", b"-----BEGIN PRIVATE KEY-----\n-----END PRIVATE KEY-----\n",
     _pem(ec.generate_private_key(ec.SECP384R1())), _pem(rsa.generate_private_key(65537, 2048))],
    ids=["empty", "hollow", "p384", "rsa"],
)  # fmt: skip
def test_other_private_keys_are_refused(pem: bytes) -> None:
    """A P-384 key used to pass as P-256, and damaged PEM escaped as a ValueError."""
    with pytest.raises(KeyRefused):
        PrivateKey.from_pem(pem)
