"""The map of what is complete and current: a sparse Merkle map whose root every block states (formats §3)."""

from tallystick.ledger.heads.digest import (
    empty_subtree,
    fold,
    head_key,
    head_value,
    inner_node,
    leaf_node,
    no_chain,
)
from tallystick.ledger.heads.errors import HeadNameRefused, HeadProofRefused, HeadsUnknown
from tallystick.ledger.heads.named import names, require_name
from tallystick.ledger.heads.pages import MemoryPages, Pages, change, prove, root, update
from tallystick.ledger.heads.proof import HeadProof, MapProof
from tallystick.ledger.heads.reading import HeadAt, public_kinds
from tallystick.ledger.heads.running import Head, Touch, folded, values

__all__ = [
    "Head",
    "HeadAt",
    "HeadNameRefused",
    "HeadProof",
    "HeadProofRefused",
    "HeadsUnknown",
    "MapProof",
    "MemoryPages",
    "Pages",
    "Touch",
    "change",
    "empty_subtree",
    "fold",
    "folded",
    "head_key",
    "head_value",
    "inner_node",
    "leaf_node",
    "names",
    "no_chain",
    "prove",
    "public_kinds",
    "require_name",
    "root",
    "update",
    "values",
]
