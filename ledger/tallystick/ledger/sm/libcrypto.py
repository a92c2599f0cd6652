"""SM2 by OpenSSL's libcrypto 3, through ctypes: EVP_DigestSign and EVP_DigestVerify with SM3.

`cryptography` has no SM2 and its maintainers plan none; the libraries on PyPI are slow or not looked after
(ADR 0043). What was found is used only if it verifies and refuses as the standard's own example demands.
"""

from __future__ import annotations

import ctypes
import os
from ctypes import byref, c_char_p, c_int, c_long, c_size_t, c_uint, c_void_p
from ctypes.util import find_library
from functools import cached_property, lru_cache
from typing import Self

from cryptography.hazmat.primitives.asymmetric.utils import (
    decode_dss_signature,
    encode_dss_signature,
)

from tallystick.ledger.sm import curve

#: A path; `none`: do without.
library_setting = "TALLYSTICK_LIBCRYPTO"
_names = ("libcrypto.so.3", "libcrypto.3.dylib", "libcrypto-3-x64.dll")
_der_bytes_max = 80
_digest_bytes, _digest_bytes_max = 32, 64
#: SubjectPublicKeyInfo (RFC 5480) of an uncompressed point, and PrivateKeyInfo (RFC 5208) of 32 bytes, both with
#: the curve 1.2.156.10197.1.301, up to what is variable.
_public_prefix = bytes.fromhex(
    "3059301306072a8648ce3d020106082a811ccf5501822d03420004"
)  # fmt: skip
_private_prefix = bytes.fromhex(
    "3041020100301306072a8648ce3d020106082a811ccf5501822d042730250201010420"
)  # fmt: skip
#: PrivateKeyInfo with the public half, as OpenSSL writes it: before the secret, between, and the point.
_pair_prefix = bytes.fromhex(
    "308187020100301306072a8648ce3d020106082a811ccf5501822d046d306b0201010420"
)  # fmt: skip
_pair_middle = bytes.fromhex("a144034200" + "04")
#: GB/T 32918.5, annex A: the example of a signature.
_example_public = bytes.fromhex(
    "09f9df311e5421a150dd7d161e4bc5c672179fad1833fc076bb08ff356f35020"
    "ccea490ce26775a52dc6ea718cc1aa600aed05fbf35e084a6632f6072da9ad13"
)
_example_signature = bytes.fromhex(
    "f5a03b0648d2c4630eeac513e1bb81a15944da3827d5b74143ac7eaceee720b3"
    "b1b6aa29df212fd8763182bc0d421ca1bb9038fd1f7f42d4840b69c485bbc1aa"
)
_example_message = b"message digest"


class NoSm2(Exception):
    """This machine has no libcrypto 3 with SM2; why."""


class Key:
    """An EVP_PKEY, freed with its owner."""

    def __init__(self, library: Libcrypto, handle: int) -> None:
        self._library, self.handle = library, handle

    def __del__(self) -> None:
        self._library.free(self.handle)


