"""The standing of a debtor: while anything it owes is overdue, it makes no new promise (I16).

standing  <issuer>  {overdue, ever, defaults}: certificates overdue now, and so far; defaults so far
"""

from __future__ import annotations

from tallystick.finance.draft import Draft
from tallystick.finance.errors import IssuerStopped


def require_no_arrears(draft: Draft, issuer: str) -> None:
    """Raises `IssuerStopped`."""
    found = draft.row("standing", issuer)
    if found is not None and found["overdue"] > 0:
        raise IssuerStopped(f"{issuer} has {found['overdue']} certificates overdue")


def count(draft: Draft, issuer: str, **more: int) -> None:
    """Add to the counters of a debtor."""
    now = draft.row("standing", issuer) or {"overdue": 0, "ever": 0, "defaults": 0}
    draft.put("standing", issuer, {key: now[key] + more.get(key, 0) for key in now})
