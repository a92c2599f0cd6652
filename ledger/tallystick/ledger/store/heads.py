"""The map of heads in the database: names, the entries that touched them, and pages now and in the past."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

from sqlalchemy import Connection, bindparam, delete, func, select

from tallystick.ledger.heads import Head, Touch
from tallystick.ledger.state import HeadName
from tallystick.ledger.store import bulk, tables

_until = tables.head_past.c.until
_next_block = select(func.min(_until)).where(_until > bindparam("after"))


class Heads:
    """Part of a transaction. As `Pages`, it holds the map as of the last block."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def known(self, names: Collection[HeadName]) -> dict[HeadName, Head]:
        """The heads of those of these names that were touched before."""
        found = bulk.matching(self._connection, tables.head, ["kind", "name"], list(names))
        return {(r[0], r[1]): Head(r[2], bytes(r[3]), r[4]) for r in found}

    def changed_since(self, index: int) -> dict[HeadName, Head]:
        """The heads that an entry at this index or later touched."""
        h = tables.head.c
        rows = self._connection.execute(select(tables.head).where(h.last >= index))
        return {(r[0], r[1]): Head(r[2], bytes(r[3]), r[4]) for r in rows}

    def put(self, heads: Mapping[HeadName, Head], touches: Sequence[Touch]) -> None:
        """Write heads as they stand after these touches."""
        rows = [(*name, head.count, head.chain, head.last) for name, head in heads.items()]
        bulk.insert(self._connection, tables.head, rows, upsert=True)
        bulk.insert(
            self._connection, tables.head_touch, [(t.kind, t.name, t.index) for t in touches]
        )

    def touches(self, kind: str, name: str, before: int) -> list[int]:
        """Indexes below `before` of the entries that touched a name, in order."""
        t = tables.head_touch.c
        query = select(t.idx).where(t.kind == kind, t.name == name, t.idx < before)
        return list(self._connection.scalars(query.order_by(t.idx)))

    def load(self, prefixes: Iterable[str]) -> Mapping[str, bytes]:
        keys = [(prefix,) for prefix in prefixes]
        found = bulk.matching(self._connection, tables.head_page, ["prefix"], keys)
        return {prefix: bytes(data) for prefix, data in found}

    def replace(
        self, pages: Mapping[str, bytes], past: Sequence[tuple[int, str, bytes]], keep: int
    ) -> None:
        """Lay down pages as they are now, and (size of the block that changed it, prefix, page) before.

        Pages of the past are kept for proofs under blocks of the size `keep` and larger.
        """
        bulk.insert(self._connection, tables.head_past, sorted(past))
        bulk.insert(self._connection, tables.head_page, sorted(pages.items()), upsert=True)
        self._connection.execute(delete(tables.head_past).where(_until <= keep))

    def at(self, size: int) -> PastPages:
        """The map under the block of this size."""
        return PastPages(self._connection, self, size)


class PastPages:
    """The map as it stood under a block, as far as its pages are kept."""

    def __init__(self, connection: Connection, now: Heads, size: int) -> None:
        self._connection = connection
        self._now = now
        self._blocks: list[int] = []
        while (later := connection.scalar(_next_block, {"after": size})) is not None:
            self._blocks.append(later)
            size = later

    def load(self, prefixes: Iterable[str]) -> Mapping[str, bytes]:
        """Each page as it was before the first change since; where there is none, as it is now."""
        wanted = list(prefixes)
        keys = [(until, prefix) for until in self._blocks for prefix in wanted]
        past: dict[str, bytes] = {}
        found = bulk.matching(self._connection, tables.head_past, ["until", "prefix"], keys)
        for _, prefix, data in sorted(found):
            past.setdefault(prefix, bytes(data))
        now = self._now.load([prefix for prefix in wanted if prefix not in past])
        return {prefix: data for prefix, data in {**now, **past}.items() if data}
