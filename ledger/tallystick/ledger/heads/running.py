"""The heads as the log goes on: which entries touched which names, and the map at each block."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from tallystick.ledger.heads.digest import fold, head_key, head_value, no_chain
from tallystick.ledger.heads.pages import MemoryPages, update
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


class RunningHeads:
    """All heads in memory: for replay and the audit."""

    def __init__(self) -> None:
        self.heads: dict[HeadName, Head] = {}
        self.touches: list[Touch] = []
        self._pages = MemoryPages()
        self._root = bytes(32)

    def take(self, touches: list[Touch]) -> bytes:
        """The root of the map after these touches, which are those since the last block."""
        if touches:
            changed = folded(self.heads, touches)
            self.heads.update(changed)
            self.touches += touches
            self._root, pages = update(self._pages, values(changed))
            self._pages.pages.update(pages)
        return self._root

    def pages(self) -> Iterator[tuple[str, bytes]]:
        """Every page of the map as of the last block, by prefix."""
        yield from sorted(self._pages.pages.items())

    def head_rows(self, pending: Iterable[Touch]) -> Iterator[tuple[str, str, int, bytes, int]]:
        """(kind, name, count, chain, last) of every name, with the touches since the last block."""
        heads = {**self.heads, **folded(self.heads, pending)}
        for (kind, name), head in sorted(heads.items()):
            yield kind, name, head.count, head.chain, head.last

    def touch_rows(self, pending: Iterable[Touch]) -> list[tuple[str, str, int]]:
        """(kind, name, index) of every touch, likewise."""
        return sorted((t.kind, t.name, t.index) for t in (*self.touches, *pending))
