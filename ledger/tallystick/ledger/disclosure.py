"""Disclosure of parts of a body (formats §6): one salted leaf for each scalar or empty container."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterator

from tallystick.ledger import canonical, merkle

#: Of the pointers of all values in a body, those that hold others included. A name is in the pointer of
#: everything below it: unbounded, a body of 1 MiB has pointers of 100 GB.
pointers_bytes_max = 1 << 24
_domain = b"tallystick/field/v1\n"


def fields(value: object) -> Iterator[tuple[str, object]]:
    """(RFC 6901 pointer, value) of each scalar, empty object or empty array, in any order.

    Raises `NotCanonical` if the pointers are longer than `pointers_bytes_max`.
    """
    todo, left = [("", value)], pointers_bytes_max
    while todo:
        pointer, found = todo.pop()
        if not isinstance(found, dict | list) or not found:
            yield pointer, found
            continue
        for step, child in _below(found):
            way = f"{pointer}/{step}"
            left -= len(way.encode())
            if left < 0:
                raise canonical.NotCanonical(f"pointers of more than {pointers_bytes_max} bytes")
            todo.append((way, child))


def _below(value: dict[str, object] | list[object]) -> Iterator[tuple[str, object]]:
    if isinstance(value, list):
        yield from ((str(position), child) for position, child in enumerate(value))
    else:
        for name, child in value.items():
            yield name.replace("~", "~0").replace("/", "~1"), child


def field_salt(salt: bytes, pointer: str) -> bytes:
    return hmac.new(salt, _domain + pointer.encode(), hashlib.sha256).digest()


def field_leaf(salt: bytes, pointer: str, value: object) -> bytes:
    """SHA-256(0x00 ‖ salt_i ‖ RFC 8785 of [pointer, value])."""
    return merkle.leaf_hash(field_salt(salt, pointer) + canonical.encode([pointer, value]))


def fields_root(salt: bytes, body: bytes) -> str:
    """Hex root over the leaves of a body, ordered by the UTF-8 bytes of their pointers. Raises `NotCanonical`."""
    frontier = merkle.Frontier()
    ordered = sorted(fields(canonical.decode(body)), key=lambda field: field[0].encode())
    for pointer, value in ordered:
        frontier.append(field_leaf(salt, pointer, value))
    return frontier.root().hex()
