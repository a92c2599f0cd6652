"""Fields of a body shown without the others (formats §6): `disclosures/N.json`.

A field is shown with its pointer, its value and its own salt; its leaf leads by position and path to the
`fields_root` that the author signed. Salts of other fields do not follow from it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from tallystick.ledger import canonical, disclosure, merkle
from tallystick.ledger.bundle.errors import FieldDiffers
from tallystick.ledger.canonical import Json

fields_max = 10_000
size_max = 1_000_000
path_max = 63
_hash = re.compile(r"[0-9a-f]{64}")


def fields_of(body: bytes) -> dict[str, object]:
    """The fields of a body by their pointers. Raises `NotCanonical`."""
    return dict(disclosure.fields(canonical.decode(body)))


@dataclass(frozen=True, slots=True)
class ShownField:
    """One field; `value` is a scalar, or an empty container."""

    pointer: str
    value: Json
    salt: bytes
    position: int
    path: tuple[bytes, ...]

    def leaf(self) -> bytes:
        """SHA-256(0x00 ‖ salt ‖ RFC 8785 of [pointer, value])."""
        return merkle.leaf_hash(self.salt + canonical.encode([self.pointer, self.value]))

    def document(self) -> dict[str, Any]:
        return {
            "path": [node.hex() for node in self.path],
            "pointer": self.pointer,
            "position": self.position,
            "salt": self.salt.hex(),
            "value": self.value,
        }


@dataclass(frozen=True, slots=True)
class Shown:
    """Some of `size` fields of a body, in the order of their pointers' bytes."""

    size: int
    fields: tuple[ShownField, ...]

    def encode(self) -> bytes:
        """RFC 8785 bytes."""
        rows = [field.document() for field in self.fields]
        return canonical.encode({"fields": rows, "size": self.size})

    def verify(self, root: str) -> None:
        """Against `fields_root`, hex. Raises `FieldDiffers`."""
        for field in self.fields:
            try:
                merkle.verify_inclusion(
                    field.leaf(), field.position, self.size, field.path, bytes.fromhex(root)
                )
            except merkle.ProofRefused as error:
                raise FieldDiffers(f"{field.pointer}: {error.detail}") from None

    @staticmethod
    def of(salt: bytes, body: bytes, pointers: Sequence[str]) -> Shown:
        """These fields of a body. Raises `FieldDiffers` for a pointer that names no field."""
        found = disclosure.fields(canonical.decode(body))
        ordered = sorted(found, key=lambda field: field[0].encode())
        leaves = [disclosure.field_leaf(salt, pointer, value) for pointer, value in ordered]
        positions = {pointer: position for position, (pointer, _) in enumerate(ordered)}
        for pointer in pointers:
            if pointer not in positions:
                raise FieldDiffers(f"{pointer} names no field of the body")
        shown = sorted({positions[pointer] for pointer in pointers})
        rows = [_show(salt, ordered, leaves, position) for position in shown]
        return Shown(len(ordered), tuple(rows))

    @staticmethod
    def parse(data: bytes) -> Shown:
        """Raises `FieldDiffers`."""
        try:
            told = canonical.decode_object(data)
        except canonical.NotCanonical as error:
            raise FieldDiffers(error.detail) from None
        rows, size = told.get("fields"), told.get("size")
        if told.keys() != {"fields", "size"} or not isinstance(rows, list):
            raise FieldDiffers("a disclosure has fields and size")
        if type(size) is not int or not 0 < size <= size_max or not 0 < len(rows) <= fields_max:
            raise FieldDiffers("size, or the number of fields, is out of bounds")
        fields = tuple(_field(row) for row in rows)
        for left, right in pairwise(fields):
            if left.position >= right.position or left.pointer.encode() >= right.pointer.encode():
                raise FieldDiffers(f"{right.pointer} is out of order")
        return Shown(size, fields)


def _show(
    salt: bytes, ordered: Sequence[tuple[str, Any]], leaves: Sequence[bytes], position: int
) -> ShownField:
    pointer, value = ordered[position]

    def node(level: int, n: int) -> bytes:
        return merkle.subtree_root(b"".join(leaves[n << level : (n + 1) << level]))

    path = merkle.inclusion_proof(node, position, len(leaves))
    own = disclosure.field_salt(salt, pointer)
    return ShownField(pointer, value, own, position, tuple(path))


def _field(row: object) -> ShownField:
    match row:
        case {
            "path": list(path),
            "pointer": str(pointer),
            "position": int(position),
            "salt": str(salt),
            "value": value,
            **rest,
        } if not rest and type(position) is int and len(path) <= path_max:
            hashes = [_bytes(node) for node in path]
            if value and isinstance(value, list | dict):
                raise FieldDiffers(f"{pointer} is no scalar and no empty container")
            return ShownField(pointer, value, _bytes(salt), position, tuple(hashes))
        case _:
            raise FieldDiffers("a field has path, pointer, position, salt and value")


def _bytes(text: object) -> bytes:
    if not isinstance(text, str) or _hash.fullmatch(text) is None:
        raise FieldDiffers("a hash is 64 digits of lower-case hex")
    return bytes.fromhex(text)
