"""Many rows in one statement, the fastest way each database offers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import chain
from typing import Any

from sqlalchemy import BigInteger, Connection, Integer, LargeBinary, Table

Row = tuple[Any, ...]
keys_at_once = 500


def insert(
    connection: Connection, table: Table, rows: Sequence[Row], *, upsert: bool = False
) -> None:
    """Insert rows given in the table's column order; `upsert` replaces by primary key."""
    if not rows:
        return
    columns = [column.name for column in table.columns]
    names = ", ".join(columns)
    if connection.dialect.name == "sqlite":
        verb = "INSERT OR REPLACE" if upsert else "INSERT"
        marks = ", ".join("?" * len(columns))
        sql = f"{verb} INTO {table.name} ({names}) VALUES ({marks})"
        connection.exec_driver_sql(sql, list(rows))
        return
    conflict = ""
    if upsert:
        keys = [column.name for column in table.primary_key.columns]
        rest = ", ".join(f"{name} = EXCLUDED.{name}" for name in columns if name not in keys)
        action = f"UPDATE SET {rest}" if rest else "NOTHING"
        conflict = f" ON CONFLICT ({', '.join(keys)}) DO {action}"
    connection.exec_driver_sql(
        f"INSERT INTO {table.name} ({names}) SELECT * FROM {_unnest(table, columns)}{conflict}",
        tuple([row[i] for row in rows] for i in range(len(columns))),
    )


def matching(
    connection: Connection, table: Table, by: Sequence[str], keys: Sequence[Row]
) -> Iterator[Row]:
    """The rows whose columns `by` are one of `keys`, in the table's column order and any order.

    By the driver's own cursor: the writer asks this for every few entries.
    """
    cursor = connection.connection.cursor()
    sqlite = connection.dialect.name == "sqlite"
    for start in range(0, len(keys), keys_at_once):
        some = keys[start : start + keys_at_once]
        if sqlite:
            sql = _look_sqlite(table, tuple(by), len(some))
            cursor.execute(sql, [*chain.from_iterable(some)])
        else:
            columns = tuple([key[i] for key in some] for i in range(len(by)))
            cursor.execute(_look_server(table, tuple(by)), columns)
        yield from cursor.fetchall()


# Each wanted key is looked up by itself: CROSS JOIN tells SQLite, OFFSET 0 tells PostgreSQL. Left to themselves, both
# may read the whole table.


@lru_cache(maxsize=1024)
def _look_sqlite(table: Table, by: tuple[str, ...], count: int) -> str:
    names, match = _names_and_match(table, by)
    marks = ", ".join([f"({', '.join('?' * len(by))})"] * count)
    wanted = f"WITH wanted ({', '.join(by)}) AS (VALUES {marks})"
    return f"{wanted} SELECT {names} FROM wanted CROSS JOIN {table.name} WHERE {match}"


@lru_cache(maxsize=64)
def _look_server(table: Table, by: tuple[str, ...]) -> str:
    names, match = _names_and_match(table, by)
    look = f"SELECT {names} FROM {table.name} WHERE {match} OFFSET 0"
    wanted = f"WITH wanted ({', '.join(by)}) AS (SELECT * FROM {_unnest(table, by)})"
    return f"{wanted} SELECT found.* FROM wanted, LATERAL ({look}) found"


def _names_and_match(table: Table, by: Sequence[str]) -> tuple[str, str]:
    names = ", ".join(f"{table.name}.{column.name}" for column in table.columns)
    return names, " AND ".join(f"{table.name}.{column} = wanted.{column}" for column in by)


def delete(connection: Connection, table: Table, keys: Sequence[Row]) -> None:
    """Delete rows by their full primary key."""
    if not keys:
        return
    columns = [column.name for column in table.primary_key.columns]
    if connection.dialect.name == "sqlite":
        match = " AND ".join(f"{name} = ?" for name in columns)
        connection.exec_driver_sql(f"DELETE FROM {table.name} WHERE {match}", list(keys))
        return
    match = ", ".join(columns)
    connection.exec_driver_sql(
        f"DELETE FROM {table.name} WHERE ({match}) IN (SELECT * FROM {_unnest(table, columns)})",
        tuple([row[i] for row in keys] for i in range(len(columns))),
    )


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
