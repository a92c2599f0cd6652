"""Many rows in one statement, the fastest way each database offers.

By the driver's own cursor, with statements that are written once: a lone entry is ten of them, and each cost more in
SQLAlchemy than in the database.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache, lru_cache
from itertools import chain
from typing import Any

from sqlalchemy import BigInteger, Connection, Integer, LargeBinary, Table

Row = tuple[Any, ...]
keys_at_once = 500


def run(connection: Connection, sql: str, values: Sequence[Any] = ()) -> Any:
    """The driver's cursor after one statement, in which `?` stands for a value."""
    cursor = connection.connection.cursor()
    cursor.execute(sql if _is_sqlite(connection) else sql.replace("?", "%b"), values)
    return cursor


def insert(
    connection: Connection, table: Table, rows: Sequence[Row], *, upsert: bool = False
) -> None:
    """Insert rows given in the table's column order; `upsert` replaces by primary key."""
    if not rows:
        return
    cursor = connection.connection.cursor()
    if _is_sqlite(connection):
        cursor.executemany(_sqlite_insert(table, upsert), rows)
    else:
        cursor.execute(_server_insert(table, upsert), _by_column(rows))


def matching(
    connection: Connection, table: Table, by: Sequence[str], keys: Sequence[Row]
) -> Iterator[Row]:
    """The rows whose columns `by` are one of `keys`, in the table's column order and any order.

    By the driver's own cursor: the writer asks this for every few entries.
    """
    cursor = connection.connection.cursor()
    sqlite = _is_sqlite(connection)
    for start in range(0, len(keys), keys_at_once):
        some = keys[start : start + keys_at_once]
        if sqlite:
            sql = _sqlite_matching(table, tuple(by), len(some))
            cursor.execute(sql, [*chain.from_iterable(some)])
        else:
            cursor.execute(_server_matching(table, tuple(by)), _by_column(some))
        yield from cursor.fetchall()


def delete(connection: Connection, table: Table, keys: Sequence[Row]) -> None:
    """Delete rows by their full primary key."""
    if not keys:
        return
    cursor = connection.connection.cursor()
    if _is_sqlite(connection):
        cursor.executemany(_sqlite_delete(table), keys)
    else:
        cursor.execute(_server_delete(table), _by_column(keys))


def _is_sqlite(connection: Connection) -> bool:
    return connection.dialect.name == "sqlite"


def _by_column(rows: Sequence[Row]) -> list[list[Any]]:
    """One array for each column."""
    return [list(column) for column in zip(*rows, strict=True)]


@cache
def _sqlite_insert(table: Table, upsert: bool) -> str:
    verb = "INSERT OR REPLACE" if upsert else "INSERT"
    names = [column.name for column in table.columns]
    return f"{verb} INTO {table.name} ({', '.join(names)}) VALUES ({_marks(names)})"


@cache
def _server_insert(table: Table, upsert: bool) -> str:
    names = [column.name for column in table.columns]
    conflict = ""
    if upsert:
        keys = [column.name for column in table.primary_key.columns]
        rest = ", ".join(f"{name} = EXCLUDED.{name}" for name in names if name not in keys)
        action = f"UPDATE SET {rest}" if rest else "NOTHING"
        conflict = f" ON CONFLICT ({', '.join(keys)}) DO {action}"
    made = f"SELECT * FROM {_unnest(table, names)}{conflict}"
    return f"INSERT INTO {table.name} ({', '.join(names)}) {made}"


# Each wanted key is looked up by itself: CROSS JOIN tells SQLite, OFFSET 0 tells PostgreSQL. Left to themselves, both
# may read the whole table.
@lru_cache(maxsize=4 * keys_at_once)
def _sqlite_matching(table: Table, by: tuple[str, ...], count: int) -> str:
    values = ", ".join([f"({_marks(by)})"] * count)
    wanted = f"WITH wanted ({', '.join(by)}) AS (VALUES {values})"
    return f"{wanted} SELECT {_names(table)} FROM wanted CROSS JOIN {table.name} WHERE {_match(table, by)}"


@cache
def _server_matching(table: Table, by: tuple[str, ...]) -> str:
    wanted = f"WITH wanted ({', '.join(by)}) AS (SELECT * FROM {_unnest(table, by)})"
    look = f"SELECT {_names(table)} FROM {table.name} WHERE {_match(table, by)} OFFSET 0"
    return f"{wanted} SELECT found.* FROM wanted, LATERAL ({look}) found"


@cache
def _sqlite_delete(table: Table) -> str:
    match = " AND ".join(f"{column.name} = ?" for column in table.primary_key.columns)
    return f"DELETE FROM {table.name} WHERE {match}"


@cache
def _server_delete(table: Table) -> str:
    keys = [column.name for column in table.primary_key.columns]
    wanted = f"SELECT * FROM {_unnest(table, keys)}"
    return f"DELETE FROM {table.name} WHERE ({', '.join(keys)}) IN ({wanted})"


def _names(table: Table) -> str:
    return ", ".join(f"{table.name}.{column.name}" for column in table.columns)


def _match(table: Table, by: Sequence[str]) -> str:
    return " AND ".join(f"{table.name}.{column} = wanted.{column}" for column in by)


def _marks(columns: Sequence[str]) -> str:
    return ", ".join("?" * len(columns))


def _unnest(table: Table, columns: Sequence[str]) -> str:
    """Binary (%b): the driver writes arrays of text by a regular expression per element."""
    casts = ", ".join(f"%b::{_pg_type(table, name)}[]" for name in columns)
    return f"unnest({casts})"


def _pg_type(table: Table, column: str) -> str:
    kind = table.columns[column].type
    if isinstance(kind, LargeBinary):
        return "bytea"
    if isinstance(kind, BigInteger):
        return "bigint"
    return "int" if isinstance(kind, Integer) else "text"
