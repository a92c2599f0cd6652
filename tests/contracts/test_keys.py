"""The publisher's key: for its owner alone, never replaced, never shown."""

from __future__ import annotations

from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from tallystick.contracts import (
    AnchorAddressRefused,
    AnchorKeyExists,
    AnchorKeyMissing,
    AnchorKeyRefused,
    PublisherKey,
    read_address,
)
from tallystick.ledger import PrivateKey


def test_a_key_is_kept_for_its_owner_and_not_replaced(tmp_path: Path) -> None:
    path = tmp_path / "keys" / "anchor.pem"
    with pytest.raises(AnchorKeyMissing):
        PublisherKey.load(path)
    key = PublisherKey.generate()
    key.save(path)
    assert path.stat().st_mode & 0o777 == 0o600
    assert PublisherKey.load(path).address == key.address
    with pytest.raises(AnchorKeyExists):
        PublisherKey.generate().save(path)
    assert PublisherKey.load(path).address == key.address


def test_an_address_is_that_of_the_yellow_paper() -> None:
    """The first account that every development node publishes."""
    secret = 0xAC0974BEC39A17E36BA4A6B4D238FF944BACB478CBED5EFCAE784D7BF4F2FF80
    key = PublisherKey.of(secret)
    assert key.address == "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266"
    assert repr(key) == f"PublisherKey({key.address})"
    assert f"{secret:x}" not in repr(vars(key)).lower()


def test_another_key_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "anchor.pem"
    other = ec.generate_private_key(ec.SECP256R1()).private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    for data in (other, PrivateKey.generate().pem(), b"", b"0x" + b"1" * 64, b"\xff" * 10_000):
        path.write_bytes(data)
        with pytest.raises(AnchorKeyRefused):
            PublisherKey.load(path)


def test_the_check_digits_of_an_address_are_read() -> None:
    good = "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266"
    assert read_address(good) == read_address(good.lower()) == good.lower()
    for bad in ("", good[:-1], good[2:], good + "0", good.replace("F", "f", 1), "0x" + "g" * 40):
        with pytest.raises(AnchorAddressRefused):
            read_address(bad)
