"""What a replay rebuilds, in one SQLite file: so that memory stays the same however long the log is.

An audit that is broken off goes on from its file, and a later one from where this one ended. Everything since the
last `save` is one transaction: killed at any instant, the file stands as it was saved last. It is an auditor's own
file and no store of a log: no entry is in it.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from tallystick.ledger.errors import TallystickError

Row = tuple[Any, ...]
application_id = 0x54414C41
format_version = 2
keys_at_once = 400
rows_at_once = 2048
page_cache_kib = 32 * 1024
_where = "where"
_tables = {
    "document": "kind TEXT, name TEXT, part TEXT, value TEXT, PRIMARY KEY (kind, name, part)",
    "stream": "author TEXT PRIMARY KEY, seq INTEGER, prev TEXT",
    "used_id": "id BLOB PRIMARY KEY",
    "head": "kind TEXT, name TEXT, count INTEGER, chain BLOB, last INTEGER, PRIMARY KEY (kind, name)",
    "head_page": "prefix TEXT PRIMARY KEY, data BLOB",
    "head_open": "kind TEXT, name TEXT, PRIMARY KEY (kind, name)",
    "tile": "level INTEGER, n INTEGER, hashes BLOB, PRIMARY KEY (level, n)",
    "block": "size INTEGER PRIMARY KEY, root BLOB",
    "refused": "idx INTEGER PRIMARY KEY",
    "not_seen": "idx INTEGER, hash TEXT, why TEXT, PRIMARY KEY (idx, hash)",
    "meta": "name TEXT PRIMARY KEY, value TEXT",
}
#: Only appended to while the log is replayed; put in order when they are compared.
_appended = {
    "entry_party": "party TEXT, idx INTEGER",
    "head_touch": "kind TEXT, name TEXT, idx INTEGER",
}


class AuditStateDamaged(TallystickError):
    code = "audit-state-damaged"
    status = 500
    title = "The file in which an audit keeps its state cannot be read"
    advice = "Delete the file and audit from the start: nothing of the log is lost with it."


class AuditStateBusy(TallystickError):
    code = "audit-state-busy"
    status = 409
    title = "Another audit works with this state file"
    advice = "Wait until it ends, or name another file."


class Scratch:
    """Tables of what was rebuilt. Without a path: on disk all the same, and gone when it is closed."""

    def __init__(self, path: Path | None = None, *, read_only: bool = False) -> None:
        """Raises `AuditStateDamaged` or `AuditStateBusy`."""
        self.path = path
        self.read_only = read_only
        try:
            self._connection = self._connect()
            self._open()
        except sqlite3.OperationalError as error:
            if "locked" in str(error):
                raise AuditStateBusy(str(path)) from None
            raise AuditStateDamaged(f"{path}: {error}") from None
        except sqlite3.Error as error:
            raise AuditStateDamaged(f"{path}: {error}") from None

    def where(self) -> dict[str, Any] | None:
        """What `save` was told last; None in a new file. Raises `AuditStateDamaged`."""
        rows = self._all("SELECT value FROM meta WHERE name = ?", (_where,))
        if not rows:
            return None
        try:
            digest, _, text = str(rows[0][0]).partition("\n")
            if hashlib.sha256(text.encode()).hexdigest() != digest:
                raise ValueError("its digest is another one")
            found: dict[str, Any] = json.loads(text)
        except ValueError as error:
            raise AuditStateDamaged(f"{self.path}: {error}") from None
        return found

    def save(self, where: dict[str, Any]) -> None:
        """Everything put so far, and where the replay stands, in one step."""
        text = json.dumps(where, sort_keys=True)
        digest = hashlib.sha256(text.encode()).hexdigest()
        self.put("meta", [(_where, f"{digest}\n{text}")])
        self._do("COMMIT")
        self._do("BEGIN IMMEDIATE")

    def put(self, table: str, rows: Sequence[Row]) -> None:
        """Rows in column order; replaces those of the same key."""
        if rows:
            marks = ", ".join("?" * len(rows[0]))
            self._many(f"INSERT OR REPLACE INTO {table} VALUES ({marks})", rows)

    def drop_documents(self, keys: Sequence[Row]) -> None:
        self._many("DELETE FROM document WHERE kind = ? AND name = ? AND part = ?", keys)

    def clear(self, table: str) -> None:
        self._do(f"DELETE FROM {table}")

    def group(self, kind: str, name: str) -> list[Row]:
        """(part, value) of the documents of a group."""
        sql = "SELECT part, value FROM document WHERE kind = ? AND name = ?"
        return self._all(sql, (kind, name))

    def names(self, kind: str, *, after: str, limit: int) -> list[str]:
        """Names of a kind behind the given one, in order."""
        sql = "SELECT DISTINCT name FROM document WHERE kind = ? AND name > ? ORDER BY name LIMIT ?"
        return [row[0] for row in self._all(sql, (kind, after, limit))]

    def group_names(self) -> Iterator[Row]:
        """(kind, name) of every group of documents."""
        yield from self._stream("SELECT DISTINCT kind, name FROM document")

    def stream(self, author: str) -> tuple[int, str] | None:
        rows = self._all("SELECT seq, prev FROM stream WHERE author = ?", (author,))
        return (rows[0][0], rows[0][1]) if rows else None

    def block_root(self, size: int) -> bytes | None:
        """The root after the block that ends at this size."""
        rows = self._all("SELECT root FROM block WHERE size = ?", (size,))
        return bytes(rows[0][0]) if rows else None

    def refused(self, index: int) -> bool:
        """Whether the entry was refused, and recorded."""
        return bool(self._all("SELECT 1 FROM refused WHERE idx = ?", (index,)))

    def why_not_seen(self, index: int, digest: str) -> str | None:
        """`missing` or `unseen`, as it was when its entry was replayed; None: it was seen."""
        sql = "SELECT why FROM not_seen WHERE idx = ? AND hash = ?"
        rows = self._all(sql, (index, digest))
        return str(rows[0][0]) if rows else None

    def of_kind(self, kind: str) -> Iterator[Row]:
        """(name, part) of the documents of a kind."""
        yield from self._all("SELECT name, part FROM document WHERE kind = ?", (kind,))

    def tile(self, level: int, n: int) -> bytes:
        rows = self._all("SELECT hashes FROM tile WHERE level = ? AND n = ?", (level, n))
        return bytes(rows[0][0]) if rows else b""

    def heads(self, names: Sequence[tuple[str, str]]) -> Iterator[Row]:
        """Rows of `head` of these (kind, name)."""
        for some in _some(names):
            marks = ", ".join(["(?, ?)"] * len(some))
            sql = f"WITH wanted (kind, name) AS (VALUES {marks}) SELECT head.* FROM wanted"
            flat = tuple(part for name in some for part in name)
            yield from self._all(f"{sql} CROSS JOIN head USING (kind, name)", flat)

    def pages(self, prefixes: Sequence[str]) -> Iterator[tuple[str, bytes]]:
        """Pages of the map of heads."""
        for some in _some(prefixes):
            marks = ", ".join("?" * len(some))
            sql = f"SELECT prefix, data FROM head_page WHERE prefix IN ({marks})"
            yield from self._all(sql, tuple(some))

    def use_ids(self, ids: Sequence[bytes]) -> list[int]:
        """Keep ids as used; the positions of those that were used before."""
        sql = "INSERT INTO used_id VALUES (?)"
        self._do("SAVEPOINT ids")
        try:
            self._many(sql, [(one,) for one in ids])
            self._do("RELEASE ids")
            return []
        except sqlite3.IntegrityError:
            self._do("ROLLBACK TO ids")
            self._do("RELEASE ids")
        again: list[int] = []
        for position, one in enumerate(ids):
            try:
                self._connection.execute(sql, (one,))
            except sqlite3.IntegrityError:
                again.append(position)
        return again

    def rows(self, table: str) -> Iterator[Row]:
        """Every row in the order of its columns, which begin with the key."""
        count = len(self._all(f"PRAGMA table_info({table})"))
        order = ", ".join(str(n + 1) for n in range(count))
        yield from self._stream(f"SELECT * FROM {table} ORDER BY {order}")

    def in_order(self, rows: Iterable[Row], width: int) -> Iterator[Row]:
        """Each row once, sorted, without holding them in memory."""
        columns = ", ".join(f"c{n}" for n in range(width))
        marks = ", ".join("?" * width)
        self._do("DROP TABLE IF EXISTS temp.sorting")
        self._do(f"CREATE TEMP TABLE sorting ({columns})")
        self._connection.executemany(f"INSERT INTO temp.sorting VALUES ({marks})", rows)
        yield from self._stream(f"SELECT DISTINCT * FROM temp.sorting ORDER BY {columns}")
        self._do("DROP TABLE temp.sorting")

    def count(self, table: str) -> int:
        return int(self._all(f"SELECT count(*) FROM {table}")[0][0])

    def close(self) -> None:
        """What was not saved is forgotten."""
        with suppress(sqlite3.Error):
            self._connection.close()

    def _connect(self) -> sqlite3.Connection:
        if self.read_only:
            where = f"file:{self.path}?mode=ro"
            return sqlite3.connect(where, uri=True, isolation_level=None, timeout=10)
        where = "" if self.path is None else str(self.path)
        return sqlite3.connect(where, isolation_level=None, timeout=1, check_same_thread=False)

    def _open(self) -> None:
        self._do(f"PRAGMA cache_size = -{page_cache_kib}")
        self._do("PRAGMA temp_store = FILE")
        if self.read_only:
            return
        if self.path is None:
            self._do("PRAGMA journal_mode = MEMORY")
            self._do("PRAGMA synchronous = OFF")
        else:
            self._do("PRAGMA synchronous = NORMAL")
        is_new = not self._all("SELECT name FROM sqlite_master")
        found = self._all("PRAGMA application_id")[0][0], self._all("PRAGMA user_version")[0][0]
        if not is_new and found != (application_id, format_version):
            raise AuditStateDamaged(f"{self.path} is no state of an audit by this version")
        if self.path is not None:
            self._do("PRAGMA journal_mode = WAL")
        self._do("BEGIN IMMEDIATE")
        if is_new:
            self._make()
        elif self._all("PRAGMA quick_check(1)") != [("ok",)]:
            raise AuditStateDamaged(f"{self.path}: its pages do not hang together")

    def _make(self) -> None:
        self._do(f"PRAGMA application_id = {application_id}")
        self._do(f"PRAGMA user_version = {format_version}")
        for name, columns in _tables.items():
            self._do(f"CREATE TABLE {name} ({columns}) WITHOUT ROWID")
        for name, columns in _appended.items():
            self._do(f"CREATE TABLE {name} ({columns})")

    def _do(self, sql: str) -> None:
        self._connection.execute(sql)

    def _many(self, sql: str, rows: Sequence[Row]) -> None:
        self._connection.executemany(sql, rows)

    def _all(self, sql: str, values: Row = ()) -> list[Row]:
        try:
            return self._connection.execute(sql, values).fetchall()
        except sqlite3.DatabaseError as error:
            if isinstance(error, sqlite3.OperationalError) and "locked" in str(error):
                raise
            raise AuditStateDamaged(f"{self.path}: {error}") from None

    def _stream(self, sql: str) -> Iterator[Row]:
        cursor = self._connection.execute(sql)
        while some := cursor.fetchmany(rows_at_once):
            yield from some


def _some(keys: Sequence[Any]) -> Iterator[Sequence[Any]]:
    for start in range(0, len(keys), keys_at_once):
        yield keys[start : start + keys_at_once]
