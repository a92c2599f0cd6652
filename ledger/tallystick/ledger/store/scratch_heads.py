"""The map of heads of a replay over its scratch file."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import islice
from typing import Any

from tallystick.ledger.heads import Head, Touch, folded, values
from tallystick.ledger.heads.pages import root, update
from tallystick.ledger.state import HeadName
from tallystick.ledger.store.scratch import Scratch

heads_max = 60_000
pages_max = 30_000


class ScratchHeads:
    """Heads after every touch taken in; pages of the map as of the last `seal`."""

    def __init__(self, scratch: Scratch) -> None:
        self._scratch = scratch
        self._pages = _CachedPages(scratch)
        self._heads: dict[HeadName, Head] = {}
        self._changed: dict[HeadName, Head] = {}
        self._touches: list[tuple[str, str, int]] = []
        #: Touched since the last block, and so not in the map yet.
        self._open: set[HeadName] = {(kind, name) for kind, name in scratch.rows("head_open")}
        self._root = root(self._pages)

    def take(self, touches: list[Touch]) -> None:
        """Fold these touches in, which are those since the last call."""
        names = {(touch.kind, touch.name) for touch in touches}
        unread = [name for name in names if name not in self._heads and name not in self._changed]
        for kind, name, count, chain, last in self._scratch.heads(unread):
            self._heads[kind, name] = Head(count, bytes(chain), last)
        before = {name: head for name in names if (head := self._head(name)) is not None}
        self._changed.update(folded(before, touches))
        self._touches += [(touch.kind, touch.name, touch.index) for touch in touches]
        self._open |= names

    def seal(self) -> bytes:
        """The root of the map, as a block states it."""
        if self._open:
            unread = [name for name in self._open if self._head(name) is None]
            for kind, name, count, chain, last in self._scratch.heads(unread):
                self._heads[kind, name] = Head(count, bytes(chain), last)
            touched = {name: self._known(name) for name in self._open}
            self._root, pages = update(self._pages, values(touched))
            self._pages.change(pages)
            self._open.clear()
        return self._root

    def flush(self) -> None:
        self._scratch.put(
            "head", [(*name, h.count, h.chain, h.last) for name, h in self._changed.items()]
        )
        self._heads.update(self._changed)
        self._changed.clear()
        self._scratch.put("head_touch", self._touches)
        self._touches = []
        self._scratch.clear("head_open")
        self._scratch.put("head_open", sorted(self._open))
        self._pages.flush()
        _forget(self._heads, heads_max)

    def _head(self, name: HeadName) -> Head | None:
        return self._changed.get(name) or self._heads.get(name)

    def _known(self, name: HeadName) -> Head:
        return self._changed.get(name) or self._heads[name]


class _CachedPages:
    """Pages of the file, those used lately in memory."""

    def __init__(self, scratch: Scratch) -> None:
        self._scratch = scratch
        self._pages: dict[str, bytes] = {}
        self._changed: dict[str, bytes] = {}

    def load(self, prefixes: Iterable[str]) -> Mapping[str, bytes]:
        found: dict[str, bytes] = {}
        unread: list[str] = []
        for prefix in prefixes:
            page = self._changed.get(prefix) or self._pages.get(prefix)
            if page is None:
                unread.append(prefix)
            else:
                found[prefix] = page
        for prefix, data in self._scratch.pages(unread):
            self._pages[prefix] = found[prefix] = bytes(data)
        return found

    def change(self, pages: Mapping[str, bytes]) -> None:
        self._changed.update(pages)

    def flush(self) -> None:
        self._scratch.put("head_page", list(self._changed.items()))
        self._pages.update(self._changed)
        self._changed.clear()
        _forget(self._pages, pages_max)


def _forget(cache: dict[Any, Any], most: int) -> None:
    """Drop what came first when there is too much."""
    if len(cache) > most:
        for key in list(islice(cache, len(cache) - most // 2)):
            del cache[key]
