"""The sparse Merkle map of heads: its root is that of formats §3, and it proves what is there and what is not."""

from __future__ import annotations

import random
from collections.abc import Mapping

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tallystick.ledger.heads import (
    HeadProof,
    HeadProofRefused,
    MapProof,
    MemoryPages,
    empty_subtree,
    fold,
    head_key,
    head_value,
    inner_node,
    leaf_node,
    prove,
    root,
    update,
)

hashes = st.binary(min_size=32, max_size=32)
#: Keys that share long beginnings as often as not.
keys = st.one_of(
    hashes,
    st.builds(lambda n, tail: bytes(30) + bytes([n, tail]), st.integers(0, 3), st.integers(0, 255)),
)
maps = st.dictionaries(keys, hashes, max_size=60)


def plain_root(leaves: Mapping[bytes, bytes], depth: int = 0) -> bytes:
    """The definition, word for word."""
    if not leaves:
        return bytes(32)
    if len(leaves) == 1:
        return leaf_node(*next(iter(leaves.items())))
    sides: tuple[dict[bytes, bytes], dict[bytes, bytes]] = ({}, {})
    for key, value in leaves.items():
        sides[key[depth // 8] >> (7 - depth % 8) & 1][key] = value
    return inner_node(plain_root(sides[0], depth + 1), plain_root(sides[1], depth + 1))


def built(*parts: Mapping[bytes, bytes]) -> MemoryPages:
    pages = MemoryPages()
    for part in parts:
        said, changed = update(pages, part)
        pages.pages.update(changed)
        assert said == root(pages)
    return pages


@settings(max_examples=150, deadline=None)
@given(maps, maps)
def test_the_root_is_that_of_the_definition_whatever_the_order(
    first: dict[bytes, bytes], second: dict[bytes, bytes]
) -> None:
    together = {**first, **second}
    pages = built(first, second)
    assert root(pages) == plain_root(together)
    assert built(together).pages == pages.pages
    one_by_one = built(*({key: value} for key, value in sorted(together.items(), reverse=True)))
    assert one_by_one.pages == pages.pages


@settings(max_examples=150, deadline=None)
@given(maps, keys)
def test_every_name_is_proven_present_or_absent(found: dict[bytes, bytes], other: bytes) -> None:
    pages = built(found)
    for key in [*found, other]:
        value, proof = prove(pages, key)
        assert value == found.get(key)
        reached = proof.root_without(key) if value is None else proof.root_with(key, value)
        assert reached == plain_root(found)


def test_a_large_map_is_proven_with_a_short_path() -> None:
    draw = random.Random(7)
    found = {draw.randbytes(32): draw.randbytes(32) for _ in range(5000)}
    pages = built(found)
    assert root(pages) == plain_root(found)
    lengths = []
    for key in [*list(found)[:300], *(draw.randbytes(32) for _ in range(300))]:
        value, proof = prove(pages, key)
        assert value == found.get(key)
        reached = proof.root_without(key) if value is None else proof.root_with(key, value)
        assert reached == root(pages)
        lengths.append(len(proof.path))
    assert max(lengths) < 32


@settings(max_examples=100, deadline=None)
@given(maps.filter(bool), st.data())
def test_nothing_false_is_proven(found: dict[bytes, bytes], data: st.DataObject) -> None:
    pages, true_root = built(found), plain_root(found)
    key = data.draw(st.sampled_from(sorted(found)))
    value, proof = prove(pages, key)
    assert value == found[key]
    other = bytes(byte ^ 1 for byte in found[key])
    assert proof.root_with(key, other) != true_root
    for depth in range(len(proof.path) + 1):
        shorter = MapProof(proof.path[:depth])
        assert shorter.root_without(key) != true_root
    for depth in range(len(proof.path)):
        with pytest.raises(HeadProofRefused):
            MapProof(proof.path[:depth], (key, found[key])).root_without(key)


def test_a_leaf_that_stands_elsewhere_proves_no_absence() -> None:
    here, there, asked = bytes([0x00] * 32), bytes([0x80] * 32), bytes([0x81] * 32)
    pages = built({here: bytes(32), there: bytes(32)})
    _, proof = prove(pages, here)
    with pytest.raises(HeadProofRefused, match="would"):
        MapProof(proof.path, (here, bytes(32))).root_without(asked)


def head_of(pages: MemoryPages, kind: str, name: str, leaves: tuple[bytes, ...]) -> HeadProof:
    return HeadProof(kind, name, leaves, prove(pages, head_key(kind, name))[1])


def test_a_head_says_which_entries_touched_a_name_and_that_no_other_did() -> None:
    leaves = tuple(bytes([n]) * 32 for n in range(1, 4))
    value = head_value(3, fold(leaves))
    filled = {head_key("key", f"{n}:99.1/x"): bytes([n]) * 32 for n in range(1, 40)}
    pages = built({head_key("key", "300:99.1/scanner"): value, **filled})
    head = head_of(pages, "key", "300:99.1/scanner", leaves)
    head.verify(root(pages))
    assert HeadProof.read(head.document()) == head
    for wrong in (leaves[:-1], (leaves[1], leaves[0], leaves[2]), (*leaves, leaves[0]), ()):
        with pytest.raises(HeadProofRefused):
            HeadProof("key", head.name, wrong, head.proof).verify(root(pages))
    absent = head_of(pages, "invoice line", "99.100/O-1#I-1 1", ())
    absent.verify(root(pages))
    assert HeadProof.read(absent.document()) == absent
    with pytest.raises(HeadProofRefused):
        HeadProof("key", absent.name, (), absent.proof).verify(root(pages))


def test_an_empty_map_proves_that_everything_is_absent() -> None:
    head_of(MemoryPages(), "certificate", "any", ()).verify(empty_subtree)


@pytest.mark.parametrize(
    ("document", "said"),
    [
        (None, "a head is"),
        ({"kind": "key", "name": "x", "leaves": []}, "a proof is"),
        ({"kind": "key", "name": "x", "leaves": [], "path": [], "more": 1}, "a proof is"),
        ({"kind": "key", "name": "x", "leaves": ["0"], "path": []}, "64 digits"),
        ({"kind": "key", "name": "x", "leaves": [], "path": ["A" * 64]}, "64 digits"),
        ({"kind": "key", "name": "x", "leaves": [], "path": ["0" * 64] * 257}, "at most 256"),
        ({"kind": "k\x00", "name": "x", "leaves": [], "path": []}, "U\\+0000"),
        (
            {"kind": "key", "name": "x", "leaves": [], "path": [], "other": {"key": ""}},
            "other leaf",
        ),
    ],
)
def test_a_malformed_head_is_refused_by_name(document: object, said: str) -> None:
    with pytest.raises(HeadProofRefused, match=said):
        HeadProof.read(document)
