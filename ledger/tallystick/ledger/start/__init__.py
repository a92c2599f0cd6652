"""How a log starts after a stop, a crash or a failover: what it is held against, and the named outcomes."""

from tallystick.ledger.start.asking import (
    Asked,
    Told,
    WitnessesSilent,
    ask_witnesses,
    claims_of,
)
from tallystick.ledger.start.compare import Claim, HistoryDiffers, Start, Stored, compare, lost
from tallystick.ledger.start.look import look, read_stored

__all__ = [
    "Asked",
    "Claim",
    "HistoryDiffers",
    "Start",
    "Stored",
    "Told",
    "WitnessesSilent",
    "ask_witnesses",
    "claims_of",
    "compare",
    "look",
    "lost",
    "read_stored",
]
