"""Whether a claim of an anchor holds on the chain, as far as the servers that are asked tell the truth."""

from __future__ import annotations

from collections.abc import Sequence

from tallystick.contracts.chain import Chain, agreed
from tallystick.contracts.errors import AnchorDiffers, AnchorFork
from tallystick.contracts.values import Seen
from tallystick.ledger import anchor


def check_claim(
    chains: Sequence[Chain], commitment: anchor.Commitment, claim: anchor.Claim
) -> Seen:
    """The place that every server shows. Raises `AnchorDiffers`, `AnchorGone`, `RpcsDiffer` and the like."""
    claim.require_of(commitment)
    for chain in chains:
        chain.require_ours()
    found = agreed(chains, lambda chain: chain.look(commitment, claim.place.transaction))
    if found.place != claim.place:
        raise AnchorDiffers(
            f"claimed is block {claim.place.block} ({claim.place.block_hash.hex()}, {claim.place.time}), "
            f"there is {found.place.block} ({found.place.block_hash.hex()}, {found.place.time})"
        )
    if found.quorum != claim.quorum:
        raise AnchorDiffers("the quorum certificate is another one")
    for chain in chains:
        held = chain.held(commitment.origin)
        if held.size < commitment.size:
            raise AnchorDiffers(f"the contract holds {held.size} entries only")
        if held.size == commitment.size and held.root != commitment.root:
            raise AnchorFork(f"size {held.size}: the contract holds the root {held.root.hex()}")
    return found
