"""One transaction on the log's tables. Nobody outside this package writes SQL on them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, bindparam, func, select, update

from tallystick.ledger.entry import Attachment
from tallystick.ledger.errors import TallystickError
from tallystick.ledger.store import bulk, tables
from tallystick.ledger.store.attached import Attached, Held
from tallystick.ledger.store.cosignatures import Cosignatures
from tallystick.ledger.store.erasure_statements import ErasureStatements
from tallystick.ledger.store.heads import Heads
from tallystick.ledger.store.outbox import Outbox
from tallystick.ledger.store.sightings import Sightings
from tallystick.ledger.vault import AttachmentSpoilt, MasterKeyMissing, Vault

page_rows_max = 1000
_c = tables.checkpoint.c
#: Built once: every proof asks one of them.
_newest_checkpoint = select(_c.size, _c.note).order_by(_c.size.desc()).limit(1)
_newest_and_final = _newest_checkpoint.add_columns(
    select(func.max(tables.finality.c.size)).scalar_subquery().label("final")
)
_checkpoint_of_size = select(_c.size, _c.note).where(_c.size == bindparam("size"))


class WriterSuperseded(TallystickError):
    code = "writer-superseded"
    status = 503
    title = "Another process appended to this log"
    advice = "Only one sequencer may write. Stop the other one, then try again."


@dataclass(frozen=True, slots=True)
class TreeState:
    """The tree after the last commit. `block_size`: size right after the last block."""

    size: int
    root: bytes
    frontier: bytes
    state: bytes
    block_size: int
    block_time: str


@dataclass(frozen=True, slots=True)
class EntryRow:
    """An entry as stored, in the column order of the table."""

    index: int
    author: str
    id: str
    type: str
    seq: int | None
    outcome: str
    code: str | None
    time: str
    payload_hash: bytes
    leaf_hash: bytes
    leaf: bytes


@dataclass(frozen=True, slots=True)
class BodyRow:
    index: int
    salt: bytes
    data: bytes


@dataclass(frozen=True, slots=True)
class Page:
    """A run of entries with their bodies and attachments, as stored.

    `unseen`: hashes of attachments that could not be opened, because their master key is not here.
    """

    entries: list[EntryRow]
    bodies: list[BodyRow]
    attachments: dict[int, list[Attachment]]
    unseen: dict[int, list[str]]


class Transaction:
    """Queries and writes of one transaction."""

    def __init__(self, connection: Connection, vault: Vault | None = None) -> None:
        self.connection = connection
        self.attached = Attached(connection, vault)
        self.cosignatures = Cosignatures(connection)
        self.outbox = Outbox(connection)
        self.heads = Heads(connection)
        self.sightings = Sightings(connection)
        self.statements = ErasureStatements(connection)

    def tree(self) -> TreeState | None:
        """None in a store that holds no log yet."""
        query = select(tables.tree_state).where(tables.tree_state.c.id == 1)
        row = self.connection.execute(query).one_or_none()
        return None if row is None else TreeState(*_plain(row)[1:])

    def set_tree(self, before: TreeState | None, after: TreeState) -> None:
        """Compare and swap; raises `WriterSuperseded` if the tree is not `before` any more."""
        row = (after.size, after.root, after.frontier, after.state, after.block_size)
        if before is None:
            bulk.insert(self.connection, tables.tree_state, [(1, *row, after.block_time)])
            return
        t = tables.tree_state.c
        names = ("size", "root", "frontier", "state", "block_size")
        done = self.connection.execute(
            update(tables.tree_state)
            .where(t.id == 1, t.size == before.size, t.root == before.root)
            .values(**dict(zip(names, row, strict=True)), block_time=after.block_time)
        )
        if done.rowcount != 1:
            raise WriterSuperseded(f"the tree is no longer of size {before.size}")

    def add_entries(self, rows: Sequence[EntryRow]) -> None:
        bulk.insert(
            self.connection,
            tables.entry,
            [
                (
                    r.index, r.author, r.id, r.type, r.seq, r.outcome, r.code, r.time,
                    r.payload_hash, r.leaf_hash, r.leaf,
                )
                for r in rows
            ],
        )  # fmt: skip

    def add_bodies(self, rows: Sequence[tuple[int, bytes, bytes]]) -> None:
        bulk.insert(self.connection, tables.body, rows)

    def add_attachments(self, rows: Sequence[tuple[int, Attachment]]) -> None:
        self.attached.add(rows)

    def add_parties(self, rows: Sequence[tuple[str, int]]) -> None:
        bulk.insert(self.connection, tables.entry_party, rows)

    def put_tiles(self, rows: Iterable[tuple[int, int, bytes]]) -> None:
        bulk.insert(self.connection, tables.tile, list(rows), upsert=True)

    def put_streams(self, rows: Sequence[tuple[str, int, str]]) -> None:
        bulk.insert(self.connection, tables.stream, rows, upsert=True)

    def put_documents(self, rows: Sequence[tuple[str, str, str, str]]) -> None:
        bulk.insert(self.connection, tables.document, rows, upsert=True)

    def drop_documents(self, keys: Sequence[tuple[str, str, str]]) -> None:
        bulk.delete(self.connection, tables.document, keys)

    def put_lookups(self, rows: Sequence[tuple[str, str, str, str]]) -> None:
        bulk.insert(self.connection, tables.lookup, rows, upsert=True)

    def drop_lookups(self, rows: Sequence[tuple[str, str, str, str]]) -> None:
        bulk.delete(self.connection, tables.lookup, rows)

    def fill(self, name: str, rows: Sequence[tuple[Any, ...]]) -> None:
        """New rows of any table, in the order of its columns."""
        bulk.insert(self.connection, tables.metadata.tables[name], rows)

    def add_checkpoint(self, size: int, note: str) -> None:
        bulk.insert(self.connection, tables.checkpoint, [(size, note)])

    def known_ids(self, ids: Sequence[str]) -> dict[tuple[str, str], EntryRow]:
        """Entries already taken under these ids, by (author, id)."""
        found: dict[tuple[str, str], EntryRow] = {}
        keys = [(entry_id,) for entry_id in ids]
        for row in bulk.matching(self.connection, tables.entry, ["entry_id"], keys):
            taken = _entry_row(row)
            found[taken.author, taken.id] = taken
        return found

    def documents(self, groups: Sequence[tuple[str, str]]) -> Iterator[tuple[str, str, str, str]]:
        """(kind, name, part, value) of every document in these groups (kind, name)."""
        yield from bulk.matching(self.connection, tables.document, ["kind", "name"], groups)

    def entry(self, index: int) -> EntryRow | None:
        query = select(tables.entry).where(tables.entry.c.idx == index)
        row = self.connection.execute(query).one_or_none()
        return None if row is None else _entry_row(row)

    def entry_by_id(self, author: str, entry_id: str) -> EntryRow | None:
        e = tables.entry.c
        query = select(tables.entry).where(e.author == author, e.entry_id == entry_id)
        row = self.connection.execute(query).one_or_none()
        return None if row is None else _entry_row(row)

    def entries(self, start: int, end: int) -> Iterator[EntryRow]:
        """Entries of [start, end) in order, streamed."""
        e = tables.entry.c
        for low in range(start, end, page_rows_max):
            high = min(low + page_rows_max, end)
            query = select(tables.entry).where(e.idx >= low, e.idx < high).order_by(e.idx)
            yield from map(_entry_row, self.connection.execute(query))

    def entries_at(self, indexes: Sequence[int]) -> list[EntryRow]:
        """The entries at these indexes, in order."""
        found = bulk.matching(self.connection, tables.entry, ["idx"], [(i,) for i in indexes])
        return sorted(map(_entry_row, found), key=lambda row: row.index)

    def bodies(self, start: int, end: int) -> Iterator[BodyRow]:
        b = tables.body.c
        for low in range(start, end, page_rows_max):
            high = min(low + page_rows_max, end)
            query = select(tables.body).where(b.idx >= low, b.idx < high).order_by(b.idx)
            for row in self.connection.execute(query):
                yield BodyRow(row.idx, _bytes(row.salt), _bytes(row.data))

    def pages(self) -> Iterator[Page]:
        """Every entry in order of index, whatever the indexes are."""
        e = tables.entry.c
        last = -(2**62)
        while True:
            query = select(tables.entry).where(e.idx > last).order_by(e.idx).limit(page_rows_max)
            entries = [_entry_row(row) for row in self.connection.execute(query)]
            if not entries:
                return
            low, last = entries[0].index, entries[-1].index
            attachments: dict[int, list[Attachment]] = {}
            unseen: dict[int, list[str]] = {}
            for held in self.attached.between(low, last + 1):
                try:
                    attachments.setdefault(held.index, []).append(_opened(held))
                except MasterKeyMissing:
                    unseen.setdefault(held.index, []).append(held.digest)
            yield Page(entries, list(self.bodies(low, last + 1)), attachments, unseen)

    def body(self, index: int) -> BodyRow | None:
        return next(self.bodies(index, index + 1), None)

    def count_bodies(self, end: int) -> int:
        """How many of the entries below `end` have their body here."""
        query = select(func.count()).select_from(tables.body).where(tables.body.c.idx < end)
        return self.connection.scalar(query) or 0

    def attachments(self, index: int) -> list[Attachment]:
        """Those of an entry, opened; raises `MasterKeyMissing` or `AttachmentSpoilt`."""
        return [held.open() for held in self.attached.of(index)]

    def parties(self, index: int) -> list[str]:
        p = tables.entry_party.c
        return list(
            self.connection.scalars(select(p.party).where(p.idx == index).order_by(p.party))
        )

    def party_entries(self, party: str, before: int, limit: int) -> list[int]:
        """Newest first: indexes of entries that a party may read, below `before`."""
        p = tables.entry_party.c
        query = select(p.idx).where(p.party == party, p.idx < before).order_by(p.idx.desc())
        return list(self.connection.scalars(query.limit(min(limit, page_rows_max))))

    def tile(self, level: int, n: int) -> bytes:
        t = tables.tile.c
        query = select(t.hashes).where(t.level == level, t.n == n)
        return bytes(self.connection.scalar(query) or b"")

    def tiles(self, wanted: Sequence[tuple[int, int]]) -> dict[tuple[int, int], bytes]:
        """The tiles that there are of these (level, n), in one query."""
        found = bulk.matching(self.connection, tables.tile, ["level", "n"], wanted)
        return {(level, n): bytes(hashes) for level, n, hashes in found}

    def stream(self, author: str) -> tuple[int, str] | None:
        """(last seq, payload hash of it) of an author; seq −1 for one that keeps no stream."""
        s = tables.stream.c
        row = self.connection.execute(select(s.seq, s.prev).where(s.author == author)).one_or_none()
        return None if row is None else (row.seq, row.prev)

    def checkpoint(self, size: int | None = None) -> tuple[int, str] | None:
        """(size, note) of a checkpoint; the newest without `size`."""
        query = _newest_checkpoint if size is None else _checkpoint_of_size
        row = self.connection.execute(query, {"size": size}).one_or_none()
        return None if row is None else (row.size, row.note)

    def newest_checkpoint(self) -> tuple[tuple[int, str] | None, int]:
        """(size, note) of the newest checkpoint, and the size of the newest final one, 0 for none."""
        row = self.connection.execute(_newest_and_final).one_or_none()
        return (None, 0) if row is None else ((row.size, row.note), row.final or 0)

    def checkpoint_at_least(self, size: int) -> tuple[int, str] | None:
        """The first checkpoint that covers `size` leaves."""
        c = tables.checkpoint.c
        query = select(c.size, c.note).where(c.size >= size).order_by(c.size).limit(1)
        row = self.connection.execute(query).one_or_none()
        return None if row is None else (row.size, row.note)

    def rows(self, name: str) -> Iterator[tuple[Any, ...]]:
        """Every row of a table in the order of its key; bytes as bytes."""
        table = tables.metadata.tables[name]
        query = select(table).order_by(*table.primary_key.columns)
        result = self.connection.execution_options(yield_per=page_rows_max).execute(query)
        for row in result:
            yield _plain(row)

    def count(self, name: str) -> int:
        table = tables.metadata.tables[name]
        return self.connection.scalar(select(func.count()).select_from(table)) or 0


def _opened(held: Held) -> Attachment:
    """What cannot be what was sealed comes as an attachment that no body names."""
    try:
        return held.open()
    except AttachmentSpoilt:
        return Attachment(str(held.type), b"", b"", f"stored under {held.digest}")


def _entry_row(row: Any) -> EntryRow:
    values: list[Any] = [*row]
    values[-3:] = map(_bytes, values[-3:])
    return EntryRow(*values)


def _bytes(value: Any) -> bytes:
    """Stored bytes, whatever the driver gives; SQLite keeps any value in any column, if somebody puts it there."""
    if isinstance(value, bytes | memoryview | bytearray):
        return bytes(value)
    return str(value).encode()


def _plain(row: Any) -> tuple[Any, ...]:
    """A row with bytes as bytes, whatever the driver gives."""
    return tuple(bytes(v) if isinstance(v, memoryview | bytearray) else v for v in row)
