"""Reading a head with its proof under a checkpoint, from what the store keeps."""

from __future__ import annotations

import orjson

from tallystick.ledger.errors import NoLog
from tallystick.ledger.heads import (
    HeadAt,
    HeadProof,
    HeadProofRefused,
    HeadsUnknown,
    head_key,
    prove,
)
from tallystick.ledger.store.errors import ValueUnusable
from tallystick.ledger.store.transaction import Transaction


def head_at(transaction: Transaction, kind: str, name: str, size: int | None = None) -> HeadAt:
    """A name under the checkpoint of this size, by default the newest.

    Raises `HeadsUnknown` where there is no such checkpoint, or its map is no longer kept, and `ValueUnusable`
    for what no name can hold.
    """
    if "\x00" in kind or "\x00" in name:
        raise ValueUnusable("a name does not hold the character U+0000")
    checkpoint = transaction.checkpoint(size)
    if checkpoint is None:
        raise HeadsUnknown(f"no checkpoint of size {size}" if size else "no checkpoint yet")
    block = checkpoint[0] - 1
    root = _stated(transaction, block)
    indexes = transaction.heads.touches(kind, name, block)
    rows = transaction.entries_at(indexes)
    _, proof = prove(transaction.heads.at(block), head_key(kind, name))
    found = HeadAt(
        block, root, tuple(indexes), HeadProof(kind, name, tuple(r.leaf_hash for r in rows), proof)
    )
    try:
        found.proof.verify(root)
    except HeadProofRefused:
        raise HeadsUnknown(f"the map under the checkpoint of size {block + 1}") from None
    return found


def _stated(transaction: Transaction, block: int) -> bytes:
    """The root of the map that a block states."""
    body = transaction.body(block)
    if body is None:
        raise NoLog(f"no block at index {block}")
    return bytes.fromhex(orjson.loads(body.data)["heads"])
