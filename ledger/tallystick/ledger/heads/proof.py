"""Proofs from the map of heads: a name is there with this value, or it is not there at all (formats §3)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from tallystick.ledger.heads.digest import (
    bit,
    empty_subtree,
    fold,
    head_key,
    head_value,
    inner_node,
    key_bits,
    leaf_node,
)
from tallystick.ledger.heads.errors import HeadProofRefused

_hash = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class MapProof:
    """The way from the root to where a key stands or would stand.

    path: the other child at each depth, from the root down, 32 bytes each. other: key and value of the
    one leaf that stands where the key is absent; None for presence, and for absence where nothing stands.
    """

    path: tuple[bytes, ...]
    other: tuple[bytes, bytes] | None = None

    def root_with(self, key: bytes, value: bytes) -> bytes:
        """The root of the map in which `key` has `value`."""
        return self._climb(key, leaf_node(key, value))

    def root_without(self, key: bytes) -> bytes:
        """The root of a map in which `key` is absent. Raises `HeadProofRefused`."""
        if self.other is None:
            return self._climb(key, empty_subtree)
        found, value = self.other
        if found == key:
            raise HeadProofRefused("the leaf that stands there is the name itself")
        depth = len(self.path)
        if any(bit(found, d) != bit(key, d) for d in range(depth)):
            raise HeadProofRefused("the other leaf does not stand where this name would")
        return self._climb(key, leaf_node(found, value))

    def document(self) -> dict[str, Any]:
        """As JSON: {path: [hex], other?: {key, value}}."""
        told: dict[str, Any] = {"path": [node.hex() for node in self.path]}
        if self.other is not None:
            told["other"] = {"key": self.other[0].hex(), "value": self.other[1].hex()}
        return told

    @staticmethod
    def read(document: object) -> MapProof:
        """Raises `HeadProofRefused`."""
        match document:
            case {"path": list(path), **rest} if not rest.keys() - {"other"}:
                nodes = tuple(_bytes(node) for node in path)
            case _:
                raise HeadProofRefused("a proof is {path, other?}")
        if len(nodes) > key_bits:
            raise HeadProofRefused(f"a path has at most {key_bits} hashes")
        return MapProof(nodes, _other(rest["other"]) if "other" in rest else None)

    def _climb(self, key: bytes, node: bytes) -> bytes:
        for depth in range(len(self.path) - 1, -1, -1):
            aside = self.path[depth]
            node = inner_node(aside, node) if bit(key, depth) else inner_node(node, aside)
        return node


@dataclass(frozen=True, slots=True)
class HeadProof:
    """All that the log says of a name at a block: which entries touched it, and that no other did.

    `leaves`: their leaf hashes in the order of their indexes; none for a name that is absent.
    """

    kind: str
    name: str
    leaves: tuple[bytes, ...]
    proof: MapProof

    def verify(self, root: bytes) -> None:
        """Against the `heads` of a block. Raises `HeadProofRefused`."""
        key = head_key(self.kind, self.name)
        if self.leaves:
            if self.proof.other is not None:
                raise HeadProofRefused("a name that is there has no other leaf in its place")
            value = head_value(len(self.leaves), fold(self.leaves))
            reached = self.proof.root_with(key, value)
        else:
            reached = self.proof.root_without(key)
        if reached != root:
            said = f"{len(self.leaves)} entries" if self.leaves else "absence"
            raise HeadProofRefused(f"{said} of {self.kind} {self.name}")

    def document(self) -> dict[str, Any]:
        """As JSON: {kind, name, leaves: [hex], path: [hex], other?: {key, value}}."""
        leaves = [leaf.hex() for leaf in self.leaves]
        return {"kind": self.kind, "name": self.name, "leaves": leaves, **self.proof.document()}

    @staticmethod
    def read(document: object) -> HeadProof:
        """Raises `HeadProofRefused`."""
        match document:
            case {"kind": str(kind), "name": str(name), "leaves": list(leaves), **rest}:
                proof = MapProof.read(rest)
            case _:
                raise HeadProofRefused("a head is {kind, name, leaves, path, other?}")
        if "\x00" in kind or "\x00" in name:
            raise HeadProofRefused("neither kind nor name holds the character U+0000")
        return HeadProof(kind, name, tuple(_bytes(leaf) for leaf in leaves), proof)


def _other(document: object) -> tuple[bytes, bytes]:
    match document:
        case {"key": key, "value": value, **rest} if not rest:
            return _bytes(key), _bytes(value)
        case _:
            raise HeadProofRefused("the other leaf is {key, value}")


def _bytes(text: object) -> bytes:
    if not isinstance(text, str) or not _hash.fullmatch(text):
        raise HeadProofRefused("a hash is 64 digits of lower-case hex")
    return bytes.fromhex(text)
