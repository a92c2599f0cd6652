"""The same rows without a ledger: recorded while the ledger writes them, inserted again by the bare driver.

The other database has the same tables and indexes and the same durability (WAL and synchronous=FULL,
PostgreSQL with fsync). One batch is one transaction, one table one multi-row statement. Nothing is
verified, judged, hashed or looked up.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, Protocol
from unittest import mock

import psycopg
from sqlalchemy import BigInteger, Connection, Integer, LargeBinary, Table, make_url

from tallystick.ledger import Store
from tallystick.ledger.store import bulk

#: (statement's table, rows, whether they replace) in the order in which the ledger wrote them.
Written = tuple[Table, list[tuple[Any, ...]], bool]


@contextmanager
def recording() -> Iterator[list[Written]]:
    """Every multi-row statement that the ledger makes meanwhile."""
    seen: list[Written] = []
    insert = bulk.insert

    def record(
        connection: Connection, table: Table, rows: Sequence[Any], *, upsert: bool = False
    ) -> None:
        if rows:
            seen.append((table, list(rows), upsert))
        insert(connection, table, rows, upsert=upsert)

    with mock.patch.object(bulk, "insert", record):
        yield seen


class Bare(Protocol):
    """A database that takes recorded rows."""

    def insert(self, written: Sequence[Written]) -> None:
        """All of it in one durable transaction."""
        ...

    def server_cpu_s(self) -> float:
        """Processor seconds that the server has used so far; 0 where this process does the work."""
        ...


class BareSqlite:
    def __init__(self, path: str) -> None:
        self._connection = sqlite3.connect(path, isolation_level=None)
        self._connection.execute("PRAGMA journal_mode=WAL")
        self._connection.execute("PRAGMA synchronous=FULL")

    def insert(self, written: Sequence[Written]) -> None:
        run = self._connection
        run.execute("BEGIN IMMEDIATE")
        for table, rows, _ in written:
            marks = ", ".join("?" * len(table.columns))
            run.executemany(f"INSERT OR REPLACE INTO {table.name} VALUES ({marks})", rows)
        run.execute("COMMIT")

    def server_cpu_s(self) -> float:
        return 0.0

    def close(self) -> None:
        self._connection.close()


class BarePostgres:
    def __init__(self, url: str) -> None:
        self._connection = psycopg.connect(url, autocommit=True)
        row = self._connection.execute("SELECT pg_backend_pid()").fetchone()
        self._backend = int(row[0]) if row else 0

    def insert(self, written: Sequence[Written]) -> None:
        with self._connection.transaction(), self._connection.cursor() as cursor:
            for table, rows, upsert in written:
                columns = tuple([row[i] for row in rows] for i in range(len(table.columns)))
                cursor.execute(_statement(table, upsert), columns)

    def server_cpu_s(self) -> float:
        return server_cpu_s(self._backend)

    def close(self) -> None:
        self._connection.close()


@contextmanager
def bare_database(url: str) -> Iterator[BareSqlite | BarePostgres]:
    """The tables at `url`, empty, without anything that uses them."""
    store = Store(url)
    store.migrate()
    store.close()
    parsed = make_url(url)
    database: BareSqlite | BarePostgres = (
        BareSqlite(str(parsed.database)) if url.startswith("sqlite") else BarePostgres(url)
    )
    with closing(database):
        yield database


def server_cpu_s(backend: int) -> float:
    """Processor seconds of all processes of the server to which a local backend belongs.

    0 where they cannot be seen (another machine, or no /proc): the reference then looks better than it is.
    """
    try:
        parent = _stat(backend)[1]
        family = [pid for pid in _processes() if pid == parent or _stat_or_none(pid) == parent]
        ticks = sum(_stat(pid)[11] + _stat(pid)[12] for pid in family)
    except (OSError, IndexError, ValueError):
        return 0.0
    return ticks / os.sysconf("SC_CLK_TCK")


def _processes() -> list[int]:
    return [int(path.name) for path in Path("/proc").iterdir() if path.name.isdigit()]


def _stat_or_none(pid: int) -> int | None:
    try:
        return _stat(pid)[1]
    except (OSError, IndexError, ValueError):
        return None


def _stat(pid: int) -> list[int]:
    """The fields of /proc/<pid>/stat after the name; state becomes 0."""
    text = Path(f"/proc/{pid}/stat").read_text()
    return [0, *(int(word) for word in text.rpartition(")")[2].split()[1:20])]


def _statement(table: Table, upsert: bool) -> str:
    casts = ", ".join(f"%b::{_type(column.type)}[]" for column in table.columns)
    text = f"INSERT INTO {table.name} SELECT * FROM unnest({casts})"
    if not upsert:
        return text
    keys = [column.name for column in table.primary_key.columns]
    rest = [c.name for c in table.columns if c.name not in keys]
    action = "UPDATE SET " + ", ".join(f"{n} = EXCLUDED.{n}" for n in rest) if rest else "NOTHING"
    return f"{text} ON CONFLICT ({', '.join(keys)}) DO {action}"


def _type(kind: object) -> str:
    if isinstance(kind, LargeBinary):
        return "bytea"
    if isinstance(kind, BigInteger):
        return "bigint"
    return "int" if isinstance(kind, Integer) else "text"
