"""Administrators and groups as the Handle server stores them: numbers big-endian, texts after their length."""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from typing import Any

members_max = 1024


def admin_bytes(told: Mapping[str, Any]) -> bytes:
    """HS_ADMIN: permissions in 16 bits, handle, index. Raises `ValueError`, `KeyError` or `TypeError`."""
    return struct.pack(">H", int(told["permissions"], 2)) + _reference_bytes(told)


def read_admin(data: bytes) -> dict[str, Any]:
    """Raises `ValueError`."""
    if len(data) < 2:
        raise ValueError("an HS_ADMIN ends early")
    (permissions,) = struct.unpack_from(">H", data)
    told, end = _reference(data, 2)
    # Old servers leave two bytes behind the index.
    if permissions >= 1 << 12 or len(data) - end not in (0, 2):
        raise ValueError("an HS_ADMIN is longer than it says")
    return {**told, "permissions": f"{permissions:012b}"}


def vlist_bytes(told: Sequence[Mapping[str, Any]]) -> bytes:
    """HS_VLIST: how many, then each handle and index. Raises as `admin_bytes` does."""
    return struct.pack(">I", len(told)) + b"".join(_reference_bytes(one) for one in told)


def read_vlist(data: bytes) -> list[dict[str, Any]]:
    """Raises `ValueError`."""
    if len(data) < 4:
        raise ValueError("an HS_VLIST ends early")
    (count,), end = struct.unpack_from(">I", data), 4
    if count > members_max:
        raise ValueError(f"an HS_VLIST has more than {members_max} members")
    found: list[dict[str, Any]] = []
    for _ in range(count):
        told, end = _reference(data, end)
        found.append(told)
    if end != len(data):
        raise ValueError("an HS_VLIST is longer than it says")
    return found


def _reference_bytes(told: Mapping[str, Any]) -> bytes:
    handle = str(told["handle"]).encode()
    try:
        return struct.pack(">I", len(handle)) + handle + struct.pack(">I", told["index"])
    except struct.error as error:
        raise ValueError(str(error)) from None


def _reference(data: bytes, at: int) -> tuple[dict[str, Any], int]:
    if len(data) < at + 4:
        raise ValueError("a reference ends early")
    (length,) = struct.unpack_from(">I", data, at)
    end = at + 4 + length
    if len(data) < end + 4:
        raise ValueError("a reference ends early")
    (index,) = struct.unpack_from(">I", data, end)
    return {"handle": data[at + 4 : end].decode(), "index": index}, end + 4
