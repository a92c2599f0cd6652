"""All SQL of the ledger: tables, transactions, and the state as rules and readers see it."""

from tallystick.ledger.store.anchors import AnchorRow
from tallystick.ledger.store.applications import ApplicationRow
from tallystick.ledger.store.attached import Held, erasure_kind
from tallystick.ledger.store.copying import compare_tables, copy_tables, count_rows, is_empty
from tallystick.ledger.store.cosignatures import AskedRow
from tallystick.ledger.store.database import Store
from tallystick.ledger.store.errors import StoreDamaged, StoreUnusable
from tallystick.ledger.store.forks import ForkRow
from tallystick.ledger.store.hand_overs import HandOverRow
from tallystick.ledger.store.head_reading import head_at
from tallystick.ledger.store.invitations import InvitationRow
from tallystick.ledger.store.reads import KeptRead
from tallystick.ledger.store.replication import (
    Replication,
    ReplicationUnconfirmed,
    StandbysTooFew,
)
from tallystick.ledger.store.scrubbing import Scrubbed, ScrubIncomplete
from tallystick.ledger.store.sightings import SightingRow
from tallystick.ledger.store.state import StateCache, StoredState, StoredView
from tallystick.ledger.store.stretch import Accepted, Beside, accepted, stretch
from tallystick.ledger.store.terms import SequencerBusy, SequencerFenced, Term
from tallystick.ledger.store.transaction import EntryRow, Transaction, TreeState
from tallystick.ledger.store.unwritten_heads import UnwrittenHeads
from tallystick.ledger.store.waiting import WaitingRow
from tallystick.ledger.store.webhooks import DeliveryRow, WebhookRow

__all__ = [
    "Accepted",
    "AnchorRow",
    "ApplicationRow",
    "AskedRow",
    "Beside",
    "DeliveryRow",
    "EntryRow",
    "ForkRow",
    "HandOverRow",
    "Held",
    "InvitationRow",
    "KeptRead",
    "Replication",
    "ReplicationUnconfirmed",
    "ScrubIncomplete",
    "Scrubbed",
    "SequencerBusy",
    "SequencerFenced",
    "SightingRow",
    "StandbysTooFew",
    "StateCache",
    "Store",
    "StoreDamaged",
    "StoreUnusable",
    "StoredState",
    "StoredView",
    "Term",
    "Transaction",
    "TreeState",
    "UnwrittenHeads",
    "WaitingRow",
    "WebhookRow",
    "accepted",
    "compare_tables",
    "copy_tables",
    "count_rows",
    "erasure_kind",
    "head_at",
    "is_empty",
    "stretch",
]
