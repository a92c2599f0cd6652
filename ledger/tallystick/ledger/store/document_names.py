"""Names of documents, as rules and readers go through them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, bindparam, select

from tallystick.ledger.store import tables

_d = tables.document.c
_behind = (
    select(_d.name)
    .where(_d.kind == bindparam("kind"), _d.name > bindparam("after"))
    .group_by(_d.name)
    .order_by(_d.name)
    .limit(bindparam("limit"))
)


@dataclass(frozen=True, slots=True)
class DocumentNames:
    """In the order of their code points."""

    connection: Connection

    def behind(self, kind: str, *, after: str, limit: int) -> Sequence[str]:
        told = {"kind": kind, "after": after, "limit": limit}
        return list(self.connection.scalars(_behind, told))
