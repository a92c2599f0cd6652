"""The state of a replay over its scratch file: what was used lately is in memory, the rest on disk."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import islice

import orjson

from tallystick.ledger import canonical
from tallystick.ledger.canonical import Document
from tallystick.ledger.state import Change, in_order, names_over
from tallystick.ledger.store.scratch import Scratch

groups_max = 40_000
#: Bits of the filter of names: 16 MiB, in which one of a hundred absent names of a million seems to be there.
filter_bits = 27

GroupKey = tuple[str, str]


class ScratchState:
    """Groups of documents; changes are in the file once `flush` wrote them."""

    def __init__(self, scratch: Scratch) -> None:
        self._scratch = scratch
        self._groups: dict[GroupKey, dict[str, Document]] = {}
        self._changed: dict[GroupKey, dict[str, Document | None]] = {}
        self._written = _Filter()
        for kind, name in scratch.group_names():
            self._written.add((kind, name))

    def get(self, kind: str, name: str, part: str = "") -> Document | None:
        group = self._groups.get((kind, name))
        return (self._load((kind, name)) if group is None else group).get(part)

    def group(self, kind: str, name: str) -> Mapping[str, Document]:
        key = (kind, name)
        group = self._groups.get(key)
        if group is None:
            group = self._load(key)
        if len(group) < 2:
            return group
        self._groups[key] = ordered = in_order(group)
        return ordered

    def names(self, kind: str, *, after: str = "", limit: int = 100) -> Sequence[str]:
        touched = [name for which, name in self._changed if which == kind]
        return names_over(self, self._scratch.names, kind, touched, after, limit)

    def apply(self, changes: Iterable[Change]) -> None:
        """Take in the effects of one entry."""
        for change in changes:
            key = (change.kind, change.name)
            self._changed.setdefault(key, {})[change.part] = change.value
            group = self._groups.get(key)
            if group is None:
                continue
            if change.value is None:
                group.pop(change.part, None)
            else:
                group[change.part] = change.value

    def flush(self) -> None:
        """Write what changed, and forget what was used first if it is too much."""
        put: list[tuple[str, str, str, str]] = []
        drop: list[tuple[str, str, str]] = []
        for key in self._changed:
            self._written.add(key)
        for (kind, name), parts in self._changed.items():
            for part, value in parts.items():
                if value is None:
                    drop.append((kind, name, part))
                else:
                    put.append((kind, name, part, canonical.encode(value).decode()))
        self._scratch.put("document", put)
        self._scratch.drop_documents(drop)
        self._changed.clear()
        if len(self._groups) > groups_max:
            for key in list(islice(self._groups, len(self._groups) - groups_max // 2)):
                del self._groups[key]

    def _load(self, key: GroupKey) -> dict[str, Document]:
        group: dict[str, Document] = {}
        if self._written.may_hold(key):
            for part, value in self._scratch.group(*key):
                group[part] = orjson.loads(value)
        for part, value in self._changed.get(key, {}).items():
            if value is None:
                group.pop(part, None)
            else:
                group[part] = value
        self._groups[key] = group
        return group


class _Filter:
    """Names that were written, and some others (Bloom's filter): most that rules ask for are new."""

    def __init__(self) -> None:
        self._bytes = bytearray(1 << filter_bits - 3)

    def add(self, key: GroupKey) -> None:
        bits = hash(key)
        for bit in (bits & _bit_mask, bits >> filter_bits & _bit_mask):
            self._bytes[bit >> 3] |= 1 << (bit & 7)

    def may_hold(self, key: GroupKey) -> bool:
        bits = hash(key)
        bit = bits & _bit_mask
        if not self._bytes[bit >> 3] >> (bit & 7) & 1:
            return False
        bit = bits >> filter_bits & _bit_mask
        return bool(self._bytes[bit >> 3] >> (bit & 7) & 1)


_bit_mask = (1 << filter_bits) - 1
