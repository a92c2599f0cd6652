"""Checkpoints on their way to a chain, and where they stand on it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import Connection, func, select

from tallystick.ledger.store import bulk, tables

#: sent: signed and kept, in no block yet. mined: in a block. confirmed: deep enough below the newest block.
#: gone: it was in a block that the chain holds no more. covered: only larger ones stand there.
AnchorStatus = Literal["sent", "mined", "confirmed", "gone", "covered"]
_a = tables.anchor.c
_newest_confirmed = select(func.max(_a.size)).where(_a.status == "confirmed")

_asked_size = select(func.coalesce(_newest_confirmed.scalar_subquery(), func.min(_a.size))).where(
    _a.status.in_(("sent", "mined"))
)


@dataclass(frozen=True, slots=True)
class AnchorRow:
    """In the column order of the table. The block is 0, and hash and time are empty, before there is one.

    `transaction` and `raw` are the newest that was signed, empty if somebody else's was found.
    """

    chain: int
    contract: str
    size: int
    status: str
    note: bytes
    quorum: bytes
    transaction: bytes = b""
    raw: bytes = b""
    nonce: int = 0
    fee: int = 0
    tip: int = 0
    signed_ms: int = 0
    block: int = 0
    block_hash: bytes = b""
    block_time: str = ""


class Anchors:
    """Queries and writes on the table in one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def put(self, row: AnchorRow) -> None:
        """New, or in the place of the one of this size."""
        told = tuple(getattr(row, name) for name in AnchorRow.__dataclass_fields__)
        bulk.insert(self._connection, tables.anchor, [told], upsert=True)

    def get(self, chain: int, contract: str, size: int) -> AnchorRow | None:
        where = (_a.chain == chain, _a.contract == contract, _a.size == size)
        return self._first(select(tables.anchor).where(*where))

    def newest_size(self) -> int:
        """Size of the newest checkpoint whose anchor is confirmed; 0 if none is."""
        return self._connection.scalar(_newest_confirmed) or 0

    def asked_size(self) -> int:
        """The smallest size of an anchor that is asked for: the newest confirmed, or the first on its way."""
        return self._connection.scalar(_asked_size) or 0

    def newest(self, chain: int, contract: str) -> AnchorRow | None:
        """The largest that was ever begun in this contract."""
        query = select(tables.anchor).where(_a.chain == chain, _a.contract == contract)
        return self._first(query.order_by(_a.size.desc()).limit(1))

    def confirmed(self, size: int | None = None) -> AnchorRow | None:
        """Of the checkpoint of this size, by default the newest that has one."""
        query = select(tables.anchor).where(_a.status == "confirmed")
        if size is not None:
            query = query.where(_a.size == size)
        return self._first(query.order_by(_a.size.desc(), _a.chain, _a.contract).limit(1))

    def covering(self, index: int) -> AnchorRow | None:
        """The first confirmed one that covers an entry."""
        query = select(tables.anchor).where(_a.status == "confirmed", _a.size > index)
        return self._first(query.order_by(_a.size, _a.chain, _a.contract).limit(1))

    def recent(self, limit: int) -> list[AnchorRow]:
        """Largest first."""
        query = select(tables.anchor).order_by(_a.size.desc(), _a.chain, _a.contract).limit(limit)
        return [_row(row) for row in self._connection.execute(query)]

    def checkpoints_since(self, size: int, *, final: bool) -> int:
        """How many checkpoints behind this size there are; only final ones with `final`."""
        c = (tables.finality if final else tables.checkpoint).c
        return self._connection.scalar(select(func.count()).where(c.size > size)) or 0

    def _first(self, query: Any) -> AnchorRow | None:
        row = self._connection.execute(query).first()
        return None if row is None else _row(row)


def _row(row: Any) -> AnchorRow:
    values: list[Any] = [bytes(v) if isinstance(v, memoryview | bytearray) else v for v in row]
    return AnchorRow(*values)