class Libcrypto:
    """The functions that are used, with their types."""

    def __init__(self, path: str) -> None:
        """Raises `NoSm2`."""
        try:
            self._c = ctypes.CDLL(path)
            self._declare()
        except (OSError, AttributeError) as error:
            raise NoSm2(f"{path}: {error}") from None

    def public(self, raw: bytes) -> Key:
        """Of a point that is on the curve."""
        return self._read(self._c.d2i_PUBKEY, _public_prefix + raw)

    def private(self, secret: bytes) -> Key:
        """Of 32 bytes from 1 to n − 2."""
        return self._read(self._c.d2i_AutoPrivateKey, _private_prefix + secret)

    def point(self, key: Key) -> bytes:
        """x ‖ y of the public half."""
        out = c_void_p()
        size = self._c.i2d_PUBKEY(key.handle, byref(out))
        data = ctypes.string_at(out, size) if size > 0 and out.value else b""
        self._c.CRYPTO_free(out, None, 0)
        if not data.startswith(_public_prefix) or len(data) != len(_public_prefix) + 64:
            raise NoSm2("libcrypto wrote a public key in another form")
        return data[-64:]

    def verifies(self, key: Key, user_id: bytes, signature: bytes, message: bytes) -> bool:
        """`signature` is r ‖ s, both in their range."""
        r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
        der = encode_dss_signature(r, s)
        with _Digest(self._c, key, user_id) as digest:
            started = self._c.EVP_DigestVerifyInit(digest.md, None, self._sm3, None, key.handle)
            if started != 1:
                raise NoSm2("libcrypto does not begin to verify SM2")
            done = self._c.EVP_DigestVerify(digest.md, der, len(der), message, len(message))
        if done != 1:
            self._c.ERR_clear_error()
        return bool(done == 1)

    def sign(self, key: Key, user_id: bytes, message: bytes) -> bytes:
        """r ‖ s."""
        out, size = ctypes.create_string_buffer(_der_bytes_max), c_size_t(_der_bytes_max)
        with _Digest(self._c, key, user_id) as digest:
            started = self._c.EVP_DigestSignInit(digest.md, None, self._sm3, None, key.handle)
            if started != 1 or self._c.EVP_DigestSign(
                digest.md, out, byref(size), message, len(message)
            ) != 1:  # fmt: skip
                raise NoSm2("libcrypto does not sign SM2")
        r, s = decode_dss_signature(out.raw[: size.value])
        return r.to_bytes(32, "big") + s.to_bytes(32, "big")

    def sm3(self, message: bytes) -> bytes:
        """GB/T 32905, 32 bytes."""
        out, size = ctypes.create_string_buffer(_digest_bytes_max), c_uint(0)
        done = self._c.EVP_Digest(message, len(message), out, byref(size), self._sm3, None)
        if done != 1 or size.value != _digest_bytes:
            raise NoSm2("libcrypto does not compute SM3")
        return out.raw[:_digest_bytes]

    def free(self, handle: int) -> None:
        self._c.EVP_PKEY_free(handle)

    def require_example(self) -> None:
        """Raises `NoSm2` unless the standard's example verifies, and none of three that differ from it."""
        key, user_id = self.public(_example_public), curve.user_id_default.encode()
        other = _example_signature[:-1] + b"\x00"
        tries = (
            (user_id, _example_signature, _example_message, True),
            (user_id, _example_signature, b"message digesu", False),
            (user_id, other, _example_message, False),
            (b"1234567812345679", _example_signature, _example_message, False),
        )
        for told, signature, message, expected in tries:
            if self.verifies(key, told, signature, message) is not expected:
                raise NoSm2("libcrypto does not do what the standard's example demands")

    @cached_property
    def _sm3(self) -> int:
        found: int | None = self._c.EVP_sm3()
        if not found:
            raise NoSm2("libcrypto has no SM3")
        return found

    def _read(self, function: ctypes._NamedFuncPointer, der: bytes) -> Key:
        start = c_char_p(der)
        handle = function(None, byref(start), len(der))
        if not handle:
            self._c.ERR_clear_error()
            raise NoSm2("libcrypto does not read a key of SM2")
        return Key(self, handle)

    def _declare(self) -> None:
        c, pointer = self._c, ctypes.POINTER
        size, read = c_size_t, [c_void_p, pointer(c_char_p), c_long]
        for name, result, arguments in (
            ("OPENSSL_version_major", c_int, []),
            ("EVP_sm3", c_void_p, []),
            ("EVP_Digest", c_int, [c_char_p, size, c_char_p, pointer(c_uint), c_void_p, c_void_p]),
            ("ERR_clear_error", None, []),
            ("CRYPTO_free", None, [c_void_p, c_char_p, c_int]),
            ("d2i_PUBKEY", c_void_p, read),
            ("d2i_AutoPrivateKey", c_void_p, read),
            ("i2d_PUBKEY", c_int, [c_void_p, pointer(c_void_p)]),
            ("EVP_PKEY_free", None, [c_void_p]),
            ("EVP_PKEY_CTX_new", c_void_p, [c_void_p, c_void_p]),
            ("EVP_PKEY_CTX_free", None, [c_void_p]),
            ("EVP_PKEY_CTX_set1_id", c_int, [c_void_p, c_char_p, size]),
            ("EVP_MD_CTX_new", c_void_p, []),
            ("EVP_MD_CTX_free", None, [c_void_p]),
            ("EVP_MD_CTX_set_pkey_ctx", None, [c_void_p, c_void_p]),
            ("EVP_DigestVerifyInit", c_int, [c_void_p] * 5),
            ("EVP_DigestVerify", c_int, [c_void_p, c_char_p, size, c_char_p, size]),
            ("EVP_DigestSignInit", c_int, [c_void_p] * 5),
            ("EVP_DigestSign", c_int, [c_void_p, c_char_p, pointer(size), c_char_p, size]),
        ):
            function = getattr(c, name)
            function.restype, function.argtypes = result, arguments
        if c.OPENSSL_version_major() < 3:
            raise NoSm2("libcrypto is older than 3")


class _Digest:
    """A digest context whose key context knows the user ID, which goes into what is digested first."""

    def __init__(self, library: ctypes.CDLL, key: Key, user_id: bytes) -> None:
        self._c = library
        self.md = library.EVP_MD_CTX_new()
        self._ctx = library.EVP_PKEY_CTX_new(key.handle, None)
        if not self.md or not self._ctx:
            self._end()
            raise NoSm2("libcrypto has no context for SM2")
        if library.EVP_PKEY_CTX_set1_id(self._ctx, user_id, len(user_id)) != 1:
            self._end()
            raise NoSm2("libcrypto takes no user ID")
        library.EVP_MD_CTX_set_pkey_ctx(self.md, self._ctx)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self._end()

    def _end(self) -> None:
        self._c.EVP_MD_CTX_free(self.md)
        self._c.EVP_PKEY_CTX_free(self._ctx)


def private_der(secret: bytes, raw: bytes) -> bytes:
    """PrivateKeyInfo of a pair, as OpenSSL writes it."""
    return _pair_prefix + secret + _pair_middle + raw


def secret_of(der: bytes) -> bytes | None:
    """The secret in a PrivateKeyInfo of this curve, with or without the public half."""
    for prefix, size in ((_pair_prefix, 32 + len(_pair_middle) + 64), (_private_prefix, 32)):
        if der.startswith(prefix) and len(der) == len(prefix) + size:
            return der[len(prefix) :][:32]
    return None


def find() -> Libcrypto:
    """The library of this machine, or the one that the environment names. Raises `NoSm2`."""
    return _loaded(os.environ.get(library_setting, ""))


@lru_cache(maxsize=4)
def _tried(told: str) -> Libcrypto | str:
    if told == "none":
        return f"{library_setting} says so"
    said = "there is no libcrypto 3"
    for path in (told,) if told else (*_names, find_library("crypto")):
        if not path:
            continue
        try:
            library = Libcrypto(path)
            library.require_example()
            return library
        except NoSm2 as error:
            said = str(error)
    return said


def _loaded(told: str) -> Libcrypto:
    found = _tried(told)
    if isinstance(found, str):
        raise NoSm2(found)
    return found
