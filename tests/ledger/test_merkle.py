"""The tree against a plain recursive definition of RFC 6962 §2.1, and its tiles (C2SP tlog-tiles)."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Sequence

import pytest

from tallystick.ledger import merkle, tiles
from tallystick.ledger.merkle import ProofRefused
from tallystick.ledger.tiles import TilePathRefused

size_max = 70


def digest(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


def leaves(count: int) -> list[bytes]:
    return [b"leaf %d" % n for n in range(count)]


def mth(data: Sequence[bytes]) -> bytes:
    """RFC 6962 §2.1."""
    if not data:
        return digest(b"")
    if len(data) == 1:
        return digest(b"\x00" + data[0])
    k = _split(len(data))
    return digest(b"\x01" + mth(data[:k]) + mth(data[k:]))


def path(m: int, data: Sequence[bytes]) -> list[bytes]:
    """RFC 6962 §2.1.1."""
    if len(data) == 1:
        return []
    k = _split(len(data))
    if m < k:
        return [*path(m, data[:k]), mth(data[k:])]
    return [*path(m - k, data[k:]), mth(data[:k])]


def proof(m: int, data: Sequence[bytes], whole: bool = True) -> list[bytes]:
    """RFC 6962 §2.1.2."""
    if m == len(data):
        return [] if whole else [mth(data)]
    k = _split(len(data))
    if m <= k:
        return [*proof(m, data[:k], whole), mth(data[k:])]
    return [*proof(m - k, data[k:], False), mth(data[:k])]


def _split(n: int) -> int:
    k = 1
    while k * 2 < n:
        k *= 2
    return k


def node_of(hashes: Sequence[bytes]) -> merkle.Node:
    def node(level: int, index: int) -> bytes:
        return merkle.subtree_root(b"".join(hashes[index << level : (index + 1) << level]))

    return node


@pytest.fixture(scope="module")
def roots() -> list[bytes]:
    return [mth(leaves(n)) for n in range(size_max + 1)]


def test_roots_of_all_sizes(roots: list[bytes]) -> None:
    frontier = merkle.Frontier()
    hashes = [merkle.leaf_hash(leaf) for leaf in leaves(size_max)]
    for size in range(size_max + 1):
        assert frontier.root() == roots[size] == merkle.tree_root(node_of(hashes), size)
        assert merkle.Frontier.decode(size, frontier.encode()).root() == roots[size]
        if size < size_max:
            frontier.append(hashes[size])


def test_a_frontier_of_the_wrong_length_is_refused() -> None:
    with pytest.raises(ProofRefused):
        merkle.Frontier.decode(3, bytes(32))


def test_inclusion_of_every_leaf_of_all_sizes(roots: list[bytes]) -> None:
    hashes = [merkle.leaf_hash(leaf) for leaf in leaves(size_max)]
    tried = 0
    for size in range(1, size_max + 1):
        for index in range(size):
            made = merkle.inclusion_proof(node_of(hashes), index, size)
            if size <= 20 or index in (0, size // 2, size - 1):
                assert made == path(index, leaves(size))
            merkle.verify_inclusion(hashes[index], index, size, made, roots[size])
            tried += 1
    assert tried == size_max * (size_max + 1) // 2


def test_consistency_of_all_pairs(roots: list[bytes]) -> None:
    hashes = [merkle.leaf_hash(leaf) for leaf in leaves(size_max)]
    for second in range(1, size_max + 1):
        for first in range(1, second + 1):
            made = merkle.consistency_proof(node_of(hashes), first, second)
            if second <= 20 or first in (1, 2, second // 2, second - 1):
                assert made == proof(first, leaves(second))
            merkle.verify_consistency(first, second, roots[first], roots[second], made)


def test_tampered_proofs_are_refused(roots: list[bytes]) -> None:
    rng, hashes = random.Random(6962), [merkle.leaf_hash(leaf) for leaf in leaves(size_max)]
    tried = 0
    for _ in range(400):
        size = rng.randint(2, size_max)
        index = rng.randrange(size)
        good = merkle.inclusion_proof(node_of(hashes), index, size)
        for at, length, nodes, leaf, root in _damaged_inclusions(rng, index, size, good, hashes):
            tried += 1
            with pytest.raises(ProofRefused):
                merkle.verify_inclusion(leaf, at, length, nodes, root or roots[size])
        first = rng.randrange(1, size)
        good = merkle.consistency_proof(node_of(hashes), first, size)
        for nodes in _damaged(rng, good):
            tried += 1
            with pytest.raises(ProofRefused):
                merkle.verify_consistency(first, size, roots[first], roots[size], nodes)
        other = rng.choice([n for n in range(1, size_max) if n != first])
        with pytest.raises(ProofRefused):
            merkle.verify_consistency(first, size, roots[other], roots[size], good)
        with pytest.raises(ProofRefused):
            merkle.verify_consistency(first, size, roots[first], bytes(32), good)
    assert tried >= 2000


def _damaged(rng: random.Random, good: list[bytes]) -> list[list[bytes]]:
    bad = [[*good, bytes(32)], [bytes(32), *good]]
    if good:
        place = rng.randrange(len(good))
        flipped = bytes([good[place][0] ^ 1]) + good[place][1:]
        bad += [good[:-1], good[1:], [*good[:place], flipped, *good[place + 1 :]]]
    return bad


def _damaged_inclusions(
    rng: random.Random, index: int, size: int, good: list[bytes], hashes: list[bytes]
) -> list[tuple[int, int, list[bytes], bytes, bytes | None]]:
    leaf = hashes[index]
    bad = [(index, size, nodes, leaf, None) for nodes in _damaged(rng, good)]
    wrong = rng.choice([n for n in range(size) if n != index])
    more: list[tuple[int, int, list[bytes], bytes, bytes | None]] = [
        (wrong, size, good, leaf, None),
        (index, size, good, hashes[wrong], None),
        (size, size, good, leaf, None),
        (-1, size, good, leaf, None),
        (index, size, good, leaf, bytes(32)),
    ]
    return bad + more


@pytest.mark.parametrize(("first", "second"), [(0, 5), (6, 5), (-1, 5), (0, 0)])
def test_no_consistency_without_a_first_tree(first: int, second: int) -> None:
    node = node_of([merkle.leaf_hash(leaf) for leaf in leaves(8)])
    with pytest.raises(ProofRefused):
        merkle.consistency_proof(node, first, second)
    with pytest.raises(ProofRefused):
        merkle.verify_consistency(first, second, bytes(32), bytes(32), [])


@pytest.mark.parametrize(("index", "size"), [(5, 5), (-1, 5), (0, 0)])
def test_no_inclusion_outside_the_tree(index: int, size: int) -> None:
    with pytest.raises(ProofRefused):
        merkle.inclusion_proof(node_of([]), index, size)


@pytest.fixture(scope="module")
def large() -> tuple[list[bytes], tiles.TileBuilder]:
    """The 70,000 leaves whose layout other people's tools agree on."""
    hashes = [merkle.leaf_hash(b"%d" % n) for n in range(70_000)]
    builder = tiles.TileBuilder(merkle.Frontier(), lambda _level, _n: b"")
    for leaf in hashes:
        builder.append(leaf)
    return hashes, builder


