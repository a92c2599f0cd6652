"""The hashes of the map of what is complete and current (formats §3, `heads`).

Key = SHA-256(kind ‖ 0x00 ‖ name). Value = SHA-256(RFC 8785 of [count, hex h_count]) with
h_k = SHA-256(h_{k−1} ‖ leaf hash of the k-th entry that touched the name), h_0 = 32 zero bytes. Empty
subtree = 32 zero bytes; one leaf = SHA-256(0x02 ‖ key ‖ value); else SHA-256(0x03 ‖ left ‖ right). Bits of
a key are read from the most significant one on, 0 to the left.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from hashlib import sha256

key_bits = 256
keys_remembered = 32_768
empty_subtree = bytes(32)
no_chain = bytes(32)


@lru_cache(maxsize=keys_remembered)
def head_key(kind: str, name: str) -> bytes:
    """Where a name of a kind stands in the map; neither holds U+0000."""
    return sha256(f"{kind}\x00{name}".encode()).digest()


def fold(leaf_hashes: Iterable[bytes], chain: bytes = no_chain) -> bytes:
    """h after these leaf hashes, in the order of their indexes."""
    for leaf_hash in leaf_hashes:
        chain = sha256(chain + leaf_hash).digest()
    return chain


def head_value(count: int, chain: bytes) -> bytes:
    """What the map says of a name that `count` entries touched."""
    return sha256(b'[%d,"%b"]' % (count, chain.hex().encode())).digest()


def leaf_node(key: bytes, value: bytes) -> bytes:
    """The hash of a subtree that holds one name."""
    return sha256(b"\x02" + key + value).digest()


def inner_node(left: bytes, right: bytes) -> bytes:
    """The hash of a subtree that holds several names."""
    return sha256(b"\x03" + left + right).digest()


def bit(key: bytes, depth: int) -> int:
    """Which way the key goes at a depth: 0 left, 1 right."""
    return key[depth >> 3] >> (7 - (depth & 7)) & 1
