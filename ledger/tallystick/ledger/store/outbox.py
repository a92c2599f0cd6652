"""Side effects to be done by workers, written in the transaction that makes them due (ADR 0007)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, case, func, select, update

from tallystick.ledger.store import bulk, tables


@dataclass(frozen=True, slots=True)
class OutboxRow:
    """A side effect: `done` when it succeeded, `problem` why it did not the last time."""

    key: str
    payload: str
    done: str | None
    problem: str | None


class Outbox:
    """Queries and writes on the table in one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, job: str, key: str, payload: str) -> None:
        bulk.insert(
            self._connection, tables.outbox, [(job, key, payload, 0, None, None)], upsert=True
        )

    def waiting(self, limit: int) -> list[tuple[str, str, str, int]]:
        """(job, key, payload, attempts) of side effects that are not done."""
        o = tables.outbox.c
        rows = self._connection.execute(
            select(o.job, o.key, o.payload, o.attempts)
            .where(o.done.is_(None))
            .order_by(o.attempts, o.job, o.key)
            .limit(limit)
        )
        return [(r.job, r.key, r.payload, r.attempts) for r in rows]

    def waiting_of(self, job: str) -> list[tuple[str, int, str | None]]:
        """(key, attempts, last problem) of a job's side effects that are not done."""
        o = tables.outbox.c
        query = select(o.key, o.attempts, o.problem).where(o.job == job, o.done.is_(None))
        return [(r.key, r.attempts, r.problem) for r in self._connection.execute(query)]

    def named(self, job: str, keys: Sequence[str]) -> list[OutboxRow]:
        """What the job was asked to do under these keys, done or not; a few hundred at a time."""
        o = tables.outbox.c
        return self._rows(o.job == job, o.key.in_(keys))

    def of(self, job: str, after: str = "", limit: int = 500) -> list[OutboxRow]:
        """What the job was asked to do, done or not, by key."""
        o = tables.outbox.c
        return self._rows(o.job == job, o.key > after, limit=limit)

    def _rows(self, *where: ColumnElement[bool], limit: int | None = None) -> list[OutboxRow]:
        o = tables.outbox.c
        query = select(o.key, o.payload, o.done, o.problem).where(*where).order_by(o.key)
        rows = self._connection.execute(query.limit(limit))
        return [OutboxRow(r.key, r.payload, r.done, r.problem) for r in rows]

    def counts(self) -> list[tuple[str, int, int]]:
        """(job, open, of them tried in vain) of side effects that are not done."""
        o = tables.outbox.c
        failed = func.sum(case((o.attempts > 0, 1), else_=0))
        rows = self._connection.execute(
            select(o.job, func.count(), failed).where(o.done.is_(None)).group_by(o.job)
        )
        return [(job, int(count), int(tried)) for job, count, tried in rows]

    def close(self, job: str, key: str, *, done: str | None, problem: str | None) -> None:
        o = tables.outbox.c
        self._connection.execute(
            update(tables.outbox)
            .where(o.job == job, o.key == key)
            .values(done=done, problem=problem, attempts=o.attempts + 1)
        )
