"""All SQL of the ledger: tables, transactions, and the state as rules and readers see it."""

from tallystick.ledger.store.attached import Held, erasure_kind
from tallystick.ledger.store.cosignatures import AskedRow
from tallystick.ledger.store.database import Store, StoreDamaged, StoreUnusable
from tallystick.ledger.store.head_reading import head_at
from tallystick.ledger.store.scrubbing import Scrubbed, ScrubIncomplete
from tallystick.ledger.store.sightings import SightingRow
from tallystick.ledger.store.state import StateCache, StoredState, StoredView
from tallystick.ledger.store.stretch import Beside, stretch
from tallystick.ledger.store.transaction import EntryRow, Transaction, TreeState
from tallystick.ledger.store.unwritten_heads import UnwrittenHeads

__all__ = [
    "AskedRow",
    "Beside",
    "EntryRow",
    "Held",
    "ScrubIncomplete",
    "Scrubbed",
    "SightingRow",
    "StateCache",
    "Store",
    "StoreDamaged",
    "StoreUnusable",
    "StoredState",
    "StoredView",
    "Transaction",
    "TreeState",
    "UnwrittenHeads",
    "erasure_kind",
    "head_at",
    "stretch",
]
