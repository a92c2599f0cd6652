"""What the log says of a name under one of its checkpoints."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tallystick.ledger.heads.proof import HeadProof

#: Kinds of names that anybody may ask for: what they name is public, or named by a salted digest that nobody guesses.
public_kinds = frozenset({"key", "handle", "organisation", "governance", "credential"})


@dataclass(frozen=True, slots=True)
class HeadAt:
    """A name as of the block at index `block`, the last leaf under the checkpoint of size block + 1.

    `indexes`: of the entries that touched it, in order, as many as `proof` has leaf hashes.
    """

    block: int
    root: bytes
    indexes: tuple[int, ...]
    proof: HeadProof

    @property
    def present(self) -> bool:
        return bool(self.indexes)

    def told(self) -> dict[str, Any]:
        """As JSON: {block, heads, indexes, proof}."""
        return {
            "block": self.block,
            "heads": self.root.hex(),
            "indexes": list(self.indexes),
            "proof": self.proof.document(),
        }
