"""The heads as the log goes on: which entries touched which names."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from tallystick.ledger.heads.digest import fold, head_key, head_value, no_chain
from tallystick.ledger.state import HeadName
from tallystick.ledger.values import hot_value


@hot_value
class Touch:
    """An entry that touched a name."""

    kind: str
    name: str
    index: int
    leaf_hash: bytes


@hot_value
class Head:
    """A name after the entry `last`: how many entries touched it, and h over them."""

    count: int
    chain: bytes
    last: int

    def value(self) -> bytes:
        """What the map says of the name."""
        return head_value(self.count, self.chain)

    def after(self, touch: Touch) -> Head:
        return Head(self.count + 1, fold((touch.leaf_hash,), self.chain), touch.index)


untouched = Head(0, no_chain, -1)


def folded(before: Mapping[HeadName, Head], touches: Iterable[Touch]) -> dict[HeadName, Head]:
    """The heads that change, as they stand after these touches in the order of their indexes."""
    after: dict[HeadName, Head] = {}
    for touch in touches:
        name = (touch.kind, touch.name)
        head = after.get(name) or before.get(name, untouched)
        after[name] = head.after(touch)
    return after


def values(heads: Mapping[HeadName, Head]) -> dict[bytes, bytes]:
    """Key and value in the map of each name."""
    return {head_key(*name): head.value() for name, head in heads.items()}