def test_the_layout_of_70000_entries(large: tuple[list[bytes], tiles.TileBuilder]) -> None:
    _, builder = large
    widths = {key: len(data) // 32 for key, data in builder.touched.items()}
    assert widths == {
        **{(0, n): 256 for n in range(273)},
        (0, 273): 112,
        (1, 0): 256,
        (1, 1): 17,
        (2, 0): 1,
    }
    for (level, n), width in widths.items():
        assert tiles.width_at(level, n, 70_000) == width
    assert tiles.width_at(0, 274, 70_000) == tiles.width_at(3, 0, 70_000) == 0


def test_tiles_hold_the_roots_of_their_subtrees(
    large: tuple[list[bytes], tiles.TileBuilder],
) -> None:
    hashes, builder = large
    rng = random.Random(1)
    for level, n, i in [(1, 0, 0), (1, 0, 255), (1, 1, 16), (2, 0, 0)]:
        span = 256**level
        start = (n * 256 + i) * span
        told = bytes(builder.touched[level, n][i * 32 : i * 32 + 32])
        assert told == merkle.subtree_root(b"".join(hashes[start : start + span]))
    node = tiles.node_reader(lambda level, n: bytes(builder.touched.get((level, n), b"")))
    root = builder.frontier.root()
    assert merkle.tree_root(node, 70_000) == root
    for _ in range(100):
        index, first = rng.randrange(70_000), rng.randrange(1, 70_000)
        made = merkle.inclusion_proof(node, index, 70_000)
        merkle.verify_inclusion(hashes[index], index, 70_000, made, root)
        before = merkle.tree_root(node, first)
        merkle.verify_consistency(
            first, 70_000, before, root, merkle.consistency_proof(node, first, 70_000)
        )


def _reader(stored: dict[tuple[int, int], bytes]) -> tiles.ReadTile:
    return lambda level, n: stored.get((level, n), b"")


def test_tiles_grow_from_what_was_stored() -> None:
    """Batches of any size give the tiles that one run gives."""
    rng = random.Random(2)
    stored: dict[tuple[int, int], bytes] = {}
    frontier = merkle.Frontier()
    hashes = [merkle.leaf_hash(b"%d" % n) for n in range(1500)]
    done = 0
    while done < len(hashes):
        count = rng.choice([1, 3, 100, 256, 300])
        builder = tiles.TileBuilder(frontier.copy(), _reader(stored))
        for leaf in hashes[done : done + count]:
            builder.append(leaf)
        frontier, done = builder.frontier, done + count
        stored.update({key: bytes(data) for key, data in builder.touched.items()})
    whole = tiles.TileBuilder(merkle.Frontier(), lambda _level, _n: b"")
    for leaf in hashes:
        whole.append(leaf)
    assert stored == {key: bytes(data) for key, data in whole.touched.items()}


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("0/000", ("0", 0, 256)),
        ("0/x001/x234/067", ("0", 1_234_067, 256)),
        ("1/x001/000.p/17", ("1", 1000, 17)),
        ("63/999.p/255", ("63", 999, 255)),
        ("entries/273.p/112", ("entries", 273, 112)),
    ],
)
def test_tile_paths(text: str, told: tuple[str, int, int]) -> None:
    assert tiles.parse_path(text) == told
    level, n, width = told
    assert tiles.path(level, n, width % 256) == f"tile/{text}"


