"""Cosignatures of checkpoints, the checkpoints that they make final, and what each witness last did."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, bindparam, func, select

from tallystick.ledger.note import NoteSignature
from tallystick.ledger.store import bulk, tables
from tallystick.ledger.store.inventory import Inventory

_c = tables.cosignature.c
#: Built once: every proof asks both.
_of_size = (
    select(_c.name, _c.key_id, _c.signature)
    .where(_c.size == bindparam("size"))
    .order_by(_c.name, _c.key_id)
)
_newest_final = select(func.max(tables.finality.c.size))


@dataclass(frozen=True, slots=True)
class AskedRow:
    """What became of asking a witness, by its name in the policy, for a checkpoint of `size`."""

    witness: str
    size: int
    code: str
    detail: str
    time: str


class Cosignatures:
    """Queries and writes on these tables in one transaction."""

    def __init__(self, connection: Connection, inventory: Inventory) -> None:
        self._connection = connection
        self._inventory = inventory

    def put(self, size: int, lines: Sequence[NoteSignature], *, final: bool) -> None:
        """Keep cosignatures of the checkpoint of `size`; a newer one replaces that of the same key."""
        rows = {
            (size, line.name, line.key_id.hex()): (
                size,
                line.name,
                line.key_id.hex(),
                line.signature,
            )
            for line in lines
        }
        keys = ("size", "name", "key_id")
        before = bulk.matching(self._connection, tables.cosignature, keys, list(rows))
        replaced = [(*row[:3], bytes(row[3])) for row in before]
        bulk.insert(self._connection, tables.cosignature, list(rows.values()), upsert=True)
        if rows:
            self._inventory.add("cosignature", list(rows.values()), replaced)
        if final:
            bulk.insert(self._connection, tables.finality, [(size,)], upsert=True)

    def of(self, size: int) -> list[NoteSignature]:
        """Those of the checkpoint of `size`, as lines of its note."""
        rows = self._connection.execute(_of_size, {"size": size})
        return [cosignature(row) for row in rows]

    def largest(self, name: str, key_id: bytes) -> int:
        """Size of the largest checkpoint that this key cosigned; 0 if there is none."""
        c = tables.cosignature.c
        query = select(func.max(c.size)).where(c.name == name, c.key_id == key_id.hex())
        return self._connection.scalar(query) or 0

    def newest_final(self) -> int:
        """Size of the newest checkpoint that is final; 0 if none is."""
        return self._connection.scalar(_newest_final) or 0

    def note_asked(self, rows: Sequence[AskedRow]) -> None:
        """Keep what became of the witnesses, in the place of what was kept before."""
        told = [(r.witness, r.size, r.code, r.detail, r.time) for r in rows]
        bulk.insert(self._connection, tables.witness_outcome, told, upsert=True)

    def asked(self) -> dict[str, AskedRow]:
        """What became of each witness when it was last asked, by its name in the policy."""
        rows = self._connection.execute(select(tables.witness_outcome))
        return {row.witness: AskedRow(*row) for row in rows}


def cosignature(row: Any) -> NoteSignature:
    """The line of a note that a row with name, key_id and signature stands for."""
    return NoteSignature(row.name, bytes.fromhex(row.key_id), bytes(row.signature))
