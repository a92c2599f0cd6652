"""Keys and signatures of the suite sm2-sm3, or the news that this machine lacks it.

A signature is r ‖ s, 64 bytes, over SM3(Z ‖ message), where Z holds the signer's user ID and public key. A private
key is written as PKCS #8; a user ID other than the usual one stands in a line of text before it (RFC 7468, §2).
"""

from __future__ import annotations

import base64
import re
import secrets
from functools import lru_cache

from tallystick.ledger.errors import TallystickError
from tallystick.ledger.sm import curve, libcrypto

SM2 = "sm2-sm3"
pem_bytes_max = 8192
_label = b"PRIVATE KEY"
_id_line = re.compile(rb"^SM2-User-ID: ([^\r\n]{1,255})\r?$", re.MULTILINE)
_pem = re.compile(rb"-----BEGIN PRIVATE KEY-----([0-9A-Za-z+/=\s]+)-----END PRIVATE KEY-----")


class SuiteLacking(TallystickError):
    """`suite`: what the log admits and this program cannot check."""

    code = "suite-lacking"
    status = 501
    title = "This program lacks a suite of signatures that the log admits: not checked"
    advice = (
        "For sm2-sm3 install OpenSSL 3 (libcrypto with SM2) and tallystick[sm]; TALLYSTICK_LIBCRYPTO names "
        "the library. Until then nothing is said of these signatures."
    )

    def __init__(self, suite: str, said: str = "") -> None:
        super().__init__(f"{suite}: {said}" if said else suite)
        self.suite, self.said = suite, said

    def __reduce__(self) -> tuple[type[SuiteLacking], tuple[str, str]]:
        return SuiteLacking, (self.suite, self.said)


def is_here() -> bool:
    """Whether this machine checks SM2."""
    try:
        libcrypto.find()
    except libcrypto.NoSm2:
        return False
    return True


def verifies(raw: bytes, user_id: str, signature: bytes, message: bytes) -> bool:
    """Raises `SuiteLacking`."""
    if len(signature) != 64 or not curve.in_range(signature):
        return False
    try:
        library = libcrypto.find()
        return library.verifies(_public(library, raw), user_id.encode(), signature, message)
    except libcrypto.NoSm2 as error:
        raise SuiteLacking(SM2, str(error)) from None


def sm3(message: bytes) -> bytes:
    """32 bytes. Raises `SuiteLacking`."""
    try:
        return libcrypto.find().sm3(message)
    except libcrypto.NoSm2 as error:
        raise SuiteLacking(SM2, str(error)) from None


class Sm2Secret:
    """A private key of SM2 with its user ID."""

    def __init__(self, secret: bytes, user_id: str = "") -> None:
        """Raises `SuiteLacking`."""
        try:
            self._library = libcrypto.find()
            self._key = self._library.private(secret)
            self.raw = self._library.point(self._key)
        except libcrypto.NoSm2 as error:
            raise SuiteLacking(SM2, str(error)) from None
        self._secret, self.user_id = secret, user_id

    @staticmethod
    def generate(user_id: str = "") -> Sm2Secret:
        number = secrets.randbelow(curve.order - 2) + 1
        return Sm2Secret(number.to_bytes(32, "big"), user_id)

    @staticmethod
    def of_number(number: int, user_id: str = "") -> Sm2Secret:
        """From any number, for stores whose keys are derived from a seed."""
        return Sm2Secret((number % (curve.order - 2) + 1).to_bytes(32, "big"), user_id)

    @staticmethod
    def from_pem(data: bytes) -> Sm2Secret | None:
        """None for what is no PKCS #8 file of this curve. Raises `SuiteLacking`."""
        found = _pem.search(data) if len(data) <= pem_bytes_max else None
        if found is None:
            return None
        try:
            der = base64.b64decode(b"".join(found[1].split()), validate=True)
        except ValueError:
            return None
        secret = libcrypto.secret_of(der)
        if secret is None or not 0 < int.from_bytes(secret, "big") < curve.order - 1:
            return None
        named = _id_line.search(data, 0, found.start())
        return Sm2Secret(secret, named[1].decode("utf-8", "replace") if named else "")

    def sign(self, message: bytes) -> bytes:
        user_id = (self.user_id or curve.user_id_default).encode()
        return self._library.sign(self._key, user_id, message)

    def pem(self) -> bytes:
        text = base64.encodebytes(libcrypto.private_der(self._secret, self.raw)).replace(b"\n", b"")
        lines = [text[start : start + 64] for start in range(0, len(text), 64)]
        head = [f"SM2-User-ID: {self.user_id}".encode()] if self.user_id else []
        return b"\n".join(
            [*head, b"-----BEGIN %s-----" % _label, *lines, b"-----END %s-----" % _label, b""]
        )


@lru_cache(maxsize=4096)
def _public(library: libcrypto.Libcrypto, raw: bytes) -> libcrypto.Key:
    return library.public(raw)
