"""The Merkle tree of RFC 6962 §2.1 with SHA-256: hashing, proofs and their verification.

Values in, values out. Proofs are made from a function that gives the root of any complete, aligned
subtree, so that the same code serves a list in memory and tiles in a database.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence

from tallystick.ledger.errors import TallystickError

empty_root = hashlib.sha256(b"").digest()

#: (level, index) -> root of the complete subtree over leaves [index·2^level, (index+1)·2^level).
Node = Callable[[int, int], bytes]


class ProofRefused(TallystickError):
    code = "proof-refused"
    status = 422
    title = "The Merkle proof does not verify"
    advice = (
        "Fetch proof and checkpoint again from one source; if it persists, keep both as evidence."
    )


def leaf_hash(leaf: bytes) -> bytes:
    return hashlib.sha256(b"\x00" + leaf).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


def subtree_root(hashes: bytes) -> bytes:
    """Root over 2^k hashes of one level, one behind the other as in a tile."""
    sha256, level = hashlib.sha256, hashes
    while len(level) > 32:
        # Written out, not by `node_hash`: most of what a proof costs is here.
        pairs = range(0, len(level), 64)
        level = b"".join([sha256(b"\x01" + level[at : at + 64]).digest() for at in pairs])
    return level


class Frontier:
    """The right edge of a growing tree: roots of its complete subtrees, largest first."""

    def __init__(self, size: int = 0, roots: Iterable[bytes] = ()) -> None:
        self.size = size
        self._roots = list(roots)
        if len(self._roots) != size.bit_count():
            raise ProofRefused(f"a frontier of size {size} has {size.bit_count()} roots")

    def append(self, leaf: bytes) -> list[tuple[int, bytes]]:
        """Take in a leaf hash; returns the (level, root) of each subtree completed by it."""
        return self.append_subtree(0, leaf)

    def append_subtree(self, level: int, root: bytes) -> list[tuple[int, bytes]]:
        """Take in 2^level leaves by their root; the size so far must be a multiple of that."""
        completed = [(level, root)]
        node, size, leaves = root, self.size >> level, 1 << level
        if size << level != self.size:
            raise ProofRefused(f"{leaves} leaves at once do not lie behind {self.size}")
        while size & 1:
            node = node_hash(self._roots.pop(), node)
            level += 1
            size >>= 1
            completed.append((level, node))
        self._roots.append(node)
        self.size += leaves
        return completed

    def root(self) -> bytes:
        if not self._roots:
            return empty_root
        root = self._roots[-1]
        for left in reversed(self._roots[:-1]):
            root = node_hash(left, root)
        return root

    def encode(self) -> bytes:
        return b"".join(self._roots)

    def copy(self) -> Frontier:
        return Frontier(self.size, self._roots)

    @staticmethod
    def decode(size: int, data: bytes) -> Frontier:
        return Frontier(size, (data[i : i + 32] for i in range(0, len(data), 32)))


def range_root(node: Node, start: int, end: int) -> bytes:
    """MTH over leaves [start, end), where start is a multiple of the power of two ≥ its length."""
    length = end - start
    if length & (length - 1) == 0:
        level = length.bit_length() - 1
        return node(level, start >> level)
    split = start + (1 << ((length - 1).bit_length() - 1))
    return node_hash(range_root(node, start, split), range_root(node, split, end))


def tree_root(node: Node, size: int) -> bytes:
    return range_root(node, 0, size) if size else empty_root


def inclusion_proof(node: Node, index: int, size: int) -> list[bytes]:
    """RFC 6962 §2.1.1: the path of leaf `index` in the tree of `size` leaves, leaf first."""
    if not 0 <= index < size:
        raise ProofRefused(f"leaf {index} is not in a tree of {size} leaves")
    path: list[bytes] = []
    start, end = 0, size
    while end - start > 1:
        split = start + (1 << ((end - start - 1).bit_length() - 1))
        if index < split:
            path.append(range_root(node, split, end))
            end = split
        else:
            path.append(range_root(node, start, split))
            start = split
    return path[::-1]


def consistency_proof(node: Node, first: int, second: int) -> list[bytes]:
    """RFC 6962 §2.1.2: that the tree of `second` leaves extends the tree of `first` leaves."""
    if not 0 < first <= second:
        raise ProofRefused(f"no consistency proof from size {first} to {second}")
    path: list[bytes] = []
    start, end, whole = 0, second, True
    while first < end:
        split = start + (1 << ((end - start - 1).bit_length() - 1))
        if first <= split:
            path.append(range_root(node, split, end))
            end = split
        else:
            path.append(range_root(node, start, split))
            start, whole = split, False
    if not whole:
        path.append(range_root(node, start, end))
    return path[::-1]


def verify_inclusion(
    leaf: bytes, index: int, size: int, path: Sequence[bytes], root: bytes
) -> None:
    """Raises `ProofRefused` unless leaf hash `leaf` is at `index` of the tree (RFC 9162 §2.1.3.2)."""
    if not 0 <= index < size:
        raise ProofRefused(f"leaf {index} is not in a tree of {size} leaves")
    inner = (index ^ (size - 1)).bit_length()
    if len(path) != inner + (index >> inner).bit_count():
        raise ProofRefused("the inclusion proof has the wrong length")
    node = leaf
    for level, sibling in enumerate(path):
        if level < inner and not index >> level & 1:
            node = node_hash(node, sibling)
        else:
            node = node_hash(sibling, node)
    if node != root:
        raise ProofRefused(f"leaf {index} is not under this root")


def verify_consistency(
    first: int, second: int, root1: bytes, root2: bytes, path: Sequence[bytes]
) -> None:
    """Raises `ProofRefused` unless the second tree extends the first (RFC 9162 §2.1.4.2)."""
    if not 0 < first <= second:
        raise ProofRefused(f"no consistency from size {first} to {second}")
    if first == second:
        if path or root1 != root2:
            raise ProofRefused("two trees of one size differ, or their proof is not empty")
        return
    hashes = [root1, *path] if first & (first - 1) == 0 else list(path)
    if _folded(first, second, hashes) != (root1, root2):
        raise ProofRefused(f"the tree of {second} leaves does not extend the tree of {first}")


def shown_prefix(first: int, second: int, root2: bytes, path: Sequence[bytes]) -> bytes | None:
    """The root over the first leaves of the second tree, where a consistency path shows it.

    A path that ends in `root2` binds that root, whoever made it. If `first` is a power of two the path
    leaves it out: then, as for a path that leads elsewhere, None.
    """
    if not 0 < first < second or first & (first - 1) == 0:
        return None
    try:
        old, new = _folded(first, second, list(path))
    except ProofRefused:
        return None
    return old if new == root2 else None


def _folded(first: int, second: int, hashes: list[bytes]) -> tuple[bytes, bytes]:
    """The roots of both trees to which a consistency proof leads (RFC 9162 §2.1.4.2)."""
    if not hashes:
        raise ProofRefused("the consistency proof is empty")
    fn, sn = first - 1, second - 1
    while fn & 1:
        fn, sn = fn >> 1, sn >> 1
    old = new = hashes[0]
    for sibling in hashes[1:]:
        if sn == 0:
            raise ProofRefused("the consistency proof is too long")
        if fn & 1 or fn == sn:
            old, new = node_hash(sibling, old), node_hash(sibling, new)
            while fn and not fn & 1:
                fn, sn = fn >> 1, sn >> 1
        else:
            new = node_hash(new, sibling)
        fn, sn = fn >> 1, sn >> 1
    if sn:
        raise ProofRefused("the consistency proof is too short")
    return old, new
