"""Principal and late interest are paid: notices and claims that nobody has paid are withdrawn."""

from __future__ import annotations

from tallystick.finance.draft import Draft
from tallystick.finance.receivables.expiry import unschedule


def withdraw(draft: Draft, certificate: str) -> None:
    for part, found in draft.rows("dunning", certificate).items():
        if found["status"] not in ("open", "unpaid", "claimed"):
            continue
        unschedule(draft, found["grace_until"], "dunning", f"{certificate} {part}")
        draft.amend("dunning", certificate, part, status="withdrawn")
        if "claim" in found:
            draft.amend("insurance-claim", found["claim"], status="withdrawn")
