"""SM2 with SM3: the standard's own example, an independent oracle, and every form that is refused."""

from __future__ import annotations

import base64
import subprocess
from pathlib import Path

import pytest
from gmssl import sm2 as oracle
from gmssl import sm3 as sm3_oracle
from hypothesis import given, settings
from hypothesis import strategies as st

from tallystick.ledger import (
    P256,
    SM2,
    PrivateKey,
    PublicKey,
    SuiteLacking,
    known_suites,
    sm3,
    suites,
)
from tallystick.ledger.keys import KeyRefused
from tallystick.ledger.passkey import Passkey
from tallystick.ledger.sm import curve, libcrypto
from tallystick.ledger.sm.suite import Sm2Secret

#: GB/T 32918.5, annex A.
secret = bytes.fromhex("3945208f7b2144b13f36e38ac6d39f95889393692860b51a42fb81ef4df7c5b8")
x = bytes.fromhex("09f9df311e5421a150dd7d161e4bc5c672179fad1833fc076bb08ff356f35020")
y = bytes.fromhex("ccea490ce26775a52dc6ea718cc1aa600aed05fbf35e084a6632f6072da9ad13")
r = bytes.fromhex("f5a03b0648d2c4630eeac513e1bb81a15944da3827d5b74143ac7eaceee720b3")
s = bytes.fromhex("b1b6aa29df212fd8763182bc0d421ca1bb9038fd1f7f42d4840b69c485bbc1aa")
message = b"message digest"
public = PublicKey(SM2, x + y)


def jwk(**change: str) -> dict[str, str]:
    told = {"kty": "EC", "crv": "SM2", "x": text(x), "y": text(y)}
    return {**told, **change}


def text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def test_the_standards_example() -> None:
    assert SM2 in known_suites()
    assert Sm2Secret(secret).raw == x + y
    assert PublicKey.from_jwk(jwk()) == public
    assert public.verifies(r + s, message)
    assert not public.verifies(r + s, b"message digesu")


def test_sm3_as_the_standard_has_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """GB/T 32905, annex A.1, and another implementation."""
    assert sm3(b"abc").hex() == "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"
    for size in (0, 1, 55, 56, 64, 1000):
        assert sm3(bytes(size)).hex() == sm3_oracle.sm3_hash([0] * size)
    monkeypatch.setenv(libcrypto.library_setting, "none")
    with pytest.raises(SuiteLacking):
        sm3(b"abc")


@settings(max_examples=4, deadline=None)
@given(st.binary(max_size=80))
def test_an_independent_program_agrees_both_ways(data: bytes) -> None:
    there = oracle.CryptSM2(private_key=secret.hex(), public_key=(x + y).hex())
    ours = PrivateKey(Sm2Secret(secret)).sign(data)
    assert len(ours) == 64
    assert there.verify_with_sm3(ours.hex(), data)
    theirs = bytes.fromhex(there.sign_with_sm3(data, "59276e27d506861a16680f3ad9c02dcc" * 2))
    assert public.verifies(theirs, data)


@settings(max_examples=30, deadline=None)
@given(st.binary(max_size=64), st.integers(0, 511))
def test_no_flipped_bit_verifies(data: bytes, bit: int) -> None:
    signer = PrivateKey.from_seed(b"7" * 32, SM2)
    signature = bytearray(signer.sign(data))
    assert signer.public.verifies(bytes(signature), data)
    assert not signer.public.verifies(bytes(signature), data + b"x")
    signature[bit // 8] ^= 1 << bit % 8
    assert not signer.public.verifies(bytes(signature), data)


@pytest.mark.parametrize(
    "signature",
    [
        b"", r, (r + s)[:63], r + s + b"\0", bytes(64), bytes(32) + s, r + bytes(32),
        curve.order.to_bytes(32, "big") + s, r + curve.order.to_bytes(32, "big"),
        b"\xff" * 32 + s, r + b"\xff" * 32, s + r,
    ],
)  # fmt: skip
def test_only_64_bytes_of_numbers_in_their_range(signature: bytes) -> None:
    """Neither zero nor beyond the order, although s + n would verify for a program that reduces it."""
    assert not public.verifies(signature, message)


@pytest.mark.parametrize(
    "told",
    [
        jwk(y=text(y[:-1] + b"\x12")),
        jwk(x=text(bytes(32))),
        jwk(x=text(curve.field_prime.to_bytes(32, "big"))),
        jwk(x=text(x[:31])),
        jwk(uid="1234567812345678"),
        jwk(uid=""),
        jwk(uid="字" * 86),
        jwk(uid="a\nb"),
        jwk(use="sig"),
        {**jwk(), "crv": "P-256"},
        {name: value for name, value in jwk().items() if name != "y"},
    ],
)
def test_what_is_no_key_of_this_curve(told: dict[str, str]) -> None:
    with pytest.raises(KeyRefused):
        PublicKey.from_jwk(told)


def test_a_point_of_another_curve_is_none_of_this_one() -> None:
    other = PrivateKey.from_seed(b"7" * 32, P256).public
    with pytest.raises(KeyRefused):
        PublicKey.from_jwk({**other.jwk(), "crv": "SM2"})


def test_the_user_id_goes_into_the_signature_and_stands_with_the_key() -> None:
    signer = PrivateKey(Sm2Secret(secret, "99.100/O-厂家"))
    told = signer.public.jwk()
    assert told["uid"] == "99.100/O-厂家"
    assert PublicKey.from_jwk(told) == signer.public
    signature = signer.sign(message)
    assert signer.public.verifies(signature, message)
    assert not public.verifies(signature, message)
    assert not signer.public.verifies(r + s, message)
    # The same key, once for ever, whatever the user ID.
    assert signer.public.fingerprint() == public.fingerprint()
    assert signer.public != public


def test_a_private_key_is_kept_with_its_user_id_and_read_by_openssl(tmp_path: Path) -> None:
    for user_id in ("", "99.100/O-厂家"):
        kept = PrivateKey(Sm2Secret(secret, user_id)).pem()
        again = PrivateKey.from_pem(kept)
        assert again.public == PrivateKey(Sm2Secret(secret, user_id)).public
        assert again.public.verifies(again.sign(message), message)
    file = tmp_path / "key.pem"
    file.write_bytes(kept)
    done = subprocess.run(
        ["openssl", "pkey", "-in", str(file), "-noout", "-text"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert "SM2" in done.stdout
    for broken in (kept.replace(b"MIGH", b"MIGI"), kept[:80], b"x" * 10_000):
        with pytest.raises(KeyRefused):
            PrivateKey.from_pem(broken)


def test_an_authenticator_holds_none() -> None:
    with pytest.raises(KeyRefused):
        public.as_passkey(Passkey("ledger.example", "https://ledger.example"))


@pytest.mark.parametrize("library", ["none", "/nowhere/libcrypto.so.3", "libc.so.6"])
def test_without_the_library_nothing_is_said(monkeypatch: pytest.MonkeyPatch, library: str) -> None:
    """A key is read and named; what it signed is neither good nor bad."""
    monkeypatch.setenv(libcrypto.library_setting, library)
    assert known_suites() == suites
    there = PublicKey.from_jwk(jwk())
    with pytest.raises(SuiteLacking) as told:
        there.verifies(r + s, message)
    assert told.value.suite == SM2
    with pytest.raises(SuiteLacking):
        PrivateKey.generate(SM2)
    # What is none in any case needs no library.
    assert not there.verifies(bytes(64), message)
