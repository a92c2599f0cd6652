"""All tables from one database to another, row by row and in one snapshot; and a SQLite file whole.

Rows go in the order of their keys, some at a time: as many as fit into a few megabytes.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from itertools import zip_longest
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, Table, func, select

from tallystick.ledger.store import tables
from tallystick.ledger.store.errors import StoreDamaged
from tallystick.ledger.store.transaction import Transaction

Progress = Callable[[int, int], None]
Row = tuple[Any, ...]

rows_at_once = 2000
bytes_at_once = 8 << 20
#: Rows that the database hands over together: bodies have a megabyte, attachments sixteen.
fetched_at_once = {"attachment": 4, "body": 64, "entry": 256}
#: So that the snapshot of a backup is short and the bar moves: 16 MiB of pages of 4 KiB.
backup_pages = 4096
_backup_timeout_s = 30


def copy_tables(source: Transaction, target: Transaction, progress: Progress | None = None) -> int:
    """Copy every row; the tables of `target` are there and empty. How many rows that were."""
    total = sum(count_rows(source).values()) if progress else 0
    done = 0
    for table in tables.metadata.sorted_tables:
        for chunk in _chunks(read_rows(source, table)):
            target.fill(table.name, chunk)
            done += len(chunk)
            if progress:
                progress(done, total)
    return done


def compare_tables(one: Transaction, other: Transaction) -> None:
    """Raises `StoreDamaged` at the first row that is not the same in both."""
    for table in tables.metadata.sorted_tables:
        for left, right in zip_longest(read_rows(one, table), read_rows(other, table)):
            if left != right:
                raise StoreDamaged(f"table {table.name}: {_said(left)} became {_said(right)}")


def count_rows(transaction: Transaction) -> dict[str, int]:
    """By table."""
    return {
        table.name: transaction.connection.scalar(select(func.count()).select_from(table)) or 0
        for table in tables.metadata.sorted_tables
    }


def read_rows(transaction: Transaction, table: Table) -> Iterator[Row]:
    """In the order of the key, bytes as bytes."""
    query = select(table).order_by(*table.primary_key.columns)
    at_once = fetched_at_once.get(table.name, rows_at_once)
    options = {"yield_per": at_once}
    for row in transaction.connection.execute(query, execution_options=options):
        yield tuple(bytes(v) if isinstance(v, memoryview | bytearray) else v for v in row)


def is_empty(transaction: Transaction) -> bool:
    """Whether no table holds a row."""
    return not any(count_rows(transaction).values())


def copy_file(engine: Engine, path: Path, progress: Progress | None = None) -> None:
    """The whole SQLite database into a new file, as of now, while others go on writing (its backup API).

    The transaction that is open holds one snapshot for all steps: without it, each commit of another
    connection would begin the copy again.
    """

    def tick(_status: int, remaining: int, total: int) -> None:
        if progress and total:
            progress(total - remaining, total)

    with engine.connect() as connection, closing(sqlite3.connect(path)) as target:
        source: Any = connection.connection.driver_connection
        connection.exec_driver_sql("SELECT count(*) FROM sqlite_schema").scalar()
        source.backup(target, pages=backup_pages, progress=tick)


def make_standalone(path: Path) -> None:
    """One file without a journal beside it, that holds live rows and nothing of what was deleted."""
    with closing(
        sqlite3.connect(path, timeout=_backup_timeout_s, isolation_level=None)
    ) as database:
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        database.execute("PRAGMA journal_mode=DELETE")
        database.execute("VACUUM")


def _chunks(rows: Iterator[Row]) -> Iterator[list[Row]]:
    chunk: list[Row] = []
    size = 0
    for row in rows:
        chunk.append(row)
        size += sum(len(value) for value in row if isinstance(value, bytes | str))
        if len(chunk) >= rows_at_once or size >= bytes_at_once:
            yield chunk
            chunk, size = [], 0
    if chunk:
        yield chunk


def _said(row: Row | None) -> str:
    return "no row" if row is None else repr(row)[:200]
