"""Data of the types that are not text: HS_ADMIN, HS_VLIST, HS_PUBKEY, HS_SITE (RFC 3651 §3.2).

HS_ADMIN    permissions u16, handle, index u32
HS_VLIST    (handle, index u32)*
HS_PUBKEY   kind, 0 u16, then for RSA_PUB_KEY e, n and four zero bytes, for DSA_PUB_KEY q, p, g, y; JWK_PUB_KEY is
            ours, for keys that the standard has no kind for: one JWK (RFC 7517, 8037) in RFC 8785 form
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping, Sequence
from typing import Any

from tallystick.identity.native.errors import DataRefused
from tallystick.identity.native.fields import Cursor, blob, many, text, u16, u32, u32_max
from tallystick.ledger import canonical, digits

permission_bits = 12
vlist_max = 1024
rsa_kind, dsa_kind, jwk_kind = "RSA_PUB_KEY", "DSA_PUB_KEY", "JWK_PUB_KEY"
_dsa_numbers = ("q", "p", "g", "y")


def admin_bytes(told: Mapping[str, Any]) -> bytes:
    """Of `{handle, index, permissions}`, permissions as twelve digits 0 and 1. Raises `DataRefused`."""
    permissions, index = str(told.get("permissions", "")), _index(told.get("index"))
    if not 0 < len(permissions) <= permission_bits or set(permissions) - {"0", "1"}:
        raise DataRefused(f"permissions of an administrator: {permissions!r}")
    return u16(int(permissions, 2)) + text(str(told.get("handle", ""))) + u32(index)


def read_admin(data: bytes) -> dict[str, Any]:
    cursor = Cursor(data)
    bits, handle, index = cursor.u16(), cursor.text(), cursor.u32()
    cursor.end()
    if bits >> permission_bits:
        raise DataRefused(f"permissions of an administrator: {bits:016b}")
    return {"handle": handle, "index": index, "permissions": f"{bits:0{permission_bits}b}"}


def vlist_bytes(told: Sequence[Mapping[str, Any]]) -> bytes:
    """Of `[{handle, index}, …]`."""
    return many(text(str(one.get("handle", ""))) + u32(_index(one.get("index"))) for one in told)


def read_vlist(data: bytes) -> list[dict[str, Any]]:
    cursor = Cursor(data)
    found = cursor.many(lambda: {"handle": cursor.text(), "index": cursor.u32()}, vlist_max)
    cursor.end()
    return list(found)


def key_bytes(told: Mapping[str, Any]) -> bytes:
    """Of a JWK, or of a key as identity keeps it (`{jwk, custody, …}`). Raises `DataRefused`."""
    jwk = told.get("jwk", told)
    if jwk.get("kty") == "RSA" and "e" in jwk and "n" in jwk:
        numbers = b"".join(blob(_number(jwk[name])) for name in ("e", "n"))
        return text(rsa_kind) + u16(0) + numbers + bytes(4)
    if jwk.get("kty") == "DSA" and all(name in jwk for name in _dsa_numbers):
        return text(dsa_kind) + u16(0) + b"".join(blob(_number(jwk[n])) for n in _dsa_numbers)
    return text(jwk_kind) + u16(0) + blob(canonical.encode(dict(jwk)))


def read_key(data: bytes) -> dict[str, Any]:
    """A JWK. Raises `DataRefused`."""
    cursor = Cursor(data)
    kind = cursor.text()
    cursor.u16()
    if kind == rsa_kind:
        found = {"kty": "RSA", "e": _text(cursor.blob()), "n": _text(cursor.blob())}
        if any(cursor.rest()):
            raise DataRefused("an RSA key ends with zero bytes")
        return found
    if kind == dsa_kind:
        numbers = {name: _text(cursor.blob()) for name in _dsa_numbers}
        cursor.end()
        return {"kty": "DSA", **numbers}
    if kind != jwk_kind:
        raise DataRefused(f"a public key of the kind {kind!r}")
    try:
        jwk = canonical.decode(cursor.blob())
    except (ValueError, canonical.NotCanonical) as error:
        raise DataRefused(str(error)) from None
    cursor.end()
    if not isinstance(jwk, dict):
        raise DataRefused("a JWK is an object")
    return jwk


def _index(told: object) -> int:
    found = digits.whole(told, u32_max + 1) if isinstance(told, str) else told
    if type(found) is int and 0 <= found <= u32_max:
        return found
    raise DataRefused(f"an index: {str(told)[:40]!r}")


def _number(told: object) -> bytes:
    """Of base64url, with the zero byte in front that keeps the number positive."""
    try:
        raw = base64.urlsafe_b64decode(f"{told}{'=' * (-len(str(told)) % 4)}").lstrip(b"\0")
    except (binascii.Error, ValueError):
        raise DataRefused("a number of a key is no base64url") from None
    return b"\0" + raw if not raw or raw[0] & 0x80 else raw


def _text(number: bytes) -> str:
    raw = number.lstrip(b"\0") or b"\0"
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
