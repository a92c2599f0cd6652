"""The state in the database, as rules read and change it and as readers search it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import islice

import orjson
from sqlalchemy import bindparam, func, select, tuple_

from tallystick.ledger import canonical
from tallystick.ledger.canonical import Document
from tallystick.ledger.errors import InvariantError
from tallystick.ledger.rules import RuleSet
from tallystick.ledger.state import Change, Found, in_order, names_over
from tallystick.ledger.store import tables
from tallystick.ledger.store.ahead import ReadAhead
from tallystick.ledger.store.document_names import DocumentNames
from tallystick.ledger.store.transaction import Transaction

cache_groups_max = 200_000
find_limit_max = 1000

_d = tables.document.c
# Made once: making a statement takes longer than running it.
_all = (
    select(_d.part, _d.value)
    .where(_d.kind == bindparam("kind"), _d.name == bindparam("name"))
    .order_by(_d.part)
)
_look = tables.lookup.c
_keys = (
    select(_look.key, _look.name, _look.part)
    .where(
        _look.index_name == bindparam("i"),
        _look.key >= bindparam("k"),
        _look.key < bindparam("e"),
        tuple_(_look.key, _look.name, _look.part)
        > tuple_(bindparam("k"), bindparam("n"), bindparam("p")),
    )
    .order_by(_look.key, _look.name, _look.part)
    .limit(bindparam("l"))
)
Group = dict[str, Document]
_any_document: Document = {}
GroupKey = tuple[str, str]
#: Kind, name and part.
DocumentKey = tuple[str, str, str]


class StateCache:
    """Groups as of the last commit, kept by the single writer between batches."""

    def __init__(self) -> None:
        self.groups: dict[GroupKey, Group] = {}

    def take(self, changed: Mapping[GroupKey, Group]) -> None:
        """After a commit; drops the groups that came first when there are too many."""
        self.groups.update(changed)
        if len(self.groups) > cache_groups_max:
            for key in list(islice(self.groups, len(self.groups) - cache_groups_max // 2)):
                del self.groups[key]

    def clear(self) -> None:
        self.groups.clear()


class StoredState:
    """The state inside one write transaction; changes are written by `flush`."""

    def __init__(self, transaction: Transaction, rules: RuleSet, cache: StateCache) -> None:
        self._transaction = transaction
        self._rules = rules
        self._cache = cache
        self._changed: dict[GroupKey, Group] = {}
        self._unread: dict[GroupKey, dict[str, Document | None]] = {}
        self._documents: dict[tuple[str, str, str], Document | None] = {}
        self._lookups: dict[tuple[str, str, str, str], bool] = {}
        connection = transaction.connection
        self._names = DocumentNames(connection)
        mark = self._mark = "?" if connection.dialect.name == "sqlite" else "%s"
        self._load_sql = f"SELECT part, value FROM document WHERE kind = {mark} AND name = {mark}"
        self._cursor = connection.connection.cursor()
        self._cached = cache.groups

    def get(self, kind: str, name: str, part: str = "") -> Document | None:
        key = (kind, name)
        group = self._changed.get(key)
        if group is None:
            group = self._cached.get(key)
        return (self._group(key) if group is None else group).get(part)

    def group(self, kind: str, name: str) -> Mapping[str, Document]:
        key = (kind, name)
        group = self._group(key)
        if len(group) < 2:
            return group
        ordered = in_order(group)
        if ordered is not group:
            (self._changed if key in self._changed else self._cached)[key] = ordered
        return ordered

    def names(self, kind: str, *, after: str = "", limit: int = 100) -> Sequence[str]:
        touched = {name for which, name, _ in self._documents if which == kind}
        return names_over(self, self._names.behind, kind, touched, after, limit)

    def prefetch(self, keys: Iterable[GroupKey]) -> None:
        """Load groups that rules are going to read: many small queries cost more than one."""
        missing = [k for k in set(keys) if k not in self._cache.groups and k not in self._changed]
        # PostgreSQL text holds no U+0000; no document is named with one.
        missing = [k for k in missing if k not in self._unread and "\x00" not in k[1]]
        groups: dict[GroupKey, Group] = {key: {} for key in missing}
        for kind, name, part, value in self._transaction.documents(missing):
            groups[kind, name][part] = orjson.loads(value)
        self._cache.groups.update(groups)

    def apply(self, changes: Iterable[Change]) -> None:
        """Lay the effects of an accepted entry over the state."""
        for change in changes:
            key = (change.kind, change.name)
            kind = self._rules.kinds[change.kind]
            if kind.indexes:
                before = _any_document if kind.by_name else self._before(key, change.part)
                for index, keys in kind.indexes.items():
                    if before is not None:
                        for found in keys(change.name, change.part, before):
                            self._lookups[index, found, change.name, change.part] = False
                    if change.value is not None:
                        for found in keys(change.name, change.part, change.value):
                            self._lookups[index, found, change.name, change.part] = True
            self._documents[change.kind, change.name, change.part] = change.value
            self._lay(key, change.part, change.value)

    def flush(self) -> None:
        """Write all changes to the projection tables."""
        t = self._transaction
        put = [
            (*key, canonical.encode(value).decode())
            for key, value in self._documents.items()
            if value is not None
        ]
        t.put_documents(put)
        t.drop_documents([key for key, value in self._documents.items() if value is None])
        t.drop_lookups([row for row, present in self._lookups.items() if not present])
        t.put_lookups([row for row, present in self._lookups.items() if present])

    def committed(self) -> None:
        """Call after the commit: the cache now shows this state."""
        self._cache.take(self._changed)
        for key in self._unread:
            self._cache.groups.pop(key, None)

    def _lay(self, key: GroupKey, part: str, value: Document | None) -> None:
        group = self._changed.get(key)
        if group is None:
            cached = self._cache.groups.get(key)
            if cached is None:
                self._unread.setdefault(key, {})[part] = value
                return
            group = self._changed[key] = dict(cached)
        if value is None:
            group.pop(part, None)
        else:
            group[part] = value

    def _before(self, key: GroupKey, part: str) -> Document | None:
        """One document as it stands, without loading a group that may be long."""
        if key in self._changed or key in self._cache.groups:
            return self._group(key).get(part)
        unread = self._unread.get(key)
        if unread is not None and part in unread:
            return unread[part]
        self._cursor.execute(f"{self._load_sql} AND part = {self._mark}", (*key, part))
        row = self._cursor.fetchone()
        return None if row is None else orjson.loads(row[1])

    def _group(self, key: GroupKey) -> Group:
        group = self._changed.get(key)
        if group is None:
            group = self._cache.groups.get(key)
        if group is None:
            group = self._load(key)
            unread = self._unread.pop(key, None)
            if unread is None:
                self._cache.groups[key] = group
            else:
                group = self._changed[key] = {
                    part: value for part, value in {**group, **unread}.items() if value is not None
                }
        return group

    def _load(self, key: GroupKey) -> Group:
        if "\x00" in key[1]:
            return {}
        # The driver's own cursor: rules load many small groups, and this is the hot path.
        self._cursor.execute(self._load_sql, key)
        return {part: orjson.loads(value) for part, value in self._cursor.fetchall()}


class StoredView:
    """The state as readers search it, in one snapshot."""

    def __init__(self, transaction: Transaction, rules: RuleSet) -> None:
        self._connection = connection = transaction.connection
        self._names = DocumentNames(connection)
        self._documents: dict[DocumentKey, Document | None] = {}
        #: As they are stored: read ahead, taken once.
        self._ahead: dict[DocumentKey, str | None] = {}
        self._ahead_of = ReadAhead(connection)
        mark = "?" if connection.dialect.name == "sqlite" else "%s"
        self._get_sql = (
            f"SELECT value FROM document WHERE kind = {mark} AND name = {mark} AND part = {mark}"
        )
        # The driver's own cursor: resolving a handle is little else than this.
        self._cursor = connection.connection.cursor()
        self._kinds = rules.kinds

    def get(self, kind: str, name: str, part: str = "") -> Document | None:
        """Remembered for the snapshot: pages ask for the same few documents again and again."""
        key = (kind, name, part)
        if key in self._ahead:
            # Not remembered as well: what thousands ask for once would only be a load for the collector of garbage.
            stored = self._ahead.pop(key)
            return None if stored is None else orjson.loads(stored)
        try:
            return self._documents[key]
        except KeyError:
            # PostgreSQL text holds no U+0000; no document is named with one.
            unknown = "\x00" in name or "\x00" in part
            found = self._documents[key] = None if unknown else self._load(key)
            return found

    def expect(self, wanted: Mapping[str, Sequence[str]]) -> None:
        """Read documents ahead, by kind and names (none with U+0000), those with the empty part: each will be asked
        for, once.
        """
        self._ahead = {}
        for kind, names in wanted.items():
            stored = self._ahead_of.stored(kind, names)
            self._ahead.update({(kind, name, ""): stored.get(name) for name in names})

    def _load(self, key: DocumentKey) -> Document | None:
        self._cursor.execute(self._get_sql, key)
        rows = self._cursor.fetchall()
        return orjson.loads(rows[0][0]) if rows else None

    def group(self, kind: str, name: str) -> Mapping[str, Document]:
        rows = self._connection.execute(_all, {"kind": kind, "name": name})
        return {row.part: orjson.loads(row.value) for row in rows}

    def find(
        self, index: str, key: str, *, after: tuple[str, str] | None = None, limit: int = 100
    ) -> Sequence[Found]:
        look, d = tables.lookup.c, tables.document.c
        kind = self._kind(index)
        query = (
            select(d.name, d.part, d.value)
            .join(
                tables.lookup,
                (d.kind == kind) & (d.name == look.name) & (d.part == look.part),
            )
            .where(look.index_name == index, look.key == key)
            .order_by(look.name, look.part)
            .limit(min(limit, find_limit_max))
        )
        if after is not None:
            query = query.where(tuple_(look.name, look.part) > tuple_(*after))
        return [
            Found(kind, row.name, row.part, orjson.loads(row.value))
            for row in self._connection.execute(query)
        ]

    def below(self, kind: str, name: str, before: str = "", limit: int = 100) -> Sequence[Found]:
        d = tables.document.c
        query = select(d.part, d.value).where(d.kind == kind, d.name == name)
        if before:
            query = query.where(d.part < before)
        rows = self._connection.execute(
            query.order_by(d.part.desc()).limit(min(limit, find_limit_max))
        )
        return [Found(kind, name, row.part, orjson.loads(row.value)) for row in rows]

    def count(self, index: str, key: str) -> int:
        look = tables.lookup.c
        query = select(func.count()).where(look.index_name == index, look.key == key)
        return self._connection.scalar(query) or 0

    def keys(
        self,
        index: str,
        start: str,
        end: str,
        *,
        after: tuple[str, str, str] | None = None,
        limit: int = 100,
    ) -> Sequence[tuple[str, str, str]]:
        self._kind(index)
        key, name, part = after or (start, "", "")
        told = {"i": index, "e": end, "k": key, "n": name, "p": part}
        rows = self._connection.execute(_keys, {**told, "l": min(limit, find_limit_max)})
        return [(row.key, row.name, row.part) for row in rows]

    def names(self, kind: str, *, after: str = "", limit: int = 100) -> Sequence[str]:
        return self._names.behind(kind, after=after, limit=min(limit, find_limit_max))

    def _kind(self, index: str) -> str:
        for kind in self._kinds.values():
            if index in kind.indexes:
                return kind.name
        raise InvariantError(f"no kind declares the index {index}")
