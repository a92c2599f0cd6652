"""The audit of anchors: each is of a checkpoint that is there, and says where it stands in its form.

Whether the chain holds it is for who asks the chain (`tallystick audit --rpc`).
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any, get_args

from tallystick.ledger.anchor import AnchorClaimRefused, Claim, Place
from tallystick.ledger.replay import NotSound
from tallystick.ledger.store import AnchorRow, Transaction
from tallystick.ledger.store.anchors import AnchorStatus

_placed = ("mined", "confirmed")
_hash_bytes = 32


def claim_of(row: AnchorRow) -> Claim:
    """What an anchor that is in a block claims."""
    place = Place(
        row.chain, row.contract, row.transaction, row.block, row.block_hash, row.block_time
    )
    return Claim(place, row.note, row.quorum)


def check_anchors(transaction: Transaction, notes: Mapping[int, str]) -> int:
    """How many are confirmed; `notes` by size. Raises `NotSound`."""
    return sum(_check(row, notes) for row in transaction.rows("anchor"))


def _check(row: tuple[Any, ...], notes: Mapping[int, str]) -> bool:
    found = AnchorRow(*row)
    what = f"anchor of size {found.size} in {found.contract} on chain {found.chain}"
    if found.size not in notes:
        raise NotSound(what, "a checkpoint of this size", "none")
    told = hashlib.sha256(notes[found.size].encode()).digest()
    if found.note != told:
        raise NotSound(f"{what}, hash of the note", told, found.note)
    if found.status not in get_args(AnchorStatus):
        raise NotSound(f"{what}, status", ", ".join(get_args(AnchorStatus)), found.status)
    if not isinstance(found.quorum, bytes) or len(found.quorum) != _hash_bytes:
        raise NotSound(f"{what}, hash of the certificate", "32 bytes", found.quorum)
    if found.status in _placed:
        try:
            Claim.parse(claim_of(found).encode())
        except (AnchorClaimRefused, AttributeError, TypeError, ValueError) as error:
            raise NotSound(what, "a place on the chain", str(error)) from None
    return found.status == "confirmed"
