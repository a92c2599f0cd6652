"""Statements of mirrors as the operator keeps them: the newest of each key, held against the log's own list."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tallystick.ledger import canonical
from tallystick.ledger.clock import Clock, instant
from tallystick.ledger.erasure.errors import ErasureStatementOlder, ErasureStatementRefused
from tallystick.ledger.erasure.found import Erasure
from tallystick.ledger.erasure.statement import (
    ErasureStatement,
    list_hash,
    open_erasure_statement,
)
from tallystick.ledger.store import Store, Transaction

#: Keys whose statements are kept; a bearer of a token could make up names.
mirrors_max = 200


@dataclass(frozen=True, slots=True)
class Kept:
    """A mirror's newest statement. `missing`: erasures in the log that it does not speak of yet."""

    key: str
    statement: ErasureStatement
    document: dict[str, Any]
    received: str
    missing: int

    def told(self) -> dict[str, Any]:
        return {
            "key": self.key,
            "received": self.received,
            "missing": self.missing,
            "says": self.statement.sentence(),
            "statement": self.document,
        }


def keep_statement(store: Store, origin: str, document: Mapping[str, Any], clock: Clock) -> Kept:
    """Take in a statement; raises `ErasureStatementRefused`, `ErasureStatementOlder`."""
    opened = open_erasure_statement(document)
    statement, key = opened.statement, opened.verifier.encode()
    if statement.origin != origin:
        raise ErasureStatementRefused(f"it is about {statement.origin}, this is {origin}")
    now = instant(clock.now_ms())
    with store.write() as transaction:
        tree = transaction.tree()
        if tree is None or statement.size > tree.size:
            raise ErasureStatementRefused(f"the log has not {statement.size} entries")
        known = erasures_below(transaction, statement.size)
        if (statement.erased, statement.list) != (len(known), list_hash(known)):
            raise ErasureStatementRefused(
                f"of the first {statement.size} entries it speaks of other erasures than the log"
            )
        before = transaction.statements.of(key)
        if before is not None and (before.size, before.scrubbed) > (
            statement.size,
            statement.scrubbed,
        ):
            raise ErasureStatementOlder(f"of {before.size} entries")
        if before is None and transaction.statements.count() >= mirrors_max:
            raise ErasureStatementRefused(f"statements of {mirrors_max} keys are kept already")
        text = canonical.encode(dict(document)).decode()
        transaction.statements.put(key, statement.size, statement.scrubbed, text, now)
        missing = transaction.attached.count_erasures() - len(known)
    return Kept(key, statement, dict(document), now, missing)


def kept_statements(transaction: Transaction) -> list[Kept]:
    """The newest of each mirror, in the order of their names."""
    total = transaction.attached.count_erasures()
    found: list[Kept] = []
    for row in transaction.statements.all():
        document = json.loads(row.statement)
        statement = open_erasure_statement(document).statement
        missing = total - statement.erased
        found.append(Kept(row.key, statement, document, row.received, missing))
    return found


def erasures_below(transaction: Transaction, size: int) -> list[Erasure]:
    """Erasures among the first `size` entries, in the order of the log."""
    rows = (Erasure.of(*row) for row in transaction.attached.erasures())
    return sorted((one for one in rows if one.index < size), key=lambda one: one.index)
