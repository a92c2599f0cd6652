"""The audit of what no replay can rebuild: checkpoints and cosignatures are those that were added, all of them."""

from __future__ import annotations

from tallystick.ledger.replay import NotSound
from tallystick.ledger.store import Transaction
from tallystick.ledger.store.inventory import counted

inventoried = ("checkpoint", "cosignature")


def check_inventory(transaction: Transaction) -> None:
    """Raises `NotSound` if a row was removed, changed or put there behind the log's back."""
    names = [row[0] for row in transaction.rows("inventory")]
    if not set(names) <= set(inventoried):
        raise NotSound("table inventory", ", ".join(inventoried), ", ".join(map(str, names)))
    for table in inventoried:
        told, found = transaction.inventory.told(table), counted(transaction.rows(table))
        if told[0] != found[0]:
            raise NotSound(f"rows of table {table}", told[0], found[0])
        if told != found:
            raise NotSound(f"table {table}, digest", told[1], found[1])
