"""The map of heads in pages, so that a change of a few names reads and writes little.

The map is cut every four bits. A page stands for the subtree under a prefix, written as hex digits; the
root is "". A *bucket* lists the names of a small subtree: byte 0x00, then key ‖ value of each, in order. A
*branch* has sixteen subtrees below it: byte 0x01, then for each its weight (0 empty, 1 one name, 2 more)
and its hash, 32 bytes. A bucket that grows beyond `bucket_names_max` becomes a branch; nothing shrinks, for
what the log has touched stays touched. So the pages follow from the set of names alone, not from the order
in which they came.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from hashlib import sha256
from typing import Protocol

from tallystick.ledger.heads.digest import bit, empty_subtree, inner_node, leaf_node
from tallystick.ledger.heads.proof import MapProof

bucket_names_max = 8
_bucket, _branch = b"\x00", b"\x01"
_digits = "0123456789abcdef"
_row = 33
_none, _one, _more = 0, 1, 2

#: Weight and hash of a subtree.
Subtree = tuple[int, bytes]
_nothing: Subtree = (_none, empty_subtree)
Leaf = tuple[bytes, bytes]


class Pages(Protocol):
    """Where pages are kept."""

    def load(self, prefixes: Iterable[str]) -> Mapping[str, bytes]:
        """Those of these pages that exist."""
        ...


class MemoryPages:
    """A map in memory: for replay, mirrors and tests."""

    def __init__(self) -> None:
        self.pages: dict[str, bytes] = {}

    def load(self, prefixes: Iterable[str]) -> Mapping[str, bytes]:
        return {p: self.pages[p] for p in prefixes if p in self.pages}


def change(
    pages: Pages, values: Mapping[bytes, bytes]
) -> tuple[bytes, dict[str, bytes], Mapping[str, bytes]]:
    """The root after these values by key are set, the pages that changed, and those on the way as they were."""
    if not values:
        return root(pages), {}, {}
    before = _load_ways(pages, values)
    changed = _Changing(before)
    return changed.set("", sorted(values.items()))[1], changed.pages, before


def update(pages: Pages, values: Mapping[bytes, bytes]) -> tuple[bytes, dict[str, bytes]]:
    """The root after these values by key are set, and the pages that changed."""
    return change(pages, values)[:2]


def root(pages: Pages) -> bytes:
    """The root of the map as it stands."""
    page = pages.load([""]).get("")
    return empty_subtree if page is None else _subtree_of(page, "")[1]


def prove(pages: Pages, key: bytes) -> tuple[bytes | None, MapProof]:
    """The value of a key, or None, and the proof of it."""
    path: list[bytes] = []
    prefix, digits = "", key.hex()
    page = pages.load([prefix]).get(prefix)
    while page is not None and page[:1] == _branch:
        aside, prefix = _beside(_subtrees(page), prefix, digits[len(prefix)])
        path += aside
        page = pages.load([prefix]).get(prefix)
    return _prove_among([] if page is None else _leaves(page), key, path)


class _Changing:
    """One update: pages as they were, and as they become."""

    def __init__(self, before: Mapping[str, bytes]) -> None:
        self._before = before
        self.pages: dict[str, bytes] = {}

    def set(self, prefix: str, leaves: list[Leaf]) -> Subtree:
        """Lay leaves, in order of their keys, into the subtree under a prefix."""
        page = self._before.get(prefix)
        if page is None or page[:1] == _bucket:
            return self._fill(prefix, leaves if page is None else _merged(page, leaves))
        subtrees = _subtrees(page)
        return self._spread(prefix, subtrees, leaves)

    def _fill(self, prefix: str, leaves: list[Leaf]) -> Subtree:
        if len(leaves) <= bucket_names_max:
            self.pages[prefix] = _bucket + b"".join([key + value for key, value in leaves])
            return _subtree(leaves, 0, len(leaves), 4 * len(prefix))
        return self._spread(prefix, [_nothing] * 16, leaves)

    def _spread(self, prefix: str, subtrees: list[Subtree], leaves: list[Leaf]) -> Subtree:
        depth, start = len(prefix), 0
        while start < len(leaves):
            digit = _digit(leaves[start][0], depth)
            end = start + 1
            while end < len(leaves) and _digit(leaves[end][0], depth) == digit:
                end += 1
            subtrees[digit] = self.set(prefix + _digits[digit], leaves[start:end])
            start = end
        rows = [bytes((weight,)) + node for weight, node in subtrees]
        self.pages[prefix] = _branch + b"".join(rows)
        return _joined(subtrees)


def _load_ways(pages: Pages, keys: Iterable[bytes]) -> dict[str, bytes]:
    """The pages on the way to each key, a level at a time."""
    found: dict[str, bytes] = {}
    ways = [key.hex() for key in keys]
    depth = 0
    while ways:
        level = pages.load({way[:depth] for way in ways})
        found.update(level)
        branches = {prefix for prefix, page in level.items() if page[:1] == _branch}
        ways = [way for way in ways if way[:depth] in branches]
        depth += 1
    return found


def _digit(key: bytes, depth: int) -> int:
    byte = key[depth >> 1]
    return byte & 15 if depth & 1 else byte >> 4


def _merged(page: bytes, leaves: list[Leaf]) -> list[Leaf]:
    together = dict(_leaves(page))
    together.update(leaves)
    return sorted(together.items())


def _leaves(page: bytes) -> list[Leaf]:
    return [(page[at : at + 32], page[at + 32 : at + 64]) for at in range(1, len(page), 64)]


def _subtrees(page: bytes) -> list[Subtree]:
    return [(page[at], page[at + 1 : at + _row]) for at in range(1, len(page), _row)]


def _subtree_of(page: bytes, prefix: str) -> Subtree:
    if page[:1] == _branch:
        return _joined(_subtrees(page))
    leaves = _leaves(page)
    return _subtree(leaves, 0, len(leaves), 4 * len(prefix))


def _subtree(leaves: list[Leaf], start: int, end: int, depth: int) -> Subtree:
    """The subtree of leaves[start:end], sorted, which agree in their first `depth` bits."""
    if end - start < 2:
        return _nothing if start == end else (_one, leaf_node(*leaves[start]))
    middle = _turn(leaves, start, end, depth)
    left = _subtree(leaves, start, middle, depth + 1)[1]
    right = _subtree(leaves, middle, end, depth + 1)[1]
    return _more, inner_node(left, right)


def _turn(leaves: list[Leaf], start: int, end: int, depth: int) -> int:
    """Where the keys begin to go right at this depth."""
    at = start
    while at < end and not bit(leaves[at][0], depth):
        at += 1
    return at


def _joined(subtrees: list[Subtree]) -> Subtree:
    level = subtrees
    while len(level) > 1:
        above: list[Subtree] = []
        for at in range(0, len(level), 2):
            left, right = level[at], level[at + 1]
            # Written out, not by `_join`: most of what a change of a large map costs is here.
            if left[0] + right[0] < _more:
                above.append(left if left[0] else right)
            else:
                above.append((_more, sha256(b"\x03" + left[1] + right[1]).digest()))
        level = above
    return level[0]


def _join(left: Subtree, right: Subtree) -> Subtree:
    if left[0] + right[0] < _more:
        return left if left[0] else right
    return _more, inner_node(left[1], right[1])


def _beside(subtrees: list[Subtree], prefix: str, digit: str) -> tuple[list[bytes], str]:
    """Within a branch, the other children on the way to a digit, and the page that comes next.

    The way ends at a subtree of one name or none: the page is then that of its one name, wherever it is.
    """
    levels = [subtrees]
    while len(levels[-1]) > 1:
        lower = levels[-1]
        levels.append([_join(*lower[at : at + 2]) for at in range(0, len(lower), 2)])
    child = _digits.index(digit)
    aside: list[bytes] = []
    for height in range(4, 0, -1):
        at = child >> height
        if levels[height][at][0] < _more:
            inside = range(at << height, (at + 1) << height)
            holding = [one for one in inside if subtrees[one][0]]
            return aside, prefix + (_digits[holding[0]] if holding else digit)
        aside.append(levels[height - 1][(child >> (height - 1)) ^ 1][1])
    return aside, prefix + digit


def _prove_among(
    leaves: list[Leaf], key: bytes, path: list[bytes]
) -> tuple[bytes | None, MapProof]:
    """The rest of the way, among the leaves of a bucket."""
    start, end = 0, len(leaves)
    while end - start > 1:
        depth = len(path)
        middle = _turn(leaves, start, end, depth)
        if bit(key, depth):
            path.append(_subtree(leaves, start, middle, depth + 1)[1])
            start = middle
        else:
            path.append(_subtree(leaves, middle, end, depth + 1)[1])
            end = middle
    if start == end:
        return None, MapProof(tuple(path))
    found, value = leaves[start]
    if found == key:
        return value, MapProof(tuple(path))
    return None, MapProof(tuple(path), (found, value))
