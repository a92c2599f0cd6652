"""Disclosure of parts of a body (formats §6): one salted leaf for each scalar or empty container."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterator

from tallystick.ledger import canonical, merkle

_domain = b"tallystick/field/v1\n"


def fields(value: object, pointer: str = "") -> Iterator[tuple[str, object]]:
    """(RFC 6901 pointer, value) of each scalar, empty object or empty array."""
    if isinstance(value, dict) and value:
        for name, child in value.items():
            escaped = name.replace("~", "~0").replace("/", "~1")
            yield from fields(child, f"{pointer}/{escaped}")
    elif isinstance(value, list) and value:
        for position, child in enumerate(value):
            yield from fields(child, f"{pointer}/{position}")
    else:
        yield pointer, value


def field_salt(salt: bytes, pointer: str) -> bytes:
    return hmac.new(salt, _domain + pointer.encode(), hashlib.sha256).digest()


def field_leaf(salt: bytes, pointer: str, value: object) -> bytes:
    """SHA-256(0x00 ‖ salt_i ‖ RFC 8785 of [pointer, value])."""
    return merkle.leaf_hash(field_salt(salt, pointer) + canonical.encode([pointer, value]))


def fields_root(salt: bytes, body: bytes) -> str:
    """Hex root over the leaves of a body, ordered by the UTF-8 bytes of their pointers."""
    frontier = merkle.Frontier()
    ordered = sorted(fields(canonical.decode(body)), key=lambda field: field[0].encode())
    for pointer, value in ordered:
        frontier.append(field_leaf(salt, pointer, value))
    return frontier.root().hex()
