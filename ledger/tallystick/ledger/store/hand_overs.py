"""Drafts that a person signs on another device: kept for minutes, by the hash of what its code says."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, delete, func, insert, select, update

from tallystick.ledger.store import tables

_h = tables.hand_over.c


@dataclass(frozen=True, slots=True)
class HandOverRow:
    """`token`: hex SHA-256 of it; `ends` in milliseconds since 1970; `signature`: JSON, once it is there."""

    id: str
    token: str
    person: str
    ends: int
    document: str
    signature: str | None = None


class HandOvers:
    """Queries and writes on the table in one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, row: HandOverRow) -> None:
        names = ("id", "token", "person", "ends", "document", "signature")
        self._connection.execute(
            insert(tables.hand_over).values({name: getattr(row, name) for name in names})
        )

    def by_token(self, token_hash: str) -> HandOverRow | None:
        return self._one(_h.token == token_hash)

    def by_id(self, known: str) -> HandOverRow | None:
        return self._one(_h.id == known)

    def count(self, person: str) -> int:
        query = select(func.count()).select_from(tables.hand_over).where(_h.person == person)
        return int(self._connection.execute(query).scalar_one())

    def sign(self, token_hash: str, signature: str) -> bool:
        """Whether there was no signature before this one."""
        change = (
            update(tables.hand_over)
            .where(_h.token == token_hash, _h.signature.is_(None))
            .values(signature=signature)
        )
        return self._connection.execute(change).rowcount == 1

    def forget(self, now_ms: int) -> None:
        """Those whose time is over."""
        self._connection.execute(delete(tables.hand_over).where(_h.ends <= now_ms))

    def _one(self, condition: object) -> HandOverRow | None:
        row = self._connection.execute(
            select(tables.hand_over).where(condition)  # type: ignore[arg-type]
        ).one_or_none()
        return None if row is None else HandOverRow(*row)
