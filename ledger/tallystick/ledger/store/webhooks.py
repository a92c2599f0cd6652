"""Addresses to which organisations are told of entries, and what was sent to them: kept beside the log."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, delete, func, select, tuple_, update

from tallystick.ledger.store import bulk, tables

_h, _d = tables.webhook.c, tables.webhook_delivery.c


@dataclass(frozen=True, slots=True)
class WebhookRow:
    """`next`: from which index on entries were not looked at; `failing_ms`: since when nothing went through."""

    id: str
    organisation: str
    state: str
    next: int
    failing_ms: int | None
    told: str


@dataclass(frozen=True, slots=True)
class DeliveryRow:
    """`index`: of the entry; below 0 for a test. `due_ms`: when it is tried next; `status`: what HTTP answered."""

    webhook: str
    id: str
    index: int
    state: str
    attempts: int = 0
    due_ms: int = 0
    tried_ms: int | None = None
    status: int | None = None
    problem: str | None = None

    def values(self) -> tuple[Any, ...]:
        return (
            self.webhook, self.id, self.index, self.state, self.attempts, self.due_ms, self.tried_ms,
            self.status, self.problem,
        )  # fmt: skip


class Webhooks:
    """Queries and writes on the tables in one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def make(self, row: WebhookRow) -> None:
        told = (row.id, row.organisation, row.state, row.next, row.failing_ms, row.told)
        bulk.insert(self._connection, tables.webhook, [told])

    def change(self, webhook: str, state: str, told: str) -> None:
        """What its keeper says of it; how far entries were looked at stays."""
        changed = update(tables.webhook).where(_h.id == webhook).values(state=state, told=told)
        self._connection.execute(changed)

    def one(self, webhook: str) -> WebhookRow | None:
        row = self._connection.execute(select(tables.webhook).where(_h.id == webhook)).first()
        return None if row is None else WebhookRow(*row)

    def of(self, organisation: str) -> list[WebhookRow]:
        query = select(tables.webhook).where(_h.organisation == organisation).order_by(_h.id)
        return [WebhookRow(*row) for row in self._connection.execute(query)]

    def all(self, state: str | None = None) -> list[WebhookRow]:
        query = select(tables.webhook).order_by(_h.id)
        if state is not None:
            query = query.where(_h.state == state)
        return [WebhookRow(*row) for row in self._connection.execute(query)]

    def remove(self, webhook: str) -> None:
        """With all that was to be sent to it."""
        self._connection.execute(delete(tables.webhook_delivery).where(_d.webhook == webhook))
        self._connection.execute(delete(tables.webhook).where(_h.id == webhook))

    def advance(self, webhook: str, start: int, end: int) -> bool:
        """Everything before `end` was looked at; False if somebody else did that meanwhile."""
        where = (_h.id == webhook, _h.next == start, _h.state == "active")
        done = self._connection.execute(update(tables.webhook).where(*where).values(next=end))
        return done.rowcount == 1

    def add(self, rows: list[DeliveryRow]) -> None:
        bulk.insert(self._connection, tables.webhook_delivery, [row.values() for row in rows])

    def delivery(self, webhook: str, delivery: str) -> DeliveryRow | None:
        where = (_d.webhook == webhook, _d.id == delivery)
        row = self._connection.execute(select(tables.webhook_delivery).where(*where)).first()
        return None if row is None else DeliveryRow(*row)

    def deliveries(
        self, webhook: str, before: str = "", state: str = "", limit: int = 50
    ) -> list[DeliveryRow]:
        """Newest entries first."""
        query = select(tables.webhook_delivery).where(_d.webhook == webhook)
        if before:
            query = query.where(_d.id < before)
        if state:
            query = query.where(_d.state == state)
        query = query.order_by(_d.id.desc()).limit(limit)
        return [DeliveryRow(*row) for row in self._connection.execute(query)]

    def counts(self, webhook: str) -> dict[str, int]:
        """How many deliveries are in which state."""
        query = select(_d.state, func.count()).where(_d.webhook == webhook).group_by(_d.state)
        return {str(row[0]): int(row[1]) for row in self._connection.execute(query)}

    def claim(self, now_ms: int, until_ms: int, limit: int) -> list[DeliveryRow]:
        """What is due, in the order of the entries; nobody else gets it before `until_ms`."""
        active = select(_h.id).where(_h.state == "active")
        due = (_d.state == "waiting", _d.due_ms <= now_ms, _d.webhook.in_(active))
        first = select(_d.webhook, _d.id).where(*due).order_by(_d.due_ms, _d.id).limit(limit)
        taken = (
            update(tables.webhook_delivery)
            .where(tuple_(_d.webhook, _d.id).in_(first), *due)
            .values(due_ms=until_ms)
            .returning(*tables.webhook_delivery.c)
        )
        rows = [DeliveryRow(*row) for row in self._connection.execute(taken)]
        return sorted(rows, key=lambda row: (row.id, row.webhook))

    def close(self, row: DeliveryRow) -> None:
        """How the last try ended; nothing for one that was removed meanwhile."""
        told = {
            "state": row.state, "attempts": row.attempts, "due_ms": row.due_ms, "tried_ms": row.tried_ms,
            "status": row.status, "problem": row.problem,
        }  # fmt: skip
        where = (_d.webhook == row.webhook, _d.id == row.id)
        self._connection.execute(update(tables.webhook_delivery).where(*where).values(**told))

    def failing(self, webhook: str, since_ms: int | None) -> None:
        self._connection.execute(
            update(tables.webhook).where(_h.id == webhook).values(failing_ms=since_ms)
        )

    def due(self, webhook: str, now_ms: int) -> None:
        """What waits is tried at once."""
        where = (_d.webhook == webhook, _d.state == "waiting")
        self._connection.execute(
            update(tables.webhook_delivery).where(*where).values(due_ms=now_ms)
        )

    def forget(self, before_ms: int) -> int:
        """Drop what was done with before that time; how many."""
        done = (_d.state != "waiting", _d.tried_ms < before_ms)
        return self._connection.execute(delete(tables.webhook_delivery).where(*done)).rowcount
