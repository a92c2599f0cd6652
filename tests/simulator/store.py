"""The store behind its interface: SQLite in memory that crashes, answers late, fails over and lies.

`confirmed` is what the standby has. A commit that the standby confirmed is durable, another one is not, though
this server shows it already (PostgreSQL, synchronous replication: a cancelled wait).
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, create_engine, event
from sqlalchemy.exc import OperationalError
from sqlalchemy.pool import StaticPool
from tests.ledger import world
from tests.simulator import parts
from tests.simulator.chance import Chance, Crash

from tallystick.ledger import EntryRow, Store
from tallystick.ledger.store import StoreUnusable, Transaction


class SimStore(Store):
    """One database with its standby. `writer` names who writes now; `fired` what was done to them."""

    def __init__(self) -> None:
        super().__init__("sqlite://")
        self.engine.dispose()
        if parts.has_erasure:
            self.vault = world.a_vault
        self.raw = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
        self.engine = create_engine("sqlite://", creator=lambda: self.raw, poolclass=StaticPool)
        event.listen(self.engine, "begin", _begin)
        self.chance = Chance(0)
        self.reset(b"", Chance(0))

    def reset(self, image: bytes, chance: Chance, faulty: bool = True) -> None:
        """A fresh database from an image; faults happen to it only if `faulty`."""
        if self.raw.in_transaction:
            self.raw.execute("ROLLBACK")
        self.chance = chance
        self.faulty = faulty
        self.fired: list[str] = []
        self.between: Callable[[], None] | None = None
        self.unreachable = False
        if image:
            self.raw.deserialize(image)
            self.confirm()

    def migrate(self) -> None:
        """The image has its tables."""

    def close(self) -> None:
        """It lives as long as the process."""

    def image(self) -> bytes:
        return self.raw.serialize()

    def confirm(self) -> None:
        """The standby has all that is committed here."""
        self.confirmed = self.image()
        self.confirmed_size = self.size()

    def fail_over(self) -> None:
        """The standby is the primary from now on: what it did not confirm is gone."""
        if self.raw.in_transaction:
            self.raw.execute("ROLLBACK")
        self.raw.deserialize(self.confirmed)
        self.unreachable = False

    def size(self) -> int:
        row = self.raw.execute("SELECT size FROM tree_state WHERE id = 1").fetchone()
        return row[0] if row else 0

    @contextmanager
    def write(self) -> Iterator[Transaction]:
        self._strike("crash-before-commit", 3)
        before = self.raw.total_changes
        with super().write() as transaction:
            self._watch(transaction)
            yield transaction
            self._strike("crash-before-commit")
            if self.faulty and self.chance.fault("full-disk"):
                self.fired.append("full-disk")
                full = sqlite3.OperationalError("database or disk is full")
                raise OperationalError("COMMIT", {}, full)
        self._committed(changed=self.raw.total_changes != before)

    def _committed(self, *, changed: bool) -> None:
        """A commit that changed nothing waits for no standby, as in PostgreSQL."""
        if self.unreachable and changed:
            self.fired.append("unconfirmed-commit")
            raise parts.unconfirmed("the wait for the standby was cancelled")
        if not self.unreachable:
            self.confirm()
        self._strike("crash-after-commit")
        if self.faulty and self.chance.fault("lost-commit-answer"):
            self.fired.append("lost-commit-answer")
            raise StoreUnusable("the connection was lost")

    def _strike(self, fault: str, seldom: int = 1) -> None:
        if self.faulty and self.chance.one_in(seldom) and self.chance.fault(fault):
            raise Crash(fault)

    def _watch(self, transaction: Transaction) -> None:
        """Before the first row is written, `between` may happen: the lock does not fence who is paused."""
        add = transaction.add_entries

        def adding(rows: Sequence[EntryRow]) -> None:
            happens, self.between = self.between, None
            if happens is not None and rows:
                self.raw.execute("ROLLBACK")
                happens()
                self.raw.execute("BEGIN IMMEDIATE")
            add(rows)

        transaction.add_entries = adding  # type: ignore[method-assign]


def _begin(connection: Connection) -> None:
    write = connection.get_execution_options().get("tallystick_write")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")


def rows(store: SimStore, table: str, columns: str, order: str) -> list[tuple[Any, ...]]:
    """What is in the table, read past the product."""
    return store.raw.execute(f"SELECT {columns} FROM {table} ORDER BY {order}").fetchall()
