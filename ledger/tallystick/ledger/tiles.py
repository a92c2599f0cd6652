"""C2SP tlog-tiles: the tree cut into tiles of 256 hashes.

Hash i of tile (level, n) is the root over 256^level leaves; a full tile has 8,192 bytes, a partial one
the hashes that exist so far. Level l+1 holds only roots of full tiles of level l.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

from tallystick.ledger import merkle
from tallystick.ledger.errors import TallystickError

width = 256
hash_bytes = 32
level_max = 5
_levels = frozenset(str(level) for level in range(64))

Tile = tuple[int, int]
ReadTile = Callable[[int, int], bytes]
ReadTiles = Callable[[Sequence[Tile]], Mapping[Tile, bytes]]
Made = TypeVar("Made")


class TilePathRefused(TallystickError):
    code = "tile-path-refused"
    status = 404
    title = "There is no tile under this path"
    advice = (
        "Paths are tile/<L>/<N>[.p/<W>] as C2SP tlog-tiles writes them, within the tree's size."
    )


class TileRefused(TallystickError):
    code = "tile-refused"
    status = 422
    title = "The file is no tile of hashes"
    advice = "Fetch it again: a tile holds 1 to 256 hashes of 32 bytes and nothing else."


class BundleRefused(TallystickError):
    code = "entry-bundle-refused"
    status = 422
    title = "The file is no bundle of entries, or not the one of its tile"
    advice = "Fetch it again: a bundle holds 1 to 256 entries, each behind its length in two bytes."


def read_tile(data: bytes) -> list[bytes]:
    """The hashes of a tile; raises `TileRefused`."""
    hashes = [data[at : at + hash_bytes] for at in range(0, len(data), hash_bytes)]
    if not 0 < len(hashes) <= width or len(hashes[-1]) != hash_bytes:
        raise TileRefused(f"{len(data)} bytes are not 1 to {width} hashes of {hash_bytes}")
    return hashes


def read_bundle(data: bytes) -> list[bytes]:
    """The leaves of an entry bundle, in order; raises `BundleRefused`."""
    leaves: list[bytes] = []
    at = 0
    while at < len(data):
        end = at + 2 + int.from_bytes(data[at : at + 2], "big")
        if at + 2 > len(data) or end > len(data):
            raise BundleRefused("it ends in the middle of an entry")
        leaves.append(data[at + 2 : end])
        at = end
    if not 0 < len(leaves) <= width:
        raise BundleRefused(f"it holds {len(leaves)} entries, not 1 to {width}")
    return leaves


def tile_root(tile: bytes) -> bytes:
    """The root of a full tile: its hash in the tile above."""
    return merkle.subtree_root(tile)


def bundle_hashes(leaves: Sequence[bytes], tile: bytes | None = None) -> list[bytes]:
    """The leaf hashes of a bundle; with its tile of level 0, raises `BundleRefused` if it has others."""
    found = [merkle.leaf_hash(leaf) for leaf in leaves]
    if tile is not None:
        hashes = read_tile(tile)
        if len(found) > len(hashes):
            raise BundleRefused(f"{len(found)} entries, the tile has {len(hashes)} hashes")
        for position, (ours, theirs) in enumerate(zip(found, hashes, strict=False)):
            if ours != theirs:
                raise BundleRefused(f"the entry at position {position} has another hash")
    return found


def path(level: int | str, n: int, partial: int = 0) -> str:
    """`tile/0/x001/x234/067.p/17`; level `entries` for entry bundles."""
    return f"tile/{level}/{numbered(n, partial)}"


def numbered(n: int, partial: int = 0) -> str:
    """`x001/x234/067.p/17`: how tlog-tiles numbers files."""
    groups = [f"{n % 1000:03d}"]
    while n >= 1000:
        n //= 1000
        groups.insert(0, f"x{n % 1000:03d}")
    return "/".join(groups) + (f".p/{partial}" if partial else "")


def parse_path(text: str) -> tuple[str, int, int]:
    """(level, n, width) of the part after `tile/`; raises `TilePathRefused` unless canonical."""
    level, _, rest = text.partition("/")
    number, dot, partial = rest.partition(".p/")
    digits = "".join(group.removeprefix("x") for group in number.split("/"))
    if digits.isdecimal() and digits.isascii() and len(digits) <= 18:
        got = int(partial) if dot and partial.isdecimal() and len(partial) <= 3 else 0
        if (level == "entries" or level in _levels) and (
            path(level, int(digits), got) == f"tile/{text}" and got < width
        ):
            return level, int(digits), got or width
    raise TilePathRefused(text)


def width_at(level: int, n: int, size: int) -> int:
    """Hashes in tile (level, n) of a tree of `size` leaves: 0 to 256."""
    return max(0, min(width, (size >> 8 * level) - n * width))


class TileBuilder:
    """Tiles that change while leaves are appended; the caller stores `touched` afterwards."""

    def __init__(self, frontier: merkle.Frontier, read: ReadTile) -> None:
        self.frontier = frontier
        self._read = read
        self.touched: dict[Tile, bytearray] = {}

    def append(self, leaf: bytes) -> None:
        """Take in one leaf hash."""
        index = self.frontier.size
        for level, node in self.frontier.append(leaf):
            if level % 8 == 0:
                self._put(level // 8, index >> level, node)

    def append_tile(self, hashes: bytes, root: bytes) -> None:
        """Take in a full tile of leaf hashes, of which somebody else computed the root."""
        index = self.frontier.size
        self.touched[0, index // width] = bytearray(hashes)
        for level, node in self.frontier.append_subtree(8, root):
            if level % 8 == 0:
                self._put(level // 8, index >> level, node)

    def _put(self, level: int, position: int, node: bytes) -> None:
        n = position // width
        tile = self.touched.get((level, n))
        if tile is None:
            before = self._read(level, n) if position % width else b""
            tile = self.touched[level, n] = bytearray(before[: position % width * hash_bytes])
        tile += node


def node_reader(read: ReadTile) -> merkle.Node:
    """The `Node` function over tiles, for making proofs."""

    def node(level: int, index: int) -> bytes:
        tile_level, below = divmod(level, 8)
        first = index << below
        tile = read(tile_level, first // width)
        start = first % width * hash_bytes
        hashes = tile[start : start + (hash_bytes << below)]
        if len(hashes) != hash_bytes << below:
            raise TilePathRefused(f"tile {tile_level}/{first // width} is incomplete")
        return merkle.subtree_root(hashes)

    return node


def needed(make: Callable[[merkle.Node], object]) -> list[Tile]:
    """The tiles that `make` reads nodes from, learned by a run on zeros: it must ask for nodes by sizes
    alone, as proofs do."""
    wanted: dict[Tile, None] = {}

    def note(level: int, index: int) -> bytes:
        tile_level, below = divmod(level, 8)
        wanted[tile_level, (index << below) // width] = None
        return bytes(hash_bytes)

    make(note)
    return list(wanted)


def proved(make: Callable[[merkle.Node], Made], read: ReadTiles) -> Made:
    """What `make` computes from nodes; the tiles that it needs are read at once."""
    found = read(needed(make))
    return make(node_reader(lambda level, n: found.get((level, n), b"")))


def root(read: ReadTiles, size: int) -> bytes:
    """The root of the tree of `size` leaves."""
    return proved(lambda node: merkle.tree_root(node, size), read)


def extension(read: ReadTiles, first: int, second: int) -> list[bytes]:
    """That the tree of `second` leaves extends that of `first`; empty where nothing is to be proved."""
    if not 0 < first < second:
        return []
    return proved(lambda node: merkle.consistency_proof(node, first, second), read)
