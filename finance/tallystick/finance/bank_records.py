"""A bank's record of a payment speaks for one payment: its digest counts once.

bank-record  <digest>  {about, index}
"""

from __future__ import annotations

from typing import Any

from tallystick.finance.draft import Draft
from tallystick.finance.errors import EvidenceUsed
from tallystick.ledger import Act


def use_once(draft: Draft, act: Act[Any], digest: str, about: str) -> None:
    """Raises `EvidenceUsed`, without saying for what."""
    if draft.get("bank-record", digest) is not None:
        raise EvidenceUsed(digest)
    draft.put("bank-record", digest, {"about": about, "index": act.index})
