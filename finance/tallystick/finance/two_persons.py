"""An act of two persons of one organisation: one proposes, another, by another key, approves."""

from __future__ import annotations

from typing import Any

from tallystick.finance.draft import Draft, Row
from tallystick.finance.errors import ProposalUnknown, SamePerson
from tallystick.finance.parties import own_hand
from tallystick.ledger import Act


def put_first(draft: Draft, act: Act[Any], kind: str, organisation: str, /, **told: Any) -> None:
    """Keep what the first proposes for an organisation, under the payload hash by which it is approved."""
    own_hand(act)
    document: dict[str, Any] = {
        **told,
        "organisation": organisation,
        "proposer": act.author,
        "signers": sorted({signer.public for signer in act.signers if signer.speaks}),
        "status": "open",
        "index": act.index,
        "time": act.time,
    }
    draft.put(kind, act.payload_hash, document)


def take_second(draft: Draft, act: Act[Any], kind: str, organisation: str) -> Row:
    """The open proposal of the organisation for which the author speaks, now approved.

    Raises `ProposalUnknown`, `NotEntitled` or `SamePerson`.
    """
    own_hand(act)
    found = draft.row(kind, act.body.proposal)
    if found is None or found["organisation"] != organisation or found["status"] != "open":
        raise ProposalUnknown(act.body.proposal)
    signers = {signer.public for signer in act.signers if signer.speaks}
    if act.author == found["proposer"] or signers & set(found["signers"]):
        raise SamePerson(act.author)
    draft.amend(kind, act.body.proposal, status="approved", approver=act.author)
    return found
