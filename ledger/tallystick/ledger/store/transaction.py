"""One transaction on the log's tables. Nobody outside this package writes SQL on them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, bindparam, func, select

from tallystick.ledger.entry import Attachment
from tallystick.ledger.note import NoteSignature
from tallystick.ledger.store import bulk, names, partitions, tables
from tallystick.ledger.store.anchors import Anchors
from tallystick.ledger.store.applications import Applications
from tallystick.ledger.store.attached import Attached, Held
from tallystick.ledger.store.clients import ClientRows
from tallystick.ledger.store.cosignatures import Cosignatures, cosignature
from tallystick.ledger.store.daily import DailyFigures
from tallystick.ledger.store.erasure_statements import ErasureStatements
from tallystick.ledger.store.forks import Forks
from tallystick.ledger.store.hand_overs import HandOvers
from tallystick.ledger.store.heads import Heads
from tallystick.ledger.store.inventory import Inventory
from tallystick.ledger.store.invitations import Invitations
from tallystick.ledger.store.login_sessions import LoginSessions
from tallystick.ledger.store.member_sessions import MemberSessions
from tallystick.ledger.store.notices import NoticeMarks
from tallystick.ledger.store.outbox import Outbox
from tallystick.ledger.store.passkey_counts import PasskeyCounts
from tallystick.ledger.store.reads import Reads
from tallystick.ledger.store.sightings import Sightings
from tallystick.ledger.store.spent import Spent
from tallystick.ledger.store.terms import SequencerFenced, Terms
from tallystick.ledger.store.waiting import WaitingDocuments
from tallystick.ledger.store.webhooks import Webhooks
from tallystick.ledger.values import hot_value
from tallystick.ledger.vault import AttachmentSpoilt, MasterKeyMissing, Vault

page_rows_max = 1000
#: The tree's state and its compare and swap: every commit and most answers ask for it.
_tree = f"SELECT {', '.join(column.name for column in tables.tree_state.c)} FROM tree_state WHERE id = 1"
_swap = (
    "UPDATE tree_state SET size = ?, root = ?, frontier = ?, state = ?, block_size = ?, block_time = ? "
    "WHERE id = 1 AND size = ? AND root = ? AND state = ?"
)
_c = tables.checkpoint.c
#: Built once: every proof asks one of them.
_newest_checkpoint = select(_c.size, _c.note).order_by(_c.size.desc()).limit(1)
_cosigned = tables.cosignature.c
_sizes = [select(func.max(size)) for size in (_c.size, tables.finality.c.size)]
_shown_checkpoints = (
    select(_c.size, _c.note, _cosigned.name, _cosigned.key_id, _cosigned.signature)
    .outerjoin_from(tables.checkpoint, tables.cosignature, _c.size == _cosigned.size)
    .where(_c.size.in_([size.scalar_subquery() for size in _sizes]))
    .order_by(_c.size, _cosigned.name, _cosigned.key_id)
)
_checkpoint_of_size = select(_c.size, _c.note).where(_c.size == bindparam("size"))


@hot_value
class TreeState:
    """The tree after the last commit. `block_size`: size right after the last block."""

    size: int
    root: bytes
    frontier: bytes
    state: bytes
    block_size: int
    block_time: str


@hot_value
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


@hot_value
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
        self._on_server = connection.dialect.name == "postgresql"
        self.attached = Attached(connection, vault)
        self.inventory = Inventory(connection)
        self.anchors = Anchors(connection)
        self.cosignatures = Cosignatures(connection, self.inventory)
        self.outbox = Outbox(connection)
        self.heads = Heads(connection)
        self.sightings = Sightings(connection)
        self.daily = DailyFigures(connection)
        self.reads = Reads(connection)
        self.clients = ClientRows(connection)
        self.spent = Spent(connection)
        self.logins = LoginSessions(connection)
        self.member_sessions = MemberSessions(connection)
        self.passkeys = PasskeyCounts(connection)
        self.invitations = Invitations(connection)
        self.applications = Applications(connection, vault)
        self.hand_overs = HandOvers(connection)
        self.waiting = WaitingDocuments(connection)
        self.webhooks = Webhooks(connection)
        self.forks = Forks(connection)
        self.notices = NoticeMarks(connection)
        self.statements = ErasureStatements(connection)
        self.terms = Terms(connection)

    def together(self) -> AbstractContextManager[object]:
        """While rows are only written: on PostgreSQL no statement waits for the answer to the one before.

        What fails raises at the latest at the end. Nothing may be read meanwhile but by `bulk.run`.
        """
        if not self._on_server:
            return nullcontext()
        driver: Any = self.connection.connection.driver_connection
        pipeline: AbstractContextManager[object] = driver.pipeline()
        return pipeline

    def tree(self) -> TreeState | None:
        """None in a store that holds no log yet."""
        row = bulk.run(self.connection, _tree).fetchone()
        return None if row is None else TreeState(*_plain(row)[1:])

    def size(self) -> int:
        """How many entries there are, as cheaply as it can be known."""
        cursor = self.connection.connection.cursor()
        found = cursor.execute("SELECT size FROM tree_state WHERE id = 1").fetchone()
        return 0 if found is None else int(found[0])

    def set_tree(self, before: TreeState | None, after: TreeState, term: int | None = None) -> None:
        """Compare and swap; raises `SequencerFenced` if the tree is not `before` any more, or the term is over."""
        row = (after.size, after.root, after.frontier, after.state, after.block_size)
        if before is None:
            bulk.insert(self.connection, tables.tree_state, [(1, *row, after.block_time)])
            return
        sql, given = _swap, [*row, after.block_time, before.size, before.root, before.state]
        if term is not None:
            sql, given = f"{sql} AND {self.terms.lasts}", [*given, term]
        done = bulk.run(self.connection, sql, given)
        if done.rowcount != 1:
            raise SequencerFenced(f"the tree of size {before.size} is not this process's any more")

    def add_entries(self, rows: Sequence[EntryRow]) -> None:
        if rows and self._on_server:
            partitions.make_room(self.connection, rows[-1].index)
            named = [(r.id, r.author, r.index) for r in rows]
            bulk.insert(self.connection, tables.entry_name, named)
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
        """New rows of any table, in the order of its columns; those of `entry` and `body` by index."""
        if self._on_server and rows and name in partitions.partitioned:
            partitions.make_room(self.connection, rows[-1][0])
        bulk.insert(self.connection, tables.metadata.tables[name], rows)
        if self._on_server and name == tables.entry.name:
            named = [(row[2], row[1], row[0]) for row in rows]
            bulk.insert(self.connection, tables.entry_name, named)

    def add_checkpoint(self, size: int, note: str) -> None:
        bulk.insert(self.connection, tables.checkpoint, [(size, note)])
        self.inventory.add("checkpoint", [(size, note)])

    def known_ids(self, ids: Sequence[str]) -> dict[tuple[str, str], EntryRow]:
        """Entries already taken under these ids, by (author, id)."""
        found: dict[tuple[str, str], EntryRow] = {}
        keys: list[tuple[Any, ...]] = [(entry_id,) for entry_id in ids]
        column = "entry_id"
        if self._on_server:
            named = bulk.matching(self.connection, tables.entry_name, [column], keys)
            column, keys = "idx", [(index,) for _, _, index in named]
        for row in bulk.matching(self.connection, tables.entry, [column], keys):
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

    def time_of(self, index: int) -> str | None:
        """Of an entry, by the driver's own cursor: whoever looks for a moment asks this some twenty times."""
        cursor = self.connection.connection.cursor()
        mark = "%s" if self._on_server else "?"
        found = cursor.execute(f"SELECT time FROM entry WHERE idx = {mark}", (index,)).fetchone()
        return None if found is None else str(found[0])

    def entry_by_id(self, author: str, entry_id: str) -> EntryRow | None:
        if self._on_server:
            n = tables.entry_name.c
            named = select(n.idx).where(n.entry_id == entry_id, n.author == author)
            index = self.connection.scalar(named)
            return None if index is None else self.entry(index)
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
                    attachments.setdefault(held.index, []).append(open_or_spoilt(held))
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

    def party_entries_from(self, party: str, start: int, end: int, limit: int) -> list[int]:
        """Oldest first: indexes in [start, end) of entries that a party may read."""
        p = tables.entry_party.c
        where = (p.party == party, p.idx >= start, p.idx < end)
        query = select(p.idx).where(*where).order_by(p.idx).limit(min(limit, page_rows_max))
        return list(self.connection.scalars(query))

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

    def shown_checkpoints(self) -> list[tuple[int, str, list[NoteSignature]]]:
        """(size, note, cosignatures) of the newest final checkpoint and the newest: one where it is both."""
        found: list[tuple[int, str, list[NoteSignature]]] = []
        for row in self.connection.execute(_shown_checkpoints):
            if not found or found[-1][0] != row.size:
                found.append((row.size, row.note, []))
            if row.name is not None:
                found[-1][2].append(cosignature(row))
        return found

    def checkpoint_at_least(self, size: int) -> tuple[int, str] | None:
        """The first checkpoint that covers `size` leaves."""
        c = tables.checkpoint.c
        query = select(c.size, c.note).where(c.size >= size).order_by(c.size).limit(1)
        row = self.connection.execute(query).one_or_none()
        return None if row is None else (row.size, row.note)

    def misnamed(self) -> str | None:
        """On PostgreSQL, where ids have a table of their own: what in it is not as in `entry`."""
        return names.misnamed(self.connection) if self._on_server else None

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


def open_or_spoilt(held: Held) -> Attachment:
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
