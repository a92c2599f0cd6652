"""A log of generated leaves, loaded in bulk: real tiles and a real checkpoint, but entries that nobody signed.

The tiles of leaf hashes are random bytes; everything above them is hashed. There are no rows of entries.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

from bench.pens import key, log, origin

from tallystick.ledger import Checkpoint, FileMemory, LogSigner, Store, merkle, tiles
from tallystick.ledger.store import TreeState

page_tiles = 512
time = "2026-03-05T08:00:00.000Z"
Stored = tuple[int, int, bytes]


def load(store: Store, size: int, home: Path) -> None:
    """Tiles, tree and checkpoint of `size` generated leaves in an empty store."""
    store.migrate()
    with store.write() as transaction:
        page: list[Stored] = []
        for tile in _tiles(size):
            page.append(tile)
            if len(page) == page_tiles:
                transaction.put_tiles(page)
                page = []
        transaction.put_tiles(page)
        root = tiles.root(transaction.tiles, size)
        frontier = merkle.Frontier(size, _frontier(tiles.node_reader(transaction.tile), size))
        transaction.set_tree(None, TreeState(size, root, frontier.encode(), bytes(32), size, time))
        signer = LogSigner(origin, key(f"300:{log}"), FileMemory(home / "last.json"))
        transaction.add_checkpoint(size, signer.sign(Checkpoint(origin, size, root), []).encode())


def leaf_tile(n: int, size: int) -> bytes:
    """Tile (0, n): its leaf hashes come from its number alone."""
    width = tiles.width_at(0, n, size)
    return hashlib.shake_256(b"tile %d" % n).digest(width * tiles.hash_bytes)


def needed(index: int, size: int) -> list[tiles.Tile]:
    """The tiles from which the inclusion proof of an entry is made."""
    return tiles.needed(lambda node: merkle.inclusion_proof(node, index, size))


def _tiles(size: int) -> Iterator[Stored]:
    """Level by level: hash i of a tile is the root of tile i below."""
    count = -(-size // tiles.width)
    roots: list[bytes] = []
    for n in range(count):
        data = leaf_tile(n, size)
        yield 0, n, data
        if len(data) == tiles.width * tiles.hash_bytes:
            roots.append(merkle.subtree_root(data))
    level = 1
    while roots:
        below, roots = roots, []
        for low in range(0, len(below), tiles.width):
            data = b"".join(below[low : low + tiles.width])
            yield level, low // tiles.width, data
            if len(data) == tiles.width * tiles.hash_bytes:
                roots.append(merkle.subtree_root(data))
        level += 1


def _frontier(node: merkle.Node, size: int) -> Iterator[bytes]:
    """Roots of the complete subtrees at the right edge, largest first."""
    start = 0
    for level in range(size.bit_length() - 1, -1, -1):
        if size >> level & 1:
            yield node(level, start >> level)
            start += 1 << level
