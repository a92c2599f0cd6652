"""What a transfer names as its ground: trade between the two firms, or a sale between two funders."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from tallystick.finance.trade.documents import DocumentName
from tallystick.ledger import Body, Hex32

evidence_max = 20
EvidenceKind = Literal["contract", "order", "invoice"]
_Amount = Annotated[int, Field(gt=0, le=10**11, description="minor units of the currency")]


class HopEvidence(Body):
    """So much of a transfer pays for this contract, order or invoice, by which the giver owes the taker."""

    kind: EvidenceKind
    name: DocumentName
    amount: _Amount


class Sale(Body):
    """A funder sells what it financed. `agreement`: hex SHA-256 of the agreement of the two; `price` in minor units."""

    agreement: Hex32
    price: _Amount


Evidence = Annotated[tuple[HopEvidence, ...], Field(max_length=evidence_max)]
