"""Rows as an audit reads them: by the driver's own cursor, for they are read by the million, and as they are."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import func, select

from tallystick.ledger.entry import Attachment
from tallystick.ledger.replayed import Record
from tallystick.ledger.store import tables
from tallystick.ledger.store.errors import StoreDamaged
from tallystick.ledger.store.stretch import attachments_at_once
from tallystick.ledger.store.transaction import Transaction, _bytes, open_or_spoilt
from tallystick.ledger.vault import MasterKeyMissing

rows_at_once = 2048
_entry_columns = ", ".join(column.name for column in tables.entry.columns)


def audit_rows(transaction: Transaction, start: int, end: int) -> Iterator[Record]:
    """What stands in [start, end), in order of index; `told` are the columns but index and leaf."""
    mark = "?" if transaction.connection.dialect.name == "sqlite" else "%s"
    where, span = f"WHERE idx >= {mark} AND idx < {mark}", (start, end)
    found_bodies = _fetched(transaction, f"SELECT idx, salt, data FROM body {where}", span)
    bodies = {index: (_whole(salt), _whole(data)) for index, salt, data in found_bodies}
    attached = _attachments(transaction, start, end)
    ahead = next(attached, None)
    entries = f"SELECT {_entry_columns} FROM entry {where} ORDER BY idx"
    for row in _fetched(transaction, entries, span):
        index, found, unseen = row[0], list[Attachment](), list[str]()
        while ahead is not None and ahead[0] <= index:
            if ahead[0] == index:
                _sort(ahead[1], found, unseen)
            ahead = next(attached, None)
        salt, body = bodies.get(index, (None, None))
        told = (*row[1:8], _whole(row[8]), _whole(row[9]))
        yield Record(index, _whole(row[10]), salt, body, tuple(found), told, unseen=tuple(unseen))


def audit_table(transaction: Transaction, name: str) -> Iterator[tuple[Any, ...]]:
    """Every row of a table in the order of its key."""
    if transaction.connection.dialect.name != "sqlite":
        yield from transaction.rows(name)
        return
    table = tables.metadata.tables[name]
    columns = ", ".join(column.name for column in table.columns)
    order = ", ".join(column.name for column in table.primary_key.columns)
    yield from _fetched(transaction, f"SELECT {columns} FROM {table.name} ORDER BY {order}")


def count_outside(transaction: Transaction, name: str, since: int) -> int:
    """Rows of a log table whose index is not one of those below `since`."""
    table = tables.metadata.tables[name]
    index = table.c.idx
    query = select(func.count()).select_from(table).where((index >= since) | (index < 0))
    return transaction.connection.scalar(query) or 0


def index_end(transaction: Transaction) -> int:
    """One more than the largest index of an entry."""
    return (transaction.connection.scalar(select(func.max(tables.entry.c.idx))) or -1) + 1


def _fetched(transaction: Transaction, sql: str, values: Sequence[int] = ()) -> Iterator[Any]:
    """Rows as the driver gives them; raises `StoreDamaged` for what it cannot read."""
    connection = transaction.connection
    cursor = connection.connection.cursor()
    try:
        cursor.execute(sql, values)
        while some := cursor.fetchmany(rows_at_once):
            yield from some
    except connection.dialect.loaded_dbapi.Error as error:
        raise StoreDamaged(str(error)) from None


def _whole(value: Any) -> bytes:
    """As `_bytes`; nearly always it is bytes already."""
    return value if type(value) is bytes else _bytes(value)


def _attachments(
    transaction: Transaction, start: int, end: int
) -> Iterator[tuple[int, Attachment | str]]:
    """Of what cannot be opened, the hash. A few in memory at a time: they are as large as they like."""
    for held in transaction.attached.between(start, end, attachments_at_once):
        try:
            yield held.index, open_or_spoilt(held)
        except MasterKeyMissing:
            yield held.index, held.digest


def _sort(one: Attachment | str, found: list[Attachment], unseen: list[str]) -> None:
    if isinstance(one, Attachment):
        found.append(one)
    else:
        unseen.append(one)
