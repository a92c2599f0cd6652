"""The key of the account that publishes anchors and pays for them: secp256k1, used for nothing else."""

from __future__ import annotations

import os
from functools import cached_property
from pathlib import Path
from typing import Any

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from tallystick.contracts.errors import AnchorKeyExists, AnchorKeyMissing, AnchorKeyRefused

key_bytes_max = 4096


class PublisherKey:
    """Neither printed nor logged: its `repr` is its address."""

    def __init__(self, key: ec.EllipticCurvePrivateKey) -> None:
        self._key = key

    def __repr__(self) -> str:
        return f"PublisherKey({self.address})"

    @staticmethod
    def generate() -> PublisherKey:
        return PublisherKey(ec.generate_private_key(ec.SECP256K1()))

    @staticmethod
    def of(secret: int) -> PublisherKey:
        """Of a secret number, as development nodes publish theirs."""
        return PublisherKey(ec.derive_private_key(secret, ec.SECP256K1()))

    @staticmethod
    def load(path: Path) -> PublisherKey:
        """Raises `AnchorKeyMissing` or `AnchorKeyRefused`."""
        try:
            with path.open("rb") as file:
                data = file.read(key_bytes_max)
        except OSError as error:
            raise AnchorKeyMissing(f"{path}: {error.strerror}") from None
        try:
            key = serialization.load_pem_private_key(data, None)
        except (ValueError, TypeError, UnsupportedAlgorithm):
            raise AnchorKeyRefused(str(path)) from None
        if not isinstance(key, ec.EllipticCurvePrivateKey) or not isinstance(
            key.curve, ec.SECP256K1
        ):
            raise AnchorKeyRefused(str(path))
        return PublisherKey(key)

    def save(self, path: Path) -> None:
        """For its owner alone from the first byte on. Raises `AnchorKeyExists` rather than replace one."""
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        try:
            opened = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            raise AnchorKeyExists(str(path)) from None
        with os.fdopen(opened, "wb") as file:
            file.write(
                self._key.private_bytes(
                    serialization.Encoding.PEM,
                    serialization.PrivateFormat.PKCS8,
                    serialization.NoEncryption(),
                )
            )
            file.flush()
            os.fsync(file.fileno())

    @cached_property
    def address(self) -> str:
        """0x and 40 hex digits, with the check digits of EIP-55."""
        return str(self._account.address)

    def sign(self, transaction: dict[str, Any]) -> tuple[bytes, bytes]:
        """(hash, raw transaction)."""
        signed = self._account.sign_transaction(transaction)
        return bytes(signed.hash), bytes(signed.raw_transaction)

    @cached_property
    def _account(self) -> Any:
        from eth_account import Account

        secret = self._key.private_numbers().private_value
        return Account.from_key(secret.to_bytes(32, "big"))
