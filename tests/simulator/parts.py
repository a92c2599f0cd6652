"""What the product has by now: the simulator plays fences, standbys, backups and erasures where they are."""

from __future__ import annotations

from importlib.util import find_spec

import tallystick.ledger as ledger
from tallystick.ledger.store import StoreUnusable

#: A sequencer's term, and commits that count only once a standby confirmed them (ADR 0024).
has_terms = hasattr(ledger, "ReplicationUnconfirmed")
#: Backups (ADR 0025) and attachments that are erased (ADR 0026).
has_erasure = all(find_spec(f"tallystick.ledger.{name}") for name in ("backup", "erasure"))

unconfirmed: type[Exception] = getattr(ledger, "ReplicationUnconfirmed", StoreUnusable)
fenced_codes = ("sequencer-fenced", "writer-superseded")
