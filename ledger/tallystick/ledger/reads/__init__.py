"""The read log: who was let see what is not public, hashed into an entry for each day."""

from tallystick.ledger.reads.entry import (
    DailyReads,
    ReadsRefused,
    reads_kind,
    reads_type,
    register_reads,
)
from tallystick.ledger.reads.row import (
    DayTree,
    ReadRow,
    ShownRow,
    day_of,
    leaf_of,
    new_row_id,
    path_chars_max,
    things_max,
)

__all__ = [
    "DailyReads",
    "DayTree",
    "ReadRow",
    "ReadsRefused",
    "ShownRow",
    "day_of",
    "leaf_of",
    "new_row_id",
    "path_chars_max",
    "reads_kind",
    "reads_type",
    "register_reads",
    "things_max",
]
