"""How many checkpoints and cosignatures there are, and which: no replay can tell that one of them is gone.

For each of these tables the count of its rows, and a digest of them in any order: the sum of the SHA-256 of
each row, modulo 2^256. Kept in the transaction that adds a row; the audit counts again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Connection, select

from tallystick.ledger.store import bulk, tables

Row = tuple[Any, ...]
Count = tuple[int, bytes]

nothing: Count = (0, bytes(32))
_modulus = 1 << 256


class Inventory:
    """The rows of `inventory` in one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def told(self, table: str) -> Count:
        """(rows, digest) of a table, as they were counted when rows were added."""
        i = tables.inventory.c
        query = select(i.rows, i.digest).where(i.name == table)
        row = self._connection.execute(query).one_or_none()
        return nothing if row is None else (row.rows, bytes(row.digest))

    def add(self, table: str, rows: Sequence[Row], replaced: Iterable[Row] = ()) -> None:
        """These rows were added, in the place of `replaced` ones."""
        count, digest = self.told(table)
        more, fresh = counted(rows)
        less, gone = counted(replaced)
        total = (_number(digest) + _number(fresh) - _number(gone)) % _modulus
        row = (table, count + more - less, total.to_bytes(32, "big"))
        bulk.insert(self._connection, tables.inventory, [row], upsert=True)


def counted(rows: Iterable[Row]) -> Count:
    """(rows, digest) of these rows."""
    count = total = 0
    for row in rows:
        count += 1
        total += _number(hashlib.sha256(b"".join(map(_field, row))).digest())
    return count, (total % _modulus).to_bytes(32, "big")


def _field(value: Any) -> bytes:
    """Its kind, its length and itself, so that no two rows look alike."""
    told = bytes(value) if isinstance(value, memoryview | bytearray) else value
    data = told if isinstance(told, bytes) else str(told).encode()
    return b"%s %d " % (type(told).__name__.encode()[:1], len(data)) + data


def _number(digest: bytes) -> int:
    return int.from_bytes(digest, "big")
