"""The map of heads while a batch is laid down: nothing is written before the batch is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from tallystick.ledger.heads import Head, Touch, change, folded, values
from tallystick.ledger.state import HeadName
from tallystick.ledger.store.transaction import Transaction

#: How far back the map is kept for a log whose checkpoints do not become final.
kept_entries_max = 1_000_000


class UnwrittenHeads:
    """Heads that a batch changes, over those in the database. As `Pages`, the map as of the last block.

    `unsealed`: the heads that entries since the last block touched, as far as the writer remembers them;
    None where it does not, and all heads are looked through for them.
    """

    def __init__(
        self, transaction: Transaction, unsealed: Mapping[HeadName, Head] | None = None
    ) -> None:
        self._transaction = transaction
        self.unsealed = None if unsealed is None else dict(unsealed)
        self._stored = transaction.heads
        self._heads: dict[HeadName, Head] = {}
        self._touches: list[Touch] = []
        self._pages: dict[str, bytes] = {}
        self._past: list[tuple[int, str, bytes]] = []

    def take(self, touches: Sequence[Touch]) -> None:
        """Count what entries touched, in the order of their indexes."""
        unread = {(touch.kind, touch.name) for touch in touches} - self._heads.keys()
        known = {**self._stored.known(unread), **self._heads} if touches else {}
        changed = folded(known, touches)
        self._heads.update(changed)
        self._touches += touches
        if self.unsealed is not None:
            self.unsealed.update(changed)

    def seal(self, size: int, since: int) -> bytes:
        """The root that the block of this size states, with what was touched from index `since` on."""
        changed = self.unsealed
        if changed is None:
            changed = self._stored.changed_since(since)
            changed.update({n: head for n, head in self._heads.items() if head.last >= since})
        root, pages, before = change(self, values(changed))
        # A page that is new was not there before, which is written as no bytes.
        self._past += [(size, prefix, before.get(prefix, b"")) for prefix in pages]
        self._pages.update(pages)
        self.unsealed = {}
        return root

    def load(self, prefixes: Iterable[str]) -> Mapping[str, bytes]:
        wanted = list(prefixes)
        stored = self._stored.load([p for p in wanted if p not in self._pages])
        return {**stored, **{p: self._pages[p] for p in wanted if p in self._pages}}

    def flush(self) -> None:
        """Write heads, touches and pages; pages that nobody can ask for any more are dropped."""
        if self._touches:
            self._stored.put(self._heads, self._touches)
        if self._pages:
            self._stored.replace(self._pages, self._past, self._oldest_asked())

    def _oldest_asked(self) -> int:
        """The smallest size of a block under which heads are still proven: the newest final one's, if any.

        Or the newest anchored one's, so that a bundle under it can still be made.
        """
        newest = self._transaction.checkpoint()
        shown = self._transaction.cosignatures.newest_final() or (newest[0] if newest else 0)
        shown = min(shown, self._transaction.anchors.asked_size() or shown)
        tree = self._transaction.tree()
        return max(shown - 1, (tree.size if tree else 0) - kept_entries_max)