@pytest.mark.parametrize(
    "text",
    [
        "", "0", "0/", "0/0", "0/0000", "0/1000", "0/x000/000", "0/x1/000", "0/x001/x000",
        "0/001/000", "0/000.p/0", "0/000.p/256", "0/000.p/01", "0/000.p/", "0/000.p/x", "0/-01",
        "00/000", "٠/000", "0/٠٠٠", "64/000", "-1/000", "x/000", "Entries/000", "0/000/", "/0/000",
        "0/000.p/1.p/1", "0/" + "x999/" * 9 + "999", "0/000?x",
    ],
)  # fmt: skip
def test_other_tile_paths_are_refused(text: str) -> None:
    """`00/000` and Arabic digits used to reach tile 0/000 under a second name."""
    with pytest.raises(TilePathRefused):
        tiles.parse_path(text)


def test_a_proof_reads_its_tiles_at_once_and_few_of_them(
    large: tuple[list[bytes], tiles.TileBuilder],
) -> None:
    _, builder = large
    asked: list[Sequence[tiles.Tile]] = []

    def read(wanted: Sequence[tiles.Tile]) -> dict[tiles.Tile, bytes]:
        asked.append(wanted)
        return {key: bytes(builder.touched[key]) for key in wanted}

    node = tiles.node_reader(lambda level, n: bytes(builder.touched[level, n]))
    rng = random.Random(2)
    for _ in range(50):
        index, first = rng.randrange(70_000), rng.randrange(1, 70_000)
        made = tiles.proved(lambda n, at=index: merkle.inclusion_proof(n, at, 70_000), read)
        assert made == merkle.inclusion_proof(node, index, 70_000)
        assert tiles.extension(read, first, 70_000) == merkle.consistency_proof(node, first, 70_000)
        assert tiles.root(read, first) == merkle.tree_root(node, first)
    assert len(asked) == 150
    assert max(map(len, asked)) <= 6
    assert tiles.extension(read, 0, 70_000) == tiles.extension(read, 5, 5) == []
