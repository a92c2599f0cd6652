"""A bank's record of a payment speaks for one payment: whoever states it, states it once.

bank-record  <digest>  part <organisation>: {index}
"""

from __future__ import annotations

from typing import Any

from tallystick.finance.draft import Draft
from tallystick.finance.errors import EvidenceUsed
from tallystick.ledger import Act

#: Behind the day of a payment a bank can send it back for so many days; then it is final.
return_days = 3


def use_once(draft: Draft, act: Act[Any], organisation: str, digest: str) -> None:
    """Raises `EvidenceUsed` where the organisation stated another payment by this record before."""
    if draft.get("bank-record", digest, organisation) is not None:
        raise EvidenceUsed(digest)
    draft.put("bank-record", digest, {"index": act.index}, organisation)
