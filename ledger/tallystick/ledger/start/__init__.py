"""How a log starts after a stop, a crash or a failover: what it is held against, and the named outcomes."""

from tallystick.ledger.start.asking import (
    Asked,
    Known,
    Told,
    WitnessesSilent,
    ask_witnesses,
    claim_by,
)
from tallystick.ledger.start.compare import Claim, HistoryDiffers, Start, Stored, compare, lost
from tallystick.ledger.start.look import look, read_stored

__all__ = [
    "Asked",
    "Claim",
    "HistoryDiffers",
    "Known",
    "Start",
    "Stored",
    "Told",
    "WitnessesSilent",
    "ask_witnesses",
    "claim_by",
    "compare",
    "look",
    "lost",
    "read_stored",
]
