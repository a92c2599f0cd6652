"""The sorted leaves of a batch in one file, beside the log: searched and proven without reading all of it.

File: `tallystick/leaves/v1\\n`, uint64 count (big-endian), the leaves in order, and of each level from 8 up the
roots of its complete subtrees. So a path hashes at most 256 leaves, and the file is larger than its leaves by
less than a hundredth. A file is written beside its place and put there whole.
"""

from __future__ import annotations

import mmap
import os
from collections.abc import Callable, Iterable
from contextlib import suppress
from itertools import pairwise
from pathlib import Path
from types import TracebackType
from typing import Self

from tallystick.ledger import InvariantError, TallystickError, merkle, sync_path

magic = b"tallystick/leaves/v1\n"
hash_bytes = 32
low_level = 8
buckets = 256
checked_at_once = 1 << 16
_head_bytes = len(magic) + 8
_low = 1 << low_level

Tick = Callable[[int, int], None]


class LeavesDamaged(TallystickError):
    code = "leaves-damaged"
    status = 500
    title = "The file of a batch's leaves is not whole"
    advice = "Restore it from a backup, or from a mirror; `tallystick mint check` compares it with the log."


class SerialTwice(TallystickError):
    code = "serial-twice"
    status = 500
    title = "The random source gave one serial twice"
    advice = "Nothing was issued. Repeat; if it comes again, the system's random source is broken."


class Bins:
    """Leaves on their way into order: each goes to the bin of its first byte."""

    def __init__(self) -> None:
        self._bins = [bytearray() for _ in range(buckets)]

    def add(self, sorted_leaves: bytes) -> None:
        """Take in leaves that are in order among themselves, one behind the other."""
        start, size = 0, len(sorted_leaves)
        for first in range(buckets):
            end = _first_above(sorted_leaves, first, start, size)
            self._bins[first] += sorted_leaves[start:end]
            start = end

    def ordered(self) -> Iterable[bytes]:
        """Each bin in order. Raises `SerialTwice`."""
        for one in self._bins:
            data = bytes(one)
            one.clear()
            leaves = sorted(_split(data))
            if len(set(leaves)) != len(leaves):
                raise SerialTwice
            yield b"".join(leaves)


def _first_above(leaves: bytes, first: int, low: int, high: int) -> int:
    """Offset of the first leaf that begins with a larger byte."""
    low, high = low // hash_bytes, high // hash_bytes
    while low < high:
        middle = (low + high) // 2
        if leaves[middle * hash_bytes] <= first:
            low = middle + 1
        else:
            high = middle
    return low * hash_bytes


def _split(data: bytes) -> list[bytes]:
    return [data[at : at + hash_bytes] for at in range(0, len(data), hash_bytes)]


def write(path: Path, ordered: Iterable[bytes], count: int, tick: Tick | None = None) -> bytes:
    """The file of these leaves, durable when this returns; gives the root of their tree."""
    fresh = path.with_suffix(".new")
    try:
        with fresh.open("wb") as file:
            file.write(magic + count.to_bytes(8, "big"))
            root, levels, seen = _written(file.write, ordered, count, tick)
            if seen != count:
                raise InvariantError(f"{seen} leaves of {count} were given")
            for level in levels:
                file.write(level)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(path)
    finally:
        with suppress(FileNotFoundError):
            fresh.unlink()
    sync_path(path.parent)
    return root


def _written(
    write: Callable[[bytes], object], ordered: Iterable[bytes], count: int, tick: Tick | None
) -> tuple[bytes, list[bytearray], int]:
    frontier, levels = merkle.Frontier(), list[bytearray]()
    rest, seen = b"", 0
    for part in ordered:
        write(part)
        seen += len(part) // hash_bytes
        data = rest + part
        whole = len(data) - len(data) % (_low * hash_bytes)
        for at in range(0, whole, _low * hash_bytes):
            low = merkle.subtree_root(data[at : at + _low * hash_bytes])
            _note(levels, frontier.append_subtree(low_level, low))
        rest = data[whole:]
        if tick is not None:
            tick(seen, count)
    for leaf in _split(rest):
        frontier.append(leaf)
    return frontier.root(), levels, seen


def _note(levels: list[bytearray], completed: list[tuple[int, bytes]]) -> None:
    for level, root in completed:
        while len(levels) <= level - low_level:
            levels.append(bytearray())
        levels[level - low_level] += root


class Leaves:
    """A file of sorted leaves, mapped into memory. Close it, or use it as a context."""

    def __init__(self, path: Path) -> None:
        """Raises `LeavesDamaged`, FileNotFoundError."""
        self.path = path
        with path.open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            head = file.read(_head_bytes)
            self.count = int.from_bytes(head[len(magic) :], "big")
            if not head.startswith(magic) or size != file_bytes(self.count):
                raise LeavesDamaged(str(path))
            self._map = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        self._starts = _level_starts(self.count)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        self._map.close()

    def leaf(self, position: int) -> bytes:
        return self._at(_head_bytes + position * hash_bytes)

    def find(self, leaf: bytes) -> int | None:
        """The position of a leaf; None if it is not there."""
        low, high = 0, self.count
        while low < high:
            middle = (low + high) // 2
            if self.leaf(middle) < leaf:
                low = middle + 1
            else:
                high = middle
        return low if low < self.count and self.leaf(low) == leaf else None

    def root(self) -> bytes:
        return merkle.tree_root(self._node, self.count)

    def path_of(self, position: int) -> tuple[bytes, ...]:
        """The path of a leaf, leaf first; raises `ProofRefused` beyond the last."""
        return tuple(merkle.inclusion_proof(self._node, position, self.count))

    def check(self, root: bytes) -> None:
        """Hash all of it; raises `LeavesDamaged` if it is out of order, has another root, or other nodes above."""
        found, levels, _ = _written(lambda _part: None, self._in_order(), self.count, None)
        above = self._map[_head_bytes + self.count * hash_bytes :]
        if found != root or b"".join(levels) != above:
            raise LeavesDamaged(f"{self.path}: its root is not the batch's")

    def _in_order(self) -> Iterable[bytes]:
        """All leaves, many at once; raises `LeavesDamaged` where one is not above the last."""
        before = b""
        for start in range(0, self.count, checked_at_once):
            end = min(start + checked_at_once, self.count)
            part = self._map[_head_bytes + start * hash_bytes : _head_bytes + end * hash_bytes]
            told = [before, *_split(part)]
            if any(one >= other for one, other in pairwise(told)):
                raise LeavesDamaged(f"{self.path}: leaves {start} up to {end} are out of order")
            before = told[-1]
            yield part

    def _node(self, level: int, index: int) -> bytes:
        if level >= low_level:
            return self._at(self._starts[level - low_level] + index * hash_bytes)
        start = _head_bytes + (index << level) * hash_bytes
        return merkle.subtree_root(self._map[start : start + (hash_bytes << level)])

    def _at(self, start: int) -> bytes:
        return self._map[start : start + hash_bytes]


def _levels(count: int) -> list[int]:
    """How many complete subtrees there are of each level from the low one up."""
    return [count >> level for level in range(low_level, count.bit_length())]


def _level_starts(count: int) -> list[int]:
    starts, at = [], _head_bytes + count * hash_bytes
    for nodes in _levels(count):
        starts.append(at)
        at += nodes * hash_bytes
    return starts


def file_bytes(count: int) -> int:
    return _head_bytes + (count + sum(_levels(count))) * hash_bytes
