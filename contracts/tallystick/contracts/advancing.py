"""One step on the way of a checkpoint to the chain; called again until the anchor has its confirmations."""

from __future__ import annotations

from collections.abc import Callable

from tallystick.contracts.errors import AnchorFork, AnchorGone, ChainAhead
from tallystick.contracts.publishing import Publisher, replace_after_ms
from tallystick.contracts.values import Held, Seen, Sent
from tallystick.ledger import anchor

#: Root of the log's tree over its first so many entries, or None if it never had so many.
RootAt = Callable[[int], bytes | None]


def require_own(held: Held, root_at: RootAt) -> None:
    """What the chain holds of this log is of this history. Raises `AnchorFork` or `ChainAhead`."""
    if held.size == 0:
        return
    root = root_at(held.size)
    if root is None:
        raise ChainAhead(f"the chain holds {held.size} entries")
    if root != held.root:
        here, there = root.hex(), held.root.hex()
        raise AnchorFork(f"size {held.size}: root {here} here, root {there} on the chain")


def advance(
    publisher: Publisher,
    commitment: anchor.Commitment,
    sent: Sent | None,
    keep: Callable[[Sent], None],
    root_at: RootAt,
    now_ms: int,
) -> Seen | None:
    """Where the anchor stands by now; None while its transaction is in no block.

    `sent` is what was kept the last time; `keep` is called before anything new is sent. Raises what of
    `AnchorFailed` happens, and then nothing was sent that is not kept. A transaction that the chain took and
    refused is not signed again by itself: each would cost gas.
    """
    chain = publisher.chain
    chain.require_ours()
    require_own(chain.held(commitment.origin), root_at)
    event = chain.find(commitment)
    if event is not None:
        try:
            return chain.seen(event)
        except AnchorGone:
            return None  # a block was replaced while we looked; the next step sees which
    publisher.require_publisher()
    used = sent is not None and publisher.nonce_used(sent)
    if sent is not None and used:
        chain.require_not_reverted(sent.transaction)
    if sent is None or used or now_ms - sent.at_ms >= replace_after_ms:
        sent = publisher.sign(commitment, now_ms, sent)
        keep(sent)
    publisher.send(sent)
    return None
